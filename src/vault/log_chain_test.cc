#include "vault/log_chain.h"

#include "vault/fault_store.h"
#include "vault/fixture_test.h"
#include "vault/prune.h"

namespace mk::vault {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LogChainTest : public testing::Test {
 protected:
  LogChain chain(bool with_keys = true) { return {*store_, id_, with_keys ? &keys_ : nullptr}; }

  /// As sessions do it: two records each, of which the second names a pack and is a point.
  void append(LogChain& log, std::uint64_t n) {
    for (std::uint64_t i = 0; i < n; ++i) {
      Draft draft;
      draft.head.type = log.state().sessions().empty() ? LogType::kOpen : LogType::kCommit;
      if (draft.head.type == LogType::kCommit) {
        draft.head.target = log.state().sessions().begin()->first;
        draft.head.root = ChunkId{{1, static_cast<std::uint8_t>(i)}};
        draft.packs = {PackId::of(sha256(as_bytes(std::to_string(log.head().number.value))))};
        draft.facts = {1, 2, 3, "point " + std::to_string(log.head().number.value)};
      }
      ASSERT_TRUE(log.append(draft, FileTime{5 + i}));
    }
  }
  void append_type(LogChain& log, LogType type, std::uint64_t target, std::vector<PackId> packs = {}) {
    Draft draft;
    draft.head.type = type, draft.head.target.value = target;
    draft.packs = std::move(packs);
    ASSERT_TRUE(log.append(draft, FileTime{9}));
  }
  LogChain read(std::size_t* gets = nullptr) {
    counted_.before = [gets](FaultStore::Op op, const std::string&) -> std::optional<Error> {
      if (gets != nullptr && op == FaultStore::Op::kGet) ++*gets;
      return std::nullopt;
    };
    LogChain log(counted_, id_, &keys_);
    EXPECT_TRUE(log.read());
    return log;
  }
  std::vector<std::string> checkpoints() { return *list_checkpoints(*store_); }
  CheckReport check_log() { return check_vault(*store_, true); }
  void change(const std::string& name, const std::function<void(ByteString&)>& edit) {
    ByteString bytes = *get_whole(*store_, name, kMaxCheckpointBytes);
    edit(bytes);
    ASSERT_TRUE(store_->remove(name));
    ASSERT_TRUE(store_->put(name, as_bytes(bytes)));
  }

  std::unique_ptr<Store> store_ = make_memory_store();
  FaultStore counted_{*store_};
  const VaultId id_ = [this] {
    init_vault(*store_);
    return *read_vault_header(*store_);
  }();
  const Keys keys_ = derive_keys(id_, test_master());
};

TEST_F(LogChainTest, ReadsOnlyWhatFollowsTheNewestCheckpoint) {
  auto log = chain();
  append(log, 1100);
  EXPECT_THAT(checkpoints(), ElementsAre(checkpoint_name({1024}), checkpoint_name({768})));
  std::size_t gets = 0;
  const LogChain again = read(&gets);
  EXPECT_EQ(gets, 1u + 1100 - 1024);
  EXPECT_EQ(again.head(), log.head());
  auto whole = chain();
  ASSERT_TRUE(whole.read_whole());
  for (const LogChain* other : std::initializer_list<const LogChain*>{&log, &again}) {
    EXPECT_TRUE(equal(other->state(), whole.state()));
    const auto points = other->state().points(), expected = whole.state().points();
    ASSERT_EQ(points.size(), 550u);
    for (std::size_t i = 0; i < points.size(); ++i) {
      EXPECT_EQ(points[i].name, expected[i].name);
      EXPECT_EQ(points[i].root.bytes, 3u);
    }
  }
}

TEST_F(LogChainTest, KnowsEveryHeadThatSomebodyRemembers) {
  auto log = chain();
  std::vector<KnownHead> heads;
  for (int i = 0; i < 1100; ++i) {
    append(log, 1);
    heads.push_back(log.head());
  }
  const LogChain again = read();
  for (const std::size_t n : {0u, 1u, 500u, 1022u, 1023u, 1024u, 1098u, 1099u}) {
    EXPECT_TRUE(again.check_known(heads[n])) << n;
    KnownHead other = heads[n];
    other.hash.bytes[5] ^= 1;
    EXPECT_EQ(again.check_known(other).error().code, Code::kCorrupt) << n;
  }
  EXPECT_THAT(again.check_known(KnownHead{{1101}, {}}).error().what, HasSubstr("set back"));
  EXPECT_TRUE(again.check_known(std::nullopt));
}

/// Two chains that part: a checkpoint of one beside records of the other deceives nobody who remembers.
TEST_F(LogChainTest, DoesNotTakeTheCheckpointOfAForkForTheHistoryOfAnother) {
  auto mine = chain();
  append(mine, 100);
  const auto common = contents(*store_);
  append(mine, 400);
  const KnownHead remembered = [&] {
    auto log = chain();
    EXPECT_TRUE(log.read());
    return log.head();
  }();
  const auto other = store_of(common);
  LogChain theirs(*other, id_, &keys_);
  ASSERT_TRUE(theirs.read());
  append(theirs, 600);
  auto mixed = contents(*other);
  for (const auto& [name, bytes] : contents(*store_))
    if (name.starts_with("log/")) mixed[name] = bytes;  // up to 500 the records that were seen
  const auto store = store_of(mixed);
  LogChain log(*store, id_, &keys_);
  const Status read = log.read();
  EXPECT_FALSE(read && log.check_known(remembered));
}

TEST_F(LogChainTest, PassesOverACheckpointThatIsNotGood) {
  auto log = chain();
  append(log, 600);
  ASSERT_THAT(checkpoints(), testing::SizeIs(2));
  const auto good = contents(*store_);
  for (const std::size_t at : {0u, 20u, 100u, 130u, 2000u, 40'000u})
    for (const auto& name : checkpoints()) change(name, [&](ByteString& b) { b[at % b.size()] ^= 1; });
  EXPECT_EQ(read().head(), log.head());
  EXPECT_THAT(check_log().damage, Contains(HasSubstr("log is read without it")).Times(2));
  store_ = store_of(good);
  LogChain cut(*store_, id_, &keys_);
  change(checkpoint_name({512}), [](ByteString& b) { b.resize(b.size() / 2); });
  ASSERT_TRUE(cut.read());  // the one before is good
  EXPECT_EQ(cut.head(), log.head());
}

TEST_F(LogChainTest, JunkTakesNoCheckpointsPlace) {
  auto log = chain();
  append(log, 300);
  for (const std::uint64_t number : {70'000u, 80'000u})
    ASSERT_TRUE(store_->put(checkpoint_name({number}), as_bytes("junk")));
  append(log, 300);
  EXPECT_THAT(checkpoints(), Contains(checkpoint_name({512})));
  std::size_t gets = 0;
  EXPECT_EQ(read(&gets).head(), log.head());
  EXPECT_LT(gets, 100u);
}

TEST_F(LogChainTest, GoesOnWhereACheckpointCannotBePut) {
  counted_.before = [](FaultStore::Op op, const std::string& name) -> std::optional<Error> {
    if (op == FaultStore::Op::kPut && name.starts_with(kCheckpoints)) return Error{Code::kExhausted, "full"};
    return std::nullopt;
  };
  LogChain log(counted_, id_, &keys_);
  append(log, 300);
  EXPECT_THAT(checkpoints(), IsEmpty());
  auto again = chain();
  ASSERT_TRUE(again.read());
  EXPECT_EQ(again.head(), log.head());
}

TEST_F(LogChainTest, ForgottenAndDroppedStaysSo) {
  auto log = chain();
  append(log, 255);  // the last one opens a session
  const auto points = log.state().points();
  append_type(log, LogType::kForget, points.front().number.value);
  const PackId dropped = log.state().live_packs().front(), waiting = log.state().live_packs().back();
  append_type(log, LogType::kCondemn, 0, {dropped, waiting});
  append_type(log, LogType::kDrop, 0, {dropped});
  ASSERT_TRUE(log.put_checkpoint(FileTime{9}));
  const LogChain again = read();
  EXPECT_EQ(again.state().points().size(), points.size() - 1);
  EXPECT_EQ(again.state().find(dropped)->is, PackState::Is::kDropped);
  EXPECT_EQ(again.state().find(waiting)->is, PackState::Is::kCondemned);
  EXPECT_EQ(again.state().horizon(), log.state().horizon());
  EXPECT_EQ(again.state().sessions(), log.state().sessions());
  EXPECT_TRUE(equal(again.state(), log.state()));
}

TEST_F(LogChainTest, ForgetsTheNamesOfPacksThatAreGoneForGood) {
  auto log = chain();
  append(log, 4);
  const auto packs = log.state().live_packs();
  append_type(log, LogType::kCondemn, 0, packs);
  append_type(log, LogType::kDrop, 0, {packs[0]});
  const std::uint64_t first_drop = log.head().number.value;
  append_type(log, LogType::kDrop, first_drop, {packs[1]});
  EXPECT_EQ(log.state().find(packs[0]), nullptr);
  EXPECT_EQ(log.state().find(packs[1])->is, PackState::Is::kDropped);
}

TEST_F(LogChainTest, AServerWithoutKeysSeesACheckpointThatDoesNotSayWhatTheLogSays) {
  auto log = chain();
  append(log, 300);
  EXPECT_THAT(check(*store_, id_, nullptr)->damage, Contains(HasSubstr("pack")));  // there are none here
  const auto says_otherwise = Contains(HasSubstr("says something else than the log"));
  EXPECT_THAT(check(*store_, id_, nullptr)->damage, testing::Not(says_otherwise));
  // whoever has keys could write it
  LogState::Parts parts = log.state().parts();
  parts.points.erase(parts.points.begin());
  ASSERT_TRUE(store_->put(checkpoint_name(log.head().number),
                          as_bytes(encode_checkpoint(id_, keys_, LogState(parts), {}))));
  EXPECT_THAT(check(*store_, id_, nullptr)->damage, says_otherwise);
  EXPECT_THAT(check(*store_, id_, &keys_)->damage, says_otherwise);
}

TEST_F(LogChainTest, AMissingOldRecordCostsNoPointAndIsTold) {
  auto log = chain();
  append(log, 300);
  ASSERT_TRUE(store_->remove(log_name({7})));
  EXPECT_EQ(read().head(), log.head());
  EXPECT_THAT(check(*store_, id_, &keys_)->damage, Contains(HasSubstr("points are known by a checkpoint")));
  EXPECT_EQ(check(*store_, id_, nullptr).error().code, Code::kCorrupt);
  ASSERT_TRUE(store_->remove(log_name({290})));  // one that no checkpoint stands for
  auto lost = chain();
  EXPECT_EQ(lost.read().error().code, Code::kCorrupt);
}

TEST_F(LogChainTest, ReadsNoRecordOfAnotherVaultOrThatDoesNotFollow) {
  auto log = chain();
  append(log, 300);
  change(log_name({299}), [&](ByteString& b) { b = *get_whole(*store_, log_name({298}), 1000); });
  auto again = chain();
  EXPECT_THAT(again.read().error().what, HasSubstr("does not follow"));
}

}  // namespace
}  // namespace mk::vault
