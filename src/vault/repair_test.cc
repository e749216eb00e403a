#include "vault/repair.h"

#include "vault/fault_store.h"
#include "vault/fixture_test.h"

namespace mk::vault {
namespace {

class RepairTest : public testing::Test {
 protected:
  Objects good_;
  const Objects mail_{{"a", "first"}, {"b", noise(300'000, 1)}};

  void SetUp() override {
    const auto store = make_memory_store();
    init_vault(*store);
    ASSERT_TRUE(put_objects(*store, mail_, "one"));
    ASSERT_TRUE(put_objects(*store, {{"c", "third"}}, "two"));
    good_ = contents(*store);
  }

  static Result<RepairReport> repair_from(Store& store, const Objects& copy, bool with_keys = true) {
    const auto other = store_of(copy);
    TRY_ASSIGN(const auto id, repair_header(store, *other));
    const Keys keys = derive_keys(id, SecretString(ByteString(32, 'm')));
    return repair(store, *other, id, with_keys ? &keys : nullptr);
  }
};

TEST_F(RepairTest, BringsBackEveryObjectWhateverHappenedToIt) {
  for (const auto& [name, bytes] : good_)
    for (const int damage : {0, 1, 2, 3}) {
      SCOPED_TRACE(name + " damage " + std::to_string(damage));
      auto bad = good_;
      if (damage == 0) bad.erase(name);
      if (damage == 1) bad[name][bytes.size() / 2] ^= 1;
      if (damage == 2) bad[name].resize(bytes.size() / 2);
      if (damage == 3) bad[name] += "more";
      const auto store = store_of(bad);
      const auto r = repair_from(*store, good_);
      ASSERT_TRUE(r) << r.error().what;
      EXPECT_THAT(r->lost, testing::IsEmpty());
      EXPECT_TRUE(contents(*store) == good_);
    }
}

/// A disk or a server that stumbles says nothing of the object.
TEST_F(RepairTest, RemovesNothingThatCannotBeReadJustNow) {
  auto with_checkpoint = good_;
  with_checkpoint["checkpoints/0000000000000004"] = "not good";
  for (const auto& [name, bytes] : with_checkpoint)
    for (const Code code : {Code::kInternal, Code::kUnsupported, Code::kUnavailable}) {
      SCOPED_TRACE(name);
      const auto store = store_of(with_checkpoint);
      FaultStore faults(*store);
      faults.before = [&](FaultStore::Op op, const std::string& asked) -> std::optional<Error> {
        if (op == FaultStore::Op::kGet && asked == name) return Error{code, name + ": Input/output error"};
        return std::nullopt;
      };
      const auto r = repair_from(faults, good_);
      EXPECT_EQ(r.error().code, code);
      EXPECT_TRUE(contents(*store)[name] == bytes);
    }
}

TEST_F(RepairTest, TouchesNothingThatIsGood) {
  const auto store = store_of(good_);
  EXPECT_THAT(repair_from(*store, good_)->repaired, testing::IsEmpty());
}

TEST_F(RepairTest, TakesNothingThatIsDamagedInTheCopyToo) {
  for (const auto& [name, bytes] : good_) {
    if (!name.starts_with("packs/") && !name.starts_with("log/")) continue;
    auto bad = good_, copy = good_;
    bad.erase(name);
    copy[name][bytes.size() / 3] ^= 1;
    const auto store = store_of(bad);
    const auto r = *repair_from(*store, copy);
    EXPECT_THAT(r.repaired, testing::IsEmpty()) << name;
    EXPECT_EQ(r.lost.empty(), name == log_name(LogNumber{4})) << name;  // nobody knows of a last record
    EXPECT_TRUE(contents(*store) == bad) << name;
  }
}

TEST_F(RepairTest, TakesLogRecordsWithoutAKeyOnlyWhereTheNextOneNamesThem) {
  for (const std::uint64_t n : {1u, 2u, 3u, 4u}) {
    auto bad = good_;
    bad[log_name({n})][20] ^= 1;
    const auto store = store_of(bad);
    const auto r = *repair_from(*store, good_, false);
    EXPECT_EQ(r.repaired.size(), n == 4 ? 0u : 1u) << n;
    EXPECT_EQ(r.lost.size(), n == 4 ? 1u : 0u) << n;
  }
}

TEST_F(RepairTest, TakesNoHistoryThatWentAnotherWay) {
  auto copy = good_;
  for (const std::uint64_t n : {3u, 4u}) copy.erase(log_name({n}));
  const auto other = store_of(copy);
  ASSERT_TRUE(put_objects(*other, {{"c", "another third"}}, "two"));
  auto bad = good_;
  bad.erase(log_name({3}));
  const auto store = store_of(bad);
  const auto r = *repair_from(*store, contents(*other));
  EXPECT_THAT(r.repaired, testing::IsEmpty());
  EXPECT_THAT(r.lost, testing::SizeIs(1));
}

TEST_F(RepairTest, TakesNothingOfAnotherVault) {
  const auto other = make_memory_store();
  init_vault(*other);
  const auto store = store_of(good_);
  EXPECT_EQ(repair_from(*store, contents(*other)).error().code, Code::kInvalid);
  const auto empty = make_memory_store();
  EXPECT_EQ(repair_from(*empty, good_).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace mk::vault
