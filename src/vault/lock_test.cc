// What a commit on a locked vault sees to, at a store that refuses to remove what is locked.
#include "vault/lock.h"

#include "vault/fault_store.h"
#include "vault/fixture_test.h"
#include "vault/prune.h"

namespace mk::vault {
namespace {

using std::chrono::hours;
using testing::HasSubstr;
using testing::IsEmpty;

struct DayClock final : Clock {
  int day = 0;
  std::chrono::system_clock::time_point now() const override {
    return std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000)) + day * hours(24);
  }
  std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(day * hours(24));
  }
  void sleep_for(std::chrono::milliseconds) override {}
  FileTime file_time() const { return to_file_time(now()); }
};

class LockTest : public testing::Test {
 protected:
  LockTest() {
    init_vault(*store_);
    EXPECT_TRUE(set_lock(*open(), 30, clock_.file_time()));
  }
  std::unique_ptr<Vault> open(Store* store = nullptr) {
    return *Vault::open(store == nullptr ? *store_ : *store, test_key());
  }
  Status put(const Objects& objects, const std::string& name, Store* store = nullptr) {
    const auto vault = open(store);
    Session session(*vault, clock_);
    TreeWriter tree(session, vault->keys().tree_cut);
    for (const auto& [key, bytes] : objects) {
      Entry entry{key, {}, {}};
      TRY_ASSIGN(entry.object, session.put_object(*make_memory_source(as_bytes(bytes))));
      TRY(tree.add(std::move(entry)));
    }
    TRY_ASSIGN(const auto root, tree.finish());
    TRY(session.commit(name, root, clock_.file_time()));
    return ok;
  }
  void forget(const std::string& name) {
    const auto vault = open();
    LogHead head;
    head.type = LogType::kForget;
    head.target = vault->find_point(name)->number;
    ASSERT_TRUE(vault->append(head, {}, {}, clock_.file_time()));
  }
  /// Removes whatever the store lets go.
  void steal() {
    for (const auto& [name, bytes] : contents(*store_)) static_cast<void>(store_->remove(name));
  }
  void expect_sound(const std::string& name, const Objects& objects) {
    EXPECT_EQ(get_objects(*store_, name), objects);
  }

  DayClock clock_;
  std::unique_ptr<Store> store_ = make_memory_store(&clock_);
  const Objects mail_{{"a", noise(50'000, 1)}, {"b", "small"}};
};

TEST_F(LockTest, NothingThatAPointNeedsCanBeRemovedUntilItsDate) {
  ASSERT_TRUE(put(mail_, "monday"));
  for (const int day : {0, 29}) {
    clock_.day = day;
    steal();
    expect_sound("monday", mail_);
    EXPECT_THAT(check_vault(*store_, true).damage, IsEmpty());
    EXPECT_THAT(check_vault(*store_, false).damage, IsEmpty());
  }
  clock_.day = 60;
  steal();
  EXPECT_THAT(contents(*store_), IsEmpty());  // nothing is locked for ever
}

TEST_F(LockTest, ANewPointLocksTheOldPacksThatItNeeds) {
  ASSERT_TRUE(put(mail_, "first"));
  for (clock_.day = 20; clock_.day <= 400; clock_.day += 20) {
    const std::size_t packs = list_packs(*store_)->size();
    ASSERT_TRUE(put(mail_, "again"));
    EXPECT_EQ(list_packs(*store_)->size(), packs);  // nothing was stored anew
    clock_.day += 29;
    steal();
    expect_sound("again", mail_);
    clock_.day -= 29;
  }
}

TEST_F(LockTest, IsExtendedBeforeTheCommitAndNotByEachOne) {
  ASSERT_TRUE(put(mail_, "first"));
  FaultStore counted(*store_);
  int locks = 0, locks_at_commit = -1;
  counted.before = [&](FaultStore::Op op, const std::string& name) -> std::optional<Error> {
    if (op == FaultStore::Op::kLock && name.starts_with("packs/")) ++locks;
    if (op == FaultStore::Op::kPut && name.starts_with("log/")) locks_at_commit = locks;
    return std::nullopt;
  };
  for (clock_.day = 1; clock_.day < 8; ++clock_.day) ASSERT_TRUE(put(mail_, "soon", &counted));
  EXPECT_EQ(locks, 0);
  clock_.day = 9;
  ASSERT_TRUE(put(mail_, "later", &counted));
  EXPECT_EQ(locks, 2);  // one pack of data, one of nodes
  EXPECT_EQ(locks_at_commit, 2);
}

TEST_F(LockTest, DoesNotCommitWhatItCannotLock) {
  ASSERT_TRUE(put(mail_, "first"));
  clock_.day = 20;
  FaultStore faults(*store_);
  for (const char* what : {"vault", "keys/", "packs/"}) {
    faults.before = [&](FaultStore::Op op, const std::string& name) -> std::optional<Error> {
      if (op == FaultStore::Op::kLock && name.starts_with(what)) return Error{Code::kDenied, "no right to"};
      return std::nullopt;
    };
    const auto refused = put(mail_, "second", &faults);
    ASSERT_FALSE(refused) << what;
    EXPECT_THAT(refused.error().what, HasSubstr("no right to"));
  }
  EXPECT_EQ(open()->points().size(), 1u);
}

TEST_F(LockTest, APackThatIsTakenUpFromAKilledSessionIsLocked) {
  {
    const auto vault = open();
    Session killed(*vault, clock_, {.pack_bytes = 1000});
    ASSERT_TRUE(killed.put_object(*make_memory_source(as_bytes(mail_.at("a")))));
  }
  clock_.day = 25;
  ASSERT_TRUE(put(mail_, "next"));
  clock_.day = 25 + 29;
  steal();
  expect_sound("next", mail_);
}

TEST_F(LockTest, ADamagedPackDoesNotStopNewPoints) {
  ASSERT_TRUE(put(mail_, "first"));
  clock_.day = 100;
  const auto packs = *list_packs(*store_);
  for (const auto& [pack, bytes] : packs) ASSERT_TRUE(store_->remove(pack_name(pack)));
  ASSERT_TRUE(put(mail_, "second"));
  expect_sound("second", mail_);
}

TEST_F(LockTest, PruneCountsWhatTheStoreKeepsAndLaterDeletesIt) {
  Objects more = mail_;
  more["c"] = noise(80'000, 2);
  ASSERT_TRUE(put(mail_, "kept"));
  ASSERT_TRUE(put(more, "gone"));
  forget("gone");
  PruneOptions at_once;
  at_once.grace = std::chrono::seconds(0), at_once.allow_shrink = true;
  const auto report = prune(*open(), at_once, clock_.file_time());
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_GT(report->dropped.packs, 0u);
  EXPECT_EQ(report->locked.packs, report->dropped.packs);
  EXPECT_GT(report->locked.bytes, 80'000u);
  EXPECT_GT(report->locked_until, after(clock_.file_time(), 30));
  const std::size_t before = list_packs(*store_)->size();
  EXPECT_EQ(prune(*open(), at_once, clock_.file_time())->locked.packs, report->dropped.packs);
  clock_.day = 60;
  EXPECT_EQ(prune(*open(), at_once, clock_.file_time())->locked.packs, 0u);
  EXPECT_EQ(list_packs(*store_)->size(), before - report->dropped.packs);
  expect_sound("kept", mail_);
}

TEST_F(LockTest, WhatPruneCopiesIsLocked) {
  Objects objects;
  for (int i = 0; i < 12; ++i) objects["mail" + std::to_string(i)] = noise(2000, unsigned(i));
  ASSERT_TRUE(put({*objects.begin()}, "kept"));
  ASSERT_TRUE(put(objects, "gone"));
  const Objects some(std::next(objects.begin(), 2), std::next(objects.begin(), 4));
  ASSERT_TRUE(put(some, "some"));
  forget("gone");
  PruneOptions at_once;
  at_once.grace = std::chrono::seconds(0), at_once.allow_shrink = true;
  clock_.day = 5;
  ASSERT_GT(prune(*open(), at_once, clock_.file_time())->repacked.packs, 0u);
  clock_.day = 29;
  steal();
  expect_sound("some", some);
}

TEST_F(LockTest, IsAFactOfTheLogThatOthersSeeAndThatCanEnd) {
  EXPECT_EQ(open()->state().lock_days(), 30u);
  ASSERT_TRUE(set_lock(*open(), 0, clock_.file_time()));
  EXPECT_EQ(open()->state().lock_days(), 0u);
  ASSERT_TRUE(put(mail_, "unlocked"));
  const auto packs = *list_packs(*store_);
  for (const auto& [pack, bytes] : packs) EXPECT_TRUE(store_->remove(pack_name(pack)));
  EXPECT_EQ(set_lock(*open(), kMaxLockDays + 1, clock_.file_time()).error().code, Code::kInvalid);
}

/// What was put since has shorter locks than the checkpoint from before.
TEST_F(LockTest, FewerDaysAreKeptToAsWell) {
  ASSERT_TRUE(put(mail_, "first"));
  ASSERT_TRUE(set_lock(*open(), 4, clock_.file_time()));
  for (clock_.day = 1; clock_.day < 30; ++clock_.day) {
    ASSERT_TRUE(put(mail_, "again"));
    clock_.day += 3;
    steal();
    expect_sound("again", mail_);
    clock_.day -= 3;
  }
}

TEST_F(LockTest, AVaultThatGetsALockLocksWhatItHas) {
  store_ = make_memory_store(&clock_);
  init_vault(*store_);
  ASSERT_TRUE(put(mail_, "before"));
  ASSERT_TRUE(set_lock(*open(), 30, clock_.file_time()));
  ASSERT_TRUE(put(mail_, "after"));
  steal();
  expect_sound("after", mail_);
  expect_sound("before", mail_);  // by the checkpoint: its own record was never locked
}

TEST(SetLock, SaysWhenTheStoreCannot) {
  const auto store = make_memory_store();
  EXPECT_EQ(store->can_lock().error().code, Code::kUnsupported);
  init_vault(*store);
  const auto vault = *Vault::open(*store, test_key());
  const auto refused = set_lock(*vault, 30, FileTime{1});
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_EQ(vault->log().head().number.value, 0u);
}

}  // namespace
}  // namespace mk::vault
