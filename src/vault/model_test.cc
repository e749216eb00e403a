// Several writers, readers, prune and scrub on one vault, crashes and steps of others in between any two
// operations of the store, a clock that the test moves. The model is a map of what was committed: each point
// that was not forgotten gives back exactly that, at any time, and no session fails that was heard of often
// enough.
//
// MK_SEED and MK_SEEDS choose other and more runs; ./run test-long has many. Nonces, and so names of packs,
// are random all the same: a seed gives much the same run again, not always the very same.
#include "vault/fault_store.h"
#include "vault/fixture_test.h"
#include "vault/prune.h"

namespace mk::vault {
namespace {

using std::chrono::minutes;

constexpr int kWriters = 3;
constexpr std::size_t kPackBytesHere = 3'000;  // a few chunks

int from_environment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

struct ModelClock final : Clock {
  minutes at{0}, wrong{0};  // what has passed; how wrong the clock of this host is
  std::chrono::system_clock::time_point now() const override {
    return to_time_point(FileTime{std::uint64_t{133'000'000'000} * 1'000'000}) + at + wrong;
  }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(at);
  }
  void sleep_for(std::chrono::milliseconds) override {}
};

struct Writer {
  ModelClock clock;
  std::unique_ptr<Vault> vault;
  std::unique_ptr<Session> session;
  std::map<std::string, Entry> entries;
  Objects objects;
  minutes last{0}, longest_pause{0};  // between signs of life
};

class Model {
 public:
  explicit Model(unsigned seed) : random_(seed), store_(make_memory_store(&host_)), faults_(*store_) {
    init_vault(*store_);
    if (seed % 2 == 0) {  // then the store does not let go of what prune wants to be rid of
      EXPECT_TRUE(set_lock(**Vault::open(*store_, test_key()), 1, to_file_time(host_.now())));
    }
    for (Writer& w : writers_) w.clock.wrong = minutes(pick(2'000'000) - 1'000'000);
    faults_.before = [this](FaultStore::Op op, const std::string& name) { return interrupt(op, name); };
  }

  void run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      pass_time();
      step();
      if (i % 16 == 0) verify();
    }
    crash_in_ = -1;
    verify();
  }

 private:
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

  void pass_time() {
    now_ += minutes(pick(40));
    for (Writer& w : writers_) w.clock.at = now_;
    host_.at = now_;
  }

  /// Before each operation of the store: perhaps the process dies here, perhaps another one does something.
  std::optional<Error> interrupt(FaultStore::Op op, const std::string& name) {
    const bool changes =
        op == FaultStore::Op::kPut || op == FaultStore::Op::kRemove || op == FaultStore::Op::kLock;
    if (crash_in_ >= 0 && changes && crash_in_-- == 0) return Error{Code::kUnavailable, "killed"};
    const bool decided =
        op == FaultStore::Op::kPut && name.starts_with("log/");  // the moment that counts most
    if (nested_ || pick(decided ? 6 : 150) != 0) return std::nullopt;
    nested_ = true;
    const int crash_in = std::exchange(crash_in_, -1);
    step();
    crash_in_ = crash_in;
    nested_ = false;
    return std::nullopt;
  }

  void step() {
    const int what = pick(100);
    if (what < 70) return write(writers_[static_cast<std::size_t>(pick(kWriters))]);
    if (what < 85) return forget();
    if (what < 97) return prune_some();
    return read_one();
  }

  void write(Writer& w) {
    if (&w == busy_) return;  // it is in the middle of another step
    Writer* const before = std::exchange(busy_, &w);
    const int crash = std::exchange(crash_in_, pick(30) == 0 ? pick(4) : -1);
    const bool died = !write_step(w);
    crash_in_ = crash;
    busy_ = before;
    if (died || pick(60) == 0) start_anew(w);
  }

  void start_anew(Writer& w) {
    w.session.reset();
    w.vault.reset();
    w.entries.clear();
    w.objects.clear();
  }

  bool write_step(Writer& w) {
    if (!w.vault) {
      seen_grace_[&w] = running_grace_;
      auto vault = Vault::open(faults_, test_key());
      if (!vault) return false;
      w.vault = *std::move(vault);
      w.session = std::make_unique<Session>(*w.vault, w.clock, SessionOptions{kPackBytesHere});
      w.last = now_, w.longest_pause = minutes(0);
      return true;
    }
    w.longest_pause = std::max(w.longest_pause, now_ - w.last);
    const int what = pick(10);
    if (what < 6) return put_object(w);
    if (what < 8) return adopt_objects(w);
    return commit(w);
  }

  bool put_object(Writer& w) {
    const unsigned content = static_cast<unsigned>(pick(24));
    const std::string key = "key" + std::to_string(pick(12));
    const ByteString bytes = noise(200 + content * 10, content);
    const auto source = make_memory_source(as_bytes(bytes));
    const auto object = w.session->put_object(*source);
    w.last = now_;
    if (!object) return failed(w, object.error());
    w.entries[key] = {key, {}, *object};
    w.objects[key] = bytes;
    return true;
  }

  /// Takes objects of an older point as they are, without putting them.
  bool adopt_objects(Writer& w) {
    const auto points = w.vault->points();
    if (points.empty()) return true;
    const Point& p = points[static_cast<std::size_t>(pick(static_cast<int>(points.size())))];
    const auto model = committed_.find(p.number.value);
    if (model == committed_.end()) return true;  // its commit is under way
    std::map<std::string, Entry> taken;
    const Status read = visit_tree(*w.vault, p.root, "", [&](const Entry& e) -> Result<bool> {
      if (pick(2) == 0) taken[e.key] = e;
      return true;
    });
    if (!read) {  // forgotten and pruned away under an old view
      EXPECT_TRUE(read.error().code == Code::kUnavailable || forgotten_.contains(p.number.value))
          << read.error().what;
      return read.error().code != Code::kUnavailable;
    }
    for (const auto& [key, entry] : taken) {
      w.entries[key] = entry;
      w.objects[key] = model->second.at(key);
    }
    return true;
  }

  bool commit(Writer& w) {
    TreeWriter tree(*w.session, w.vault->keys().tree_cut);
    for (const auto& [key, entry] : w.entries)
      if (const Status added = tree.add(entry); !added) return failed(w, added.error());
    const auto root = tree.finish();
    if (!root) return failed(w, root.error());
    const Objects objects = w.objects;
    const auto number = w.session->commit("point", *root, to_file_time(w.clock.now()));
    if (!number) return failed(w, number.error());
    committed_[number->value] = objects;
    ++commits_;
    start_anew(w);
    return true;
  }

  /// A session may fail when the store does, and with kConflict only when it was silent for too long.
  bool failed(Writer& w, const Error& error) {
    if (error.code == Code::kUnavailable) return false;
    EXPECT_EQ(error.code, Code::kConflict) << error.what;
    EXPECT_GE(w.longest_pause + minutes(10), seen_grace_[&w]) << error.what;
    ++refused_;
    return false;
  }

  void forget() {
    if (committed_.empty()) return;
    auto vault = Vault::open(faults_, test_key());
    if (!vault) return;
    const auto points = (*vault)->points();
    if (points.size() < 3) return;
    const LogNumber number = points[static_cast<std::size_t>(pick(static_cast<int>(points.size())))].number;
    forgotten_.insert(number.value);  // from now on it may be gone
    LogHead head;
    head.type = LogType::kForget;
    head.target = number;
    EXPECT_TRUE((*vault)->append(head, {}, {}, FileTime{1}));
  }

  void prune_some() {
    PruneOptions o;
    o.allow_shrink = true;
    o.grace = pick(20) == 0 ? minutes(pick(60)) : minutes(120 + pick(600));
    o.max_copied_bytes = static_cast<std::uint64_t>(pick(10'000));
    const minutes outer = running_grace_;  // of the prune that this one interrupts
    running_grace_ = std::min(outer, std::chrono::duration_cast<minutes>(o.grace));
    for (auto& [writer, grace] : seen_grace_) grace = std::min(grace, running_grace_);
    const int crash = std::exchange(crash_in_, pick(4) == 0 ? pick(8) : -1);
    auto vault = Vault::open(faults_, test_key());
    if (vault) {
      const auto r = prune(**vault, o, to_file_time(host_.now()));
      EXPECT_TRUE(r || r.error().code == Code::kUnavailable || r.error().code == Code::kConflict)
          << r.error().what;
      if (r) dropped_ += r->dropped.packs, repacked_ += r->repacked.packs, ended_ += r->ended;
    }
    crash_in_ = crash;
    running_grace_ = outer;
  }

  void read_one() {
    auto vault = Vault::open(faults_, test_key());
    if (!vault) return;
    for (const Point& p : (*vault)->points())
      if (pick(4) == 0) expect_point(**vault, p);
  }

  void expect_point(Vault& vault, const Point& p) {
    const auto model = committed_.find(p.number.value);
    if (model == committed_.end()) return;  // its commit is under way
    Objects found;
    const Status read = visit_tree(vault, p.root, "", [&](const Entry& e) -> Result<bool> {
      TRY_ASSIGN(found[e.key], read_all(*open_object(vault, e.object), 1 << 20));
      return true;
    });
    if (forgotten_.contains(p.number.value)) return;  // meanwhile
    ASSERT_TRUE(read) << "point " << p.number.value << ": " << read.error().what;
    ASSERT_TRUE(found == model->second) << "point " << p.number.value;
  }

  void verify() {
    nested_ = true;  // nobody interrupts
    const auto vault = *Vault::open(*store_, test_key());
    std::set<std::uint64_t> seen;
    for (const Point& p : vault->points()) {
      seen.insert(p.number.value);
      expect_point(*vault, p);
    }
    for (const auto& [number, objects] : committed_)
      EXPECT_EQ(seen.contains(number), !forgotten_.contains(number)) << "point " << number;
    EXPECT_THAT(check_vault(*store_, true).damage, testing::IsEmpty());
    nested_ = false;
  }

  static constexpr minutes kNever{1'000'000'000};
  std::mt19937 random_;
  ModelClock host_;  // of whoever prunes, and of the store
  std::unique_ptr<Store> store_;
  FaultStore faults_;
  minutes now_{0};
  std::array<Writer, kWriters> writers_;
  std::map<Writer*, minutes> seen_grace_;  // the shortest of a prune since it opened the vault
  minutes running_grace_ = kNever;         // of a prune that is at work
  Writer* busy_ = nullptr;
  bool nested_ = false;
  int crash_in_ = -1;  // changes of the store until the process dies
  std::map<std::uint64_t, Objects> committed_;
  std::set<std::uint64_t> forgotten_;

 public:
  std::uint64_t commits_ = 0, refused_ = 0, dropped_ = 0, repacked_ = 0, ended_ = 0;
};

TEST(VaultModel, HoldsWhateverHappensMeanwhile) {
  const int first = from_environment("MK_SEED", 1), n = from_environment("MK_SEEDS", 4);
  std::uint64_t commits = 0, refused = 0, dropped = 0, repacked = 0, ended = 0;
  for (int seed = first; seed < first + n; ++seed) {
    SCOPED_TRACE("MK_SEED=" + std::to_string(seed));
    Model model(static_cast<unsigned>(seed));
    model.run(300);
    commits += model.commits_, refused += model.refused_, dropped += model.dropped_;
    repacked += model.repacked_, ended += model.ended_;
    if (HasFailure()) return;
  }
  std::printf(
      "%d seeds: %llu commits, %llu sessions refused, %llu ended, %llu packs dropped, %llu repacked\n", n,
      static_cast<unsigned long long>(commits), static_cast<unsigned long long>(refused),
      static_cast<unsigned long long>(ended), static_cast<unsigned long long>(dropped),
      static_cast<unsigned long long>(repacked));
  EXPECT_GT(commits, 0u);  // the test must not come to test nothing
  EXPECT_GT(dropped, 0u);
  EXPECT_GT(repacked, 0u);
  EXPECT_GT(ended, 0u);
}

}  // namespace
}  // namespace mk::vault
