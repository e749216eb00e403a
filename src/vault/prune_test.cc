#include "vault/prune.h"

#include <numeric>

#include "vault/fault_store.h"
#include "vault/fixture_test.h"

namespace mk::vault {
namespace {

using std::chrono::hours;

constexpr std::uint64_t kHour = std::uint64_t{3600} * 10'000'000;
FileTime at_hour(std::uint64_t h) { return FileTime{(3'700'000 + h) * kHour}; }

struct FakeClock final : Clock {
  std::uint64_t hour = 0;
  std::chrono::system_clock::time_point now() const override { return to_time_point(at_hour(hour)); }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(hours(hour));
  }
  void sleep_for(std::chrono::milliseconds) override {}
};

class PruneTest : public testing::Test {
 protected:
  std::unique_ptr<Store> store_ = make_memory_store();
  FakeClock clock_;
  void SetUp() override { init_vault(*store_); }

  static Objects objects(int from, int to) {
    Objects out;
    for (int i = from; i < to; ++i)
      out["mail" + std::to_string(100 + i)] = noise(5000, static_cast<unsigned>(i));
    return out;
  }
  std::unique_ptr<Vault> open() { return *Vault::open(*store_, test_key()); }
  void forget(const std::string& point) {
    const auto vault = open();
    LogHead head;
    head.type = LogType::kForget;
    head.target = vault->find_point(point)->number;
    ASSERT_TRUE(vault->append(head, {}, {}, clock_file_time()));
  }
  FileTime clock_file_time() const { return at_hour(clock_.hour); }
  Result<PruneReport> prune_now(PruneOptions options = {}) {
    return prune(*open(), options, clock_file_time());
  }
  static PruneOptions at_once() {
    PruneOptions o;
    o.grace = hours(0), o.allow_shrink = true;
    return o;
  }
  std::uint64_t pack_bytes() {
    std::uint64_t n = 0;
    const auto packs = *list_packs(*store_);
    for (const auto& [pack, bytes] : packs) n += bytes;
    return n;
  }
  void expect_sound(const std::string& point, const Objects& objects) {
    EXPECT_TRUE(get_objects(*store_, point) == objects) << point;
    EXPECT_THAT(check_vault(*store_, true).damage, testing::IsEmpty());
    EXPECT_THAT(check_vault(*store_, false).damage, testing::IsEmpty());
  }
  /// A session that has put `objects` and not committed.
  struct Running {
    std::unique_ptr<Vault> vault;
    std::unique_ptr<Session> session;
    TreeWriter::Root root;
  };
  Running start(const Objects& objects, std::size_t pack_bytes = 8'000) {
    Running r{open(), nullptr, {}};
    r.session = std::make_unique<Session>(*r.vault, clock_, SessionOptions{pack_bytes});
    TreeWriter tree(*r.session, r.vault->keys().tree_cut);
    for (const auto& [key, bytes] : objects) {
      const auto source = make_memory_source(as_bytes(bytes));
      EXPECT_TRUE(tree.add({key, "attributes of " + key, *r.session->put_object(*source)}));
    }
    r.root = *tree.finish();
    return r;
  }
};

TEST_F(PruneTest, DeletesWhatNoPointNeedsAfterTheGrace) {
  const Objects kept = objects(0, 10);
  ASSERT_TRUE(put_objects(*store_, kept, "kept"));
  ASSERT_TRUE(put_objects(*store_, objects(20, 28), "gone"));
  const auto all = pack_bytes();
  forget("gone");
  auto r = *prune_now();
  EXPECT_EQ(r.condemned.packs, 2u);
  EXPECT_EQ(r.waiting.packs, 2u);
  EXPECT_EQ(r.dropped.packs, 0u);
  EXPECT_EQ(pack_bytes(), all);
  clock_.hour += 23;
  EXPECT_EQ(prune_now()->dropped.packs, 0u);
  clock_.hour += 1;
  EXPECT_EQ(prune_now()->dropped.packs, 2u);
  EXPECT_LT(pack_bytes(), all * 6 / 10);
  expect_sound("kept", kept);
  EXPECT_EQ(prune_now()->condemned.packs, 0u);  // nothing is left to do
}

TEST_F(PruneTest, DoesNothingInADryRunWhichNeedsNoKey) {
  ASSERT_TRUE(put_objects(*store_, objects(0, 10), "kept"));
  ASSERT_TRUE(put_objects(*store_, objects(20, 28), "gone"));
  forget("gone");
  const auto before = contents(*store_);
  const auto r = *plan_prune(*store_, *read_vault_header(*store_), {}, clock_file_time());
  EXPECT_EQ(r.points, 1u);
  EXPECT_EQ(r.condemned.packs, 2u);
  EXPECT_EQ(contents(*store_), before);
  const auto done = *prune_now();
  EXPECT_EQ(done.condemned.bytes, r.condemned.bytes);
  EXPECT_EQ(done.needed_bytes, r.needed_bytes);
}

TEST_F(PruneTest, RepacksWhatIsMostlyDead) {
  const Objects all = objects(0, 10), kept = objects(0, 3);
  ASSERT_TRUE(put_objects(*store_, all, "all"));
  ASSERT_TRUE(put_objects(*store_, kept, "kept"));
  forget("all");
  const auto before = pack_bytes();
  const auto r = *prune_now(at_once());
  EXPECT_GE(r.repacked.packs, 1u);  // perhaps the one of the nodes too: cuts are random
  EXPECT_GT(r.repacked.bytes, 15'000u);
  EXPECT_LT(pack_bytes(), before / 2);
  expect_sound("kept", kept);
  EXPECT_EQ(prune_now(at_once())->repacked.packs, 0u);
}

/// While one prune or reader is at a chunk, another prune moves it into a new pack and deletes the old one.
TEST_F(PruneTest, LetsAnotherPruneMoveWhatItReads) {
  const Objects all = objects(0, 10), kept = objects(0, 3);
  for (const bool reads : {false, true}) {
    SCOPED_TRACE(reads);
    store_ = make_memory_store();
    init_vault(*store_);
    ASSERT_TRUE(put_objects(*store_, all, "all"));
    ASSERT_TRUE(put_objects(*store_, kept, "kept"));
    forget("all");
    FaultStore faults(*store_);
    const auto vault = *Vault::open(faults, test_key());
    int gets = 0;
    faults.before = [&](FaultStore::Op op, const std::string& name) -> std::optional<Error> {
      if (op != FaultStore::Op::kGet || !name.starts_with("packs/")) return std::nullopt;
      if (gets++ == (reads ? 1 : 0)) {  // of the reader the first one is for the node
        EXPECT_GE(prune_now(at_once())->repacked.packs, 1u);
      }
      return std::nullopt;
    };
    if (reads) {
      EXPECT_TRUE(
          visit_tree(*vault, vault->find_point("kept")->root, "", [&](const Entry& e) -> Result<bool> {
            return read_all(*open_object(*vault, e.object), 10'000) ? Result<bool>(true)
                                                                    : Error{Code::kNotFound, ""};
          }));
    } else {
      const auto r = prune(*vault, at_once(), clock_file_time());
      EXPECT_TRUE(r) << r.error().what;
    }
    EXPECT_GT(gets, 2);
    expect_sound("kept", kept);
  }
}

TEST_F(PruneTest, CopiesNoMoreThanItMay) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(put_objects(*store_, objects(10 * i, 10 * i + 10), "all" + std::to_string(i)));
    ASSERT_TRUE(put_objects(*store_, objects(10 * i, 10 * i + 4), "kept" + std::to_string(i)));
    forget("all" + std::to_string(i));
  }
  PruneOptions o = at_once();
  o.max_copied_bytes = 45'000;
  std::vector<std::uint64_t> copied;
  for (PruneReport r = *prune_now(o); r.repacked.packs > 0; r = *prune_now(o))
    copied.push_back(r.repacked.bytes);
  EXPECT_GE(copied.size(), 2u);
  EXPECT_THAT(copied, testing::Each(testing::Le(45'000u)));
  EXPECT_GE(std::accumulate(copied.begin(), copied.end(), std::uint64_t{0}), 80'000u);
  for (int i = 0; i < 4; ++i) expect_sound("kept" + std::to_string(i), objects(10 * i, 10 * i + 4));
}

TEST_F(PruneTest, NamesNoMorePacksThanItMay) {
  ASSERT_TRUE(put_objects(*store_, objects(0, 10), "kept"));
  for (const char* point : {"one", "two"}) {
    ASSERT_TRUE(put_objects(*store_, {{point, noise(5000, 99)}}, point));
    forget(point);
  }
  PruneOptions o = at_once();
  o.max_packs = 1;
  for (int left = 3; left > 0; --left) {  // the data is in one pack
    const auto r = *prune_now(o);
    EXPECT_EQ(r.condemned.packs, 1u);
    EXPECT_EQ(r.dropped.packs, 1u);
    EXPECT_EQ(list_packs(*store_)->size(), 1u + static_cast<std::size_t>(left));
  }
  EXPECT_EQ(prune_now(o)->condemned.packs, 0u);
  expect_sound("kept", objects(0, 10));
}

TEST_F(PruneTest, PutsManySmallPacksTogether) {
  Objects all;
  for (int i = 0; i < 12; ++i) {
    all.merge(objects(i, i + 1));
    ASSERT_TRUE(put_objects(*store_, all, "point" + std::to_string(i)));
  }
  EXPECT_EQ(prune_now(at_once())->repacked.packs, 24u);
  EXPECT_EQ(list_packs(*store_)->size(), 2u);
  expect_sound("point3", objects(0, 4));
  expect_sound("point11", all);
  EXPECT_EQ(prune_now(at_once())->repacked.packs, 0u);
}

TEST_F(PruneTest, StopsWhenLittleIsNeededAnyMore) {
  ASSERT_TRUE(put_objects(*store_, objects(0, 4), "kept"));
  ASSERT_TRUE(put_objects(*store_, objects(20, 30), "gone"));
  forget("gone");
  const auto before = contents(*store_);
  const auto refused = prune_now();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  EXPECT_THAT(refused.error().what, testing::HasSubstr("--allow-shrink"));
  EXPECT_EQ(contents(*store_), before);
  PruneOptions o;
  o.allow_shrink = true;
  EXPECT_EQ(prune_now(o)->condemned.packs, 2u);
}

TEST_F(PruneTest, DeletesNothingOfADamagedVault) {
  ASSERT_TRUE(put_objects(*store_, objects(0, 10), "kept"));
  ASSERT_TRUE(put_objects(*store_, objects(20, 25), "gone"));
  forget("gone");
  const auto good = contents(*store_);
  for (const PackId& pack : open()->state().live_packs()) {
    auto bad = good;
    bad.erase(pack_name(pack));
    const auto store = store_of(bad);
    const auto vault = *Vault::open(*store, test_key());
    const auto r = prune(*vault, at_once(), clock_file_time());
    if (r) continue;  // of the forgotten point: it may be missing
    EXPECT_EQ(r.error().code, Code::kCorrupt);
    EXPECT_THAT(r.error().what, testing::HasSubstr("vault is damaged"));
    EXPECT_EQ(contents(*store), bad);
  }
}

TEST_F(PruneTest, StopsWhereAPackIsGoneSinceTheVaultWasOpened) {
  for (const int points : {16, 1}) {
    SCOPED_TRACE(points);
    store_ = make_memory_store();
    init_vault(*store_);
    for (int i = 0; i < points; ++i)
      ASSERT_TRUE(put_objects(*store_, objects(i, i + 1), "point" + std::to_string(i)));
    const auto vault = open();
    for (const auto& pack : vault->index().packs()) {
      if (pack.kind != ChunkKind::kData) continue;
      ASSERT_TRUE(store_->remove(pack_name(pack.id)));
      break;
    }
    const auto before = contents(*store_);
    const auto r = prune(*vault, at_once(), clock_file_time());
    ASSERT_FALSE(r);
    EXPECT_EQ(r.error().code, Code::kCorrupt);
    EXPECT_THAT(r.error().what, testing::HasSubstr("not in the store"));
    EXPECT_EQ(contents(*store_), before);
  }
}

TEST_F(PruneTest, LeavesWhatARunningSessionHasPut) {
  const Objects mail = objects(0, 10);
  Running r = start(mail);
  const auto packs = list_packs(*store_)->size();
  EXPECT_GT(packs, 3u);
  EXPECT_EQ(prune_now()->condemned.packs, packs);  // nobody names them yet
  clock_.hour += 2;
  EXPECT_EQ(prune_now()->dropped.packs, 0u);
  ASSERT_TRUE(r.session->commit("mail", r.root, clock_file_time()));
  clock_.hour += 1000;
  ASSERT_TRUE(prune_now());
  expect_sound("mail", mail);
}

/// The whole point of a lease: a chunk that was there is relied upon, and its last point is forgotten.
TEST_F(PruneTest, LeavesWhatARunningSessionReliesOn) {
  const Objects mail = objects(0, 10);
  ASSERT_TRUE(put_objects(*store_, mail, "first"));
  Running r = start(mail);
  EXPECT_EQ(r.session->counts().new_chunks, 0u);
  forget("first");
  PruneOptions shrink;
  shrink.allow_shrink = true;
  EXPECT_GT(prune_now(shrink)->condemned.packs, 0u);
  clock_.hour += 1;
  EXPECT_EQ(prune_now(shrink)->dropped.packs, 0u);
  ASSERT_TRUE(r.session->commit("second", r.root, clock_file_time()));
  clock_.hour += 1000;
  EXPECT_EQ(prune_now(shrink)->dropped.packs, 0u);
  expect_sound("second", mail);
}

TEST_F(PruneTest, CountsCondemnedPacksAsMissing) {
  const Objects mail = objects(0, 10);
  ASSERT_TRUE(put_objects(*store_, mail, "first"));
  forget("first");
  PruneOptions shrink;
  shrink.allow_shrink = true;
  ASSERT_TRUE(prune_now(shrink));
  Running r = start(mail);
  EXPECT_EQ(r.session->counts().new_chunks, r.session->counts().chunks);
  ASSERT_TRUE(r.session->commit("second", r.root, clock_file_time()));
  clock_.hour += 1000;
  EXPECT_EQ(prune_now(shrink)->dropped.packs, 2u);
  expect_sound("second", mail);
}

TEST_F(PruneTest, EndsASessionOfWhichNothingIsHeard) {
  const Objects mail = objects(0, 10);
  Running r = start(mail);
  ASSERT_TRUE(prune_now());  // it is watched from here on
  clock_.hour += 24;
  const auto report = *prune_now();
  EXPECT_EQ(report.ended, 1u);
  EXPECT_GT(report.dropped.packs, 0u);
  EXPECT_TRUE(list_packs(*store_)->empty());
  const auto late = r.session->commit("late", r.root, clock_file_time());
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kConflict);
  EXPECT_TRUE(open()->points().empty());
  Running again = start(mail);
  ASSERT_TRUE(again.session->commit("again", again.root, clock_file_time()));
  expect_sound("again", mail);
}

TEST_F(PruneTest, HearsOfASessionThatPuts) {
  Running r = start(objects(0, 10));
  for (int i = 0; i < 100; ++i) {
    clock_.hour += 1;
    ASSERT_TRUE(r.session->put(ChunkKind::kData, {}, as_bytes("more")));
    EXPECT_EQ(prune_now()->ended, 0u);
  }
  ASSERT_TRUE(r.session->commit("long", r.root, clock_file_time()));
  expect_sound("long", objects(0, 10));
}

TEST_F(PruneTest, OpensNoSessionOnAViewThatWasPruned) {
  const Objects mail = objects(0, 10);
  ASSERT_TRUE(put_objects(*store_, mail, "first"));
  const auto vault = open();
  forget("first");
  ASSERT_TRUE(prune_now(at_once()));
  Session late(*vault, clock_);
  EXPECT_EQ(late.put(ChunkKind::kData, {}, as_bytes("x")).error().code, Code::kConflict);
  EXPECT_EQ(late.commit("late", {}, clock_file_time()).error().code, Code::kConflict);
}

TEST_F(PruneTest, MarksAnewWhenSomebodyCommitsMeanwhile) {
  const Objects mail = objects(0, 10);
  ASSERT_TRUE(put_objects(*store_, mail, "first"));
  Running r = start(mail);
  forget("first");
  FaultStore between(*store_);
  bool done = false;
  between.before = [&](FaultStore::Op op, const std::string& name) -> std::optional<Error> {
    if (op == FaultStore::Op::kPut && name.starts_with("log/") && !std::exchange(done, true)) {
      EXPECT_TRUE(r.session->commit("second", r.root, clock_file_time()));
    }
    return std::nullopt;
  };
  const auto vault = *Vault::open(between, test_key());
  const auto report = *prune(*vault, at_once(), clock_file_time());
  EXPECT_TRUE(done);
  EXPECT_EQ(report.condemned.packs, 0u);
  expect_sound("second", mail);
}

TEST_F(PruneTest, GoesOnWhereAKilledOneWas) {
  const Objects all = objects(0, 10), kept = objects(0, 3);
  ASSERT_TRUE(put_objects(*store_, all, "all"));
  ASSERT_TRUE(put_objects(*store_, kept, "kept"));
  forget("all");
  for (int steps = 0;; ++steps) {
    ASSERT_LT(steps, 50);
    FaultStore faults(*store_);
    int left = steps % 5;
    faults.before = [&](FaultStore::Op op, const std::string&) -> std::optional<Error> {
      const bool changes = op == FaultStore::Op::kPut || op == FaultStore::Op::kRemove;
      if (changes && left-- == 0) return Error{Code::kUnavailable, "the power is off"};
      return std::nullopt;
    };
    const auto done = prune(**Vault::open(faults, test_key()), at_once(), clock_file_time());
    expect_sound("kept", kept);
    if (done) break;
  }
  EXPECT_EQ(open()->state().live_packs().size(), list_packs(*store_)->size());
}

TEST_F(PruneTest, UsesAgainWhatAKilledSessionLeft) {
  const Objects mail = objects(0, 10);
  start(mail);  // and never heard of again
  const auto left = list_packs(*store_)->size();
  Running r = start(mail);
  EXPECT_LT(r.session->counts().new_chunks, 8u);  // what was in packs that were not full
  ASSERT_TRUE(r.session->commit("mail", r.root, clock_file_time()));
  EXPECT_LE(list_packs(*store_)->size(), left + 2);
  clock_.hour += 1000;
  ASSERT_TRUE(prune_now());
  clock_.hour += 1000;
  ASSERT_TRUE(prune_now());
  expect_sound("mail", mail);
}

TEST_F(PruneTest, UsesNothingOfAKilledSessionThatIsDamaged) {
  const Objects mail = objects(0, 10);
  start(mail);
  auto bad = contents(*store_);
  for (auto& [name, bytes] : bad)
    if (name.starts_with("packs/")) bytes[100] ^= 1;
  store_ = store_of(bad);
  Running r = start(mail);
  EXPECT_EQ(r.session->counts().new_chunks, r.session->counts().chunks);
  ASSERT_TRUE(r.session->commit("mail", r.root, clock_file_time()));
  expect_sound("mail", mail);
}

TEST(LogState, NeverCountsADroppedPackAgain) {
  LogState state;
  const PackId pack{{1}};
  const auto add = [&](std::uint64_t number, LogType type, std::vector<PackId> packs) {
    LogRecord r;
    r.head.number.value = number, r.head.type = type;
    r.packs = std::move(packs);
    state.add(r);
  };
  add(1, LogType::kCommit, {pack});
  EXPECT_EQ(state.live_packs().size(), 1u);
  add(2, LogType::kCondemn, {pack});
  EXPECT_EQ(state.live_packs().size(), 0u);
  add(3, LogType::kCommit, {pack});
  EXPECT_EQ(state.live_packs().size(), 1u);
  add(4, LogType::kCondemn, {pack});
  add(5, LogType::kDrop, {pack});
  EXPECT_EQ(state.horizon().value, 4u);
  for (const auto type : {LogType::kCommit, LogType::kKeep, LogType::kCondemn}) {
    add(6, type, {pack});
    EXPECT_EQ(state.find(pack)->is, PackState::Is::kDropped);
  }
}

TEST(Log, AppendsNoRecordThatNobodyCouldRead) {
  const auto store = make_memory_store();
  const Keys keys = derive_keys(VaultId{}, test_master());
  Draft draft;
  draft.packs.resize(kMaxLogPacks + 1);
  const auto done = append_log(*store, VaultId{}, keys, {}, draft, FileTime{1});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::kExhausted);
  EXPECT_THAT(contents(*store), testing::IsEmpty());
}

TEST(Log, KnowsItsOwnRecordWhenAnAnswerWasLost) {
  const auto store = make_memory_store();
  init_vault(*store);
  /// Does what is asked, then is asked again by itself, as a client over a network does.
  struct Again final : Store {
    Store& inner;
    explicit Again(Store& s) : inner(s) {}
    Status put(const std::string& n, Bytes b) override {
      static_cast<void>(inner.put(n, b));
      return inner.put(n, b);
    }
    Result<ByteString> get(const std::string& n, std::uint64_t o, std::uint64_t l) override {
      return inner.get(n, o, l);
    }
    Result<std::uint64_t> head(const std::string& n) override { return inner.head(n); }
    Status list(const std::string& p, const Visitor& v) override { return inner.list(p, v); }
    Status remove(const std::string& n) override { return inner.remove(n); }
  } again(*store);
  ASSERT_TRUE(put_objects(again, {{"a", "b"}}, "point"));
  EXPECT_EQ((*Vault::open(*store, test_key()))->log().head().number.value, 2u);
  EXPECT_EQ(get_objects(*store, "point").at("a"), "b");
}

}  // namespace
}  // namespace mk::vault
