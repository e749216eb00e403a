// Loses power between any two file operations, with everything or nothing or a part of what was not synced,
// and looks whether each committed point is there and restores.
#include "vault/fixture_test.h"
#include "vault/forget.h"
#include "vault/local_store.h"
#include "vault/prune.h"

namespace mk::vault {
namespace {

/// Files in memory, each operation written down. What a power loss leaves is made by replay().
class LoggedDisk final : public Disk {
 public:
  enum class Op { kWrite, kSync, kRename, kSyncDirectory, kMakeDirectory, kRemove };
  struct Step {
    Op op;
    std::string path, to;
    ByteString bytes;
  };
  std::vector<Step>& steps;
  std::map<std::string, ByteString> files;
  std::size_t room = ~std::size_t{0};  // for so many steps; then the disk is full
  explicit LoggedDisk(std::vector<Step>& log) : steps(log) {}

  Status write_new(const Path& path, Bytes bytes) override {
    files[path] = as_chars(steps.size() < room ? bytes : bytes.first(bytes.size() / 2));
    return step({Op::kWrite, path, "", files[path]});
  }
  Status sync(const Path& path) override { return step({Op::kSync, path, "", ""}); }
  Status rename_new(const Path& from, const Path& to) override {
    if (files.contains(to)) return Error{Code::kConflict, "there"};
    TRY(step({Op::kRename, from, to, ""}));
    files[to] = files.at(from);
    files.erase(from);
    return ok;
  }
  Status sync_directory(const Path& dir) override { return step({Op::kSyncDirectory, dir, "", ""}); }
  Status make_directory(const Path& dir) override { return step({Op::kMakeDirectory, dir, "", ""}); }
  Status remove(const Path& path) override {
    files.erase(path);
    steps.push_back({Op::kRemove, path, "", ""});
    return ok;
  }
  Result<ByteString> read(const Path& path, std::uint64_t offset, std::uint64_t length) override {
    TRY_ASSIGN(const std::uint64_t n, size(path));
    if (offset > n || length > n - offset) return Error{Code::kTruncated, path};
    return files.at(path).substr(offset, length);
  }
  Result<std::uint64_t> size(const Path& path) override {
    if (!files.contains(path)) return Error{Code::kNotFound, path};
    return static_cast<std::uint64_t>(files.at(path).size());
  }
  Result<std::vector<std::string>> list(const Path& dir, const std::string& wanted) override {
    const std::string prefix = dir.string().ends_with('/') ? dir.string() : dir.string() + "/";
    std::set<std::string> names;
    for (const auto& [path, bytes] : files) {
      if (!path.starts_with(prefix + wanted)) continue;
      const auto slash = path.find('/', prefix.size());
      names.insert(
          path.substr(prefix.size(), slash == std::string::npos ? slash : slash + 1 - prefix.size()));
    }
    return std::vector<std::string>(names.begin(), names.end());
  }

 private:
  Status step(Step s) {
    if (steps.size() >= room) return Error{Code::kExhausted, s.path + ": no space left on device"};
    steps.push_back(std::move(s));
    return ok;
  }
};

/// What is on the medium after the first `n` steps. `keep(i)`: whether step i, which nothing has synced, got
/// there all the same; of a write that did not, half is there.
std::map<std::string, ByteString> replay(const std::vector<LoggedDisk::Step>& steps, std::size_t n,
                                         const std::function<bool(std::size_t)>& keep) {
  using Op = LoggedDisk::Op;
  const auto later = [&](std::size_t i, Op op, const std::string& path) {
    return std::any_of(steps.begin() + static_cast<long>(i), steps.begin() + static_cast<long>(n),
                       [&](const auto& s) { return s.op == op && s.path == path; });
  };
  const auto folder = [](const std::string& path) {
    return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1));
  };
  std::map<std::string, ByteString> disk;
  for (std::size_t i = 0; i < n; ++i) {
    const auto& s = steps[i];
    if (s.op == Op::kWrite)
      disk[s.path] = later(i, Op::kSync, s.path) || keep(i) ? s.bytes : s.bytes.substr(0, s.bytes.size() / 2);
    if (s.op == Op::kRename && (later(i, Op::kSyncDirectory, folder(s.to)) || keep(i))) {
      disk[s.to] = disk[s.path];
      disk.erase(s.path);
    }
    if (s.op == Op::kRemove && (later(i, Op::kSyncDirectory, folder(s.path)) || keep(i))) disk.erase(s.path);
  }
  // a file is gone with its folder when the folder's own name was never synced
  std::erase_if(disk, [&](const auto& file) {
    for (std::size_t i = 0; i < n; ++i) {
      const auto& s = steps[i];
      if (s.op == Op::kMakeDirectory && file.first.starts_with(s.path + "/") &&
          !later(i, Op::kSyncDirectory, folder(s.path)) && !keep(i))
        return true;
    }
    return false;
  });
  return disk;
}

struct Committed {
  std::size_t steps;  // at which put_objects() returned
  std::string name;
  Objects objects;
  std::size_t forgotten = ~std::size_t{0};  // at which it began to be
};

class CrashTest : public testing::Test {
 protected:
  std::vector<LoggedDisk::Step> steps_;
  std::vector<Committed> points_;
  std::size_t made_at_ = 0;
  bool pruned_ = false;

  static PruneOptions at_once() {
    PruneOptions options;
    options.grace = std::chrono::seconds(0), options.allow_shrink = true;
    return options;
  }

  void record() {
    const auto store = make_local_store("/v", std::make_unique<LoggedDisk>(steps_));
    init_vault(*store);
    made_at_ = steps_.size();
    Objects objects;
    for (int i = 0; i < 4; ++i) {
      const std::string name = "point" + std::to_string(i);
      objects[name] = noise(2000, static_cast<unsigned>(i));
      if (i == 2) objects["large"] = noise(18 << 20, 7);  // more than a pack
      ASSERT_TRUE(put_objects(*store, objects, name));
      points_.push_back({steps_.size(), name, objects});
    }
  }

  /// Two points with much in common, the larger one forgotten: its packs are copied, condemned and deleted.
  void record_prune() {
    const auto store = make_local_store("/v", std::make_unique<LoggedDisk>(steps_));
    init_vault(*store);
    made_at_ = steps_.size();
    pruned_ = true;
    Objects objects;
    for (int i = 0; i < 12; ++i) {
      objects["mail" + std::to_string(i)] = noise(2000, static_cast<unsigned>(i));
      if (i != 3 && i != 11) continue;
      const std::string name = "point" + std::to_string(i);
      ASSERT_TRUE(put_objects(*store, objects, name));
      points_.push_back({steps_.size(), name, objects});
    }
    const auto vault = *Vault::open(*store, test_key());
    LogHead head;
    head.type = LogType::kForget;
    head.target = vault->points().back().number;
    points_.back().forgotten = steps_.size();
    ASSERT_TRUE(vault->append(head, {}, {}, FileTime{3}));
    const auto report = prune(*vault, at_once(), FileTime{4});
    ASSERT_TRUE(report) << report.error().what;
    ASSERT_GT(report->dropped.packs, 0u);
    ASSERT_TRUE(put_objects(*store, objects, "again"));
    points_.push_back({steps_.size(), "again", objects});
  }

  /// Checkpoints between backups, so many that older ones are removed.
  void record_checkpoints() {
    const auto store = make_local_store("/v", std::make_unique<LoggedDisk>(steps_));
    init_vault(*store);
    made_at_ = steps_.size();
    for (int i = 0; i < 4; ++i) {
      const std::string name = "point" + std::to_string(i);
      const Objects objects{{name, noise(2000, static_cast<unsigned>(i))}};
      ASSERT_TRUE(put_objects(*store, objects, name));
      points_.push_back({steps_.size(), name, objects});
      const auto vault = *Vault::open(*store, test_key());
      if (i == 2) {
        points_[1].forgotten = steps_.size();
        ASSERT_TRUE(forget(*vault, vault->find_point("point1")->number, FileTime{3}));
      }
      LogChain log(*store, vault->id(), &vault->keys());
      ASSERT_TRUE(log.read());
      ASSERT_TRUE(log.put_checkpoint(FileTime{4}));
    }
    ASSERT_EQ(list_checkpoints(*store)->size(), 2u);
  }

  /// A session is killed between the name of its pack and the sync that makes it last; the next one uses that
  /// pack.
  void record_taken_over() {
    auto disk = std::make_unique<LoggedDisk>(steps_);
    LoggedDisk* files = disk.get();
    const auto store = make_local_store("/v", std::move(disk));
    init_vault(*store);
    made_at_ = steps_.size();
    const Objects objects{{"mail", noise(2000, 1)}};
    const auto vault = *Vault::open(*store, test_key());
    Session killed(*vault, system_clock(), {.pack_bytes = 1000});
    ASSERT_TRUE(killed.put_object(*make_memory_source(as_bytes(objects.at("mail")))));
    ASSERT_EQ(steps_.back().op, LoggedDisk::Op::kSyncDirectory);
    steps_.pop_back();
    auto left = std::make_unique<LoggedDisk>(steps_);
    left->files = files->files;
    const auto again = make_local_store("/v", std::move(left));
    const std::size_t packs = list_packs(*again)->size();
    ASSERT_TRUE(put_objects(*again, objects, "point"));
    EXPECT_EQ(list_packs(*again)->size(), packs + 1);  // of nodes
    points_.push_back({steps_.size(), "point", objects});
  }

  const Objects& objects_of(const std::string& name) const {
    return std::find_if(points_.begin(), points_.end(), [&](const auto& p) { return p.name == name; })
        ->objects;
  }

  /// Every step, each time with all, nothing and parts of what was not synced.
  void lose_power_everywhere() {
    std::mt19937 random(1);
    for (std::size_t n = 0; n <= steps_.size(); ++n) {
      SCOPED_TRACE("after step " + std::to_string(n));
      check_after(n, [](std::size_t) { return true; });
      check_after(n, [](std::size_t) { return false; });
      for (int i = 0; i < 3; ++i) {
        const auto seed = random();  // the same answer for the same step
        check_after(n, [&](std::size_t s) { return ((seed ^ s * 2654435761u) >> 7 & 1) != 0; });
      }
      if (HasFailure()) return;
    }
  }

  /// Everything that was promised before step n holds, and whatever can be seen restores.
  void check_after(std::size_t n, const std::function<bool(std::size_t)>& keep) {
    std::vector<LoggedDisk::Step> unused;
    auto disk = std::make_unique<LoggedDisk>(unused);
    disk->files = replay(steps_, n, keep);
    const auto store = make_local_store("/v", std::move(disk));
    if (!read_vault_header(*store)) {
      ASSERT_LT(n, made_at_);
      return;
    }
    EXPECT_THAT(check_vault(*store, true).damage, testing::IsEmpty());
    const auto vault = Vault::open(*store, test_key());
    ASSERT_TRUE(vault) << vault.error().what;
    std::size_t promised = 0;
    for (const auto& p : points_) promised += p.steps <= n && n <= p.forgotten ? 1 : 0;
    const auto seen = (*vault)->points();
    EXPECT_GE(seen.size(), promised);
    for (const Point& p : seen) EXPECT_TRUE(get_objects(*store, p.name) == objects_of(p.name)) << p.name;
    if (!pruned_) return;
    ASSERT_TRUE(prune(**Vault::open(*store, test_key()), at_once(), FileTime{5}));
    for (const Point& p : seen)
      EXPECT_TRUE(get_objects(*store, p.name) == objects_of(p.name)) << p.name << " after prune";
    ASSERT_TRUE(put_objects(*store, {{"after", "the crash"}}, "next"));  // and the next run works
    EXPECT_EQ(get_objects(*store, "next").at("after"), "the crash");
  }
};

TEST_F(CrashTest, NoPowerLossLeavesACommittedPointThatDoesNotRestore) {
  record();
  lose_power_everywhere();
}

TEST_F(CrashTest, NoPowerLossDuringAPruneLosesAPoint) {
  record_prune();
  lose_power_everywhere();
}

TEST_F(CrashTest, NoPowerLossAroundACheckpointLosesAPoint) {
  record_checkpoints();
  lose_power_everywhere();
}

TEST_F(CrashTest, NoPowerLossLosesAPackThatAKilledSessionHadNotSynced) {
  record_taken_over();
  lose_power_everywhere();
}

/// Who is told that a name is taken may rely on what has it.
TEST_F(CrashTest, ANameThatIsTakenIsDurable) {
  const auto store = make_local_store("/v", std::make_unique<LoggedDisk>(steps_));
  ASSERT_TRUE(store->put("packs/a", as_bytes("x")));
  steps_.clear();
  EXPECT_EQ(store->put("packs/a", as_bytes("x")).error().code, Code::kConflict);
  ASSERT_EQ(steps_.size(), 1u);
  EXPECT_EQ(steps_[0].op, LoggedDisk::Op::kSyncDirectory);
  EXPECT_EQ(steps_[0].path, "/v/packs");
}

TEST_F(CrashTest, AFullDiskLeavesNothingOfAnObjectThatIsNotWhole) {
  for (std::size_t room = 0;; ++room) {
    ASSERT_LT(room, 20u);
    steps_.clear();
    auto disk = std::make_unique<LoggedDisk>(steps_);
    LoggedDisk& files = *disk;
    files.room = room;
    const auto store = make_local_store("/v", std::move(disk));
    const Status done = store->put("packs/a", as_bytes("0123456789"));
    for (const auto& [path, bytes] : files.files) {
      EXPECT_EQ(path, "/v/packs/a");
      EXPECT_EQ(bytes, "0123456789");
    }
    if (done) break;
    EXPECT_EQ(done.error().code, Code::kExhausted);
    files.room = ~std::size_t{0};
    const Status again = store->put("packs/a", as_bytes("0123456789"));
    EXPECT_TRUE(again || again.error().code == Code::kConflict);
    EXPECT_EQ(*store->get("packs/a", 0, 10), "0123456789");
  }
}

/// The tests above can fail: a store that forgets to sync its packs is found out.
TEST_F(CrashTest, FindsAStoreThatDoesNotSync) {
  record();
  std::erase_if(steps_, [](const auto& s) {
    return s.op == LoggedDisk::Op::kSync && s.path.find("/tmp/") != std::string::npos;
  });
  std::vector<LoggedDisk::Step> unused;
  auto disk = std::make_unique<LoggedDisk>(unused);
  disk->files = replay(steps_, steps_.size(), [](std::size_t) { return false; });
  const auto store = make_local_store("/v", std::move(disk));
  EXPECT_FALSE(read_vault_header(*store) && check_vault(*store, true).damage.empty());
}

/// So is a prune that deletes packs before its records say so.
TEST_F(CrashTest, FindsAPruneThatDeletesTooEarly) {
  record_prune();
  const std::string keep = "/v/" + log_name(LogNumber{6});  // behind two sessions and a forget
  const auto n = std::find_if(steps_.begin(), steps_.end(), [&](const auto& s) { return s.to == keep; });
  ASSERT_NE(n, steps_.end());
  std::vector<LoggedDisk::Step> unused;
  auto disk = std::make_unique<LoggedDisk>(unused);
  disk->files =
      replay(steps_, static_cast<std::size_t>(n - steps_.begin()), [](std::size_t) { return true; });
  for (auto s = n; s != steps_.end(); ++s)
    if (s->op == LoggedDisk::Op::kRemove) disk->files.erase(s->path);
  const auto store = make_local_store("/v", std::move(disk));
  EXPECT_THAT(check_vault(*store, true).damage, testing::Not(testing::IsEmpty()));
}

}  // namespace
}  // namespace mk::vault
