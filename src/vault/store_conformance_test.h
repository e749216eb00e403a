#pragma once
// What every store does, shown by each of them: a test program instantiates StoreTest with its kinds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vault/store.h"
#include "vault/temporary_test.h"

namespace mk::vault {

struct Kind {
  const char* name;
  std::function<std::unique_ptr<Store>(const std::filesystem::path&)> make;
  FileTime (*now)() = [] { return to_file_time(system_clock().now()); };  // for it
};

class StoreTest : public testing::TestWithParam<Kind> {
 protected:
  TemporaryDirectory dir_;
  std::unique_ptr<Store> store_ = GetParam().make(dir_.path / "store");

  std::vector<std::string> names(const std::string& prefix) {
    std::vector<std::string> out;
    EXPECT_TRUE(store_->list(prefix, [&](const std::string& name, std::uint64_t) -> Status {
      out.push_back(name);
      return ok;
    }));
    return out;
  }
  template <class T>
  static Code code(const Result<T>& r) {
    return r ? Code::kInternal : r.error().code;
  }
};

TEST_P(StoreTest, GivesBackWhatWasPut) {
  ASSERT_TRUE(store_->put("packs/ab/one", as_bytes("0123456789")));
  EXPECT_EQ(*store_->get("packs/ab/one", 0, 10), "0123456789");
  EXPECT_EQ(*store_->get("packs/ab/one", 3, 4), "3456");
  EXPECT_EQ(*store_->get("packs/ab/one", 10, 0), "");
  EXPECT_EQ(*store_->head("packs/ab/one"), 10u);
  ASSERT_TRUE(store_->put("empty", {}));
  EXPECT_EQ(*store_->head("empty"), 0u);
}

TEST_P(StoreTest, NeverReplacesAnObject) {
  ASSERT_TRUE(store_->put("log/1", as_bytes("first")));
  EXPECT_EQ(code(store_->put("log/1", as_bytes("second"))), Code::kConflict);
  EXPECT_EQ(*store_->get("log/1", 0, 5), "first");
}

TEST_P(StoreTest, SaysWhenThereIsNoSuchObject) {
  EXPECT_EQ(code(store_->get("packs/none", 0, 1)), Code::kNotFound);
  EXPECT_EQ(code(store_->head("packs/none")), Code::kNotFound);
  EXPECT_TRUE(store_->remove("packs/none"));
}

TEST_P(StoreTest, SaysWhenARangeEndsBehindTheObject) {
  ASSERT_TRUE(store_->put("a", as_bytes("0123456789")));
  EXPECT_EQ(code(store_->get("a", 8, 3)), Code::kTruncated);
  EXPECT_EQ(code(store_->get("a", 11, 0)), Code::kTruncated);
  EXPECT_EQ(code(store_->get("a", ~0ull, 2)), Code::kTruncated);
  EXPECT_EQ(code(store_->get("a", 1, ~0ull)), Code::kTruncated);
}

TEST_P(StoreTest, ListsByNameAndPrefix) {
  for (const char* name : {"packs/b/2", "packs/a/1", "vault", "packs/a/3", "log/1"})
    ASSERT_TRUE(store_->put(name, as_bytes("x")));
  EXPECT_THAT(names("packs/"), testing::ElementsAre("packs/a/1", "packs/a/3", "packs/b/2"));
  EXPECT_THAT(names(""), testing::ElementsAre("log/1", "packs/a/1", "packs/a/3", "packs/b/2", "vault"));
  EXPECT_THAT(names("index/"), testing::IsEmpty());
}

TEST_P(StoreTest, ForgetsWhatWasRemoved) {
  ASSERT_TRUE(store_->put("packs/a/1", as_bytes("x")));
  ASSERT_TRUE(store_->remove("packs/a/1"));
  EXPECT_EQ(code(store_->head("packs/a/1")), Code::kNotFound);
  EXPECT_THAT(names(""), testing::IsEmpty());
  EXPECT_TRUE(store_->put("packs/a/1", as_bytes("y")));  // the name is free again
}

TEST_P(StoreTest, RefusesNamesThatCouldLeaveIt) {
  for (const char* name : {"", "/a", "a/", "a//b", "../a", "a/../b", "A", "a b", "a\\b", "a.b"})
    EXPECT_EQ(code(store_->put(name, as_bytes("x"))), Code::kInvalid) << name;
  EXPECT_EQ(code(store_->put(std::string(201, 'a'), as_bytes("x"))), Code::kInvalid);
}

inline FileTime hours_after(FileTime t, std::uint64_t hours) { return {t.ticks + hours * 3600 * 10'000'000}; }

TEST_P(StoreTest, LocksObjectsOrSaysThatItCannot) {
  const FileTime hour = hours_after(GetParam().now(), 1), later = hours_after(hour, 1);
  const Status put = store_->put_locked("packs/a/1", as_bytes("locked"), hour);
  if (!put) {
    EXPECT_EQ(code(put), Code::kUnsupported);
    EXPECT_EQ(code(store_->can_lock()), Code::kUnsupported);
    EXPECT_THAT(put.error().what, testing::HasSubstr("cannot lock"));
    EXPECT_EQ(code(store_->head("packs/a/1")), Code::kNotFound);
    ASSERT_TRUE(store_->put("packs/a/1", as_bytes("x")));
    EXPECT_EQ(code(store_->lock("packs/a/1", hour)), Code::kUnsupported);
    EXPECT_EQ(*store_->locked_until("packs/a/1"), FileTime{});
    return;
  }
  EXPECT_TRUE(*store_->can_lock());
  EXPECT_GE(*store_->locked_until("packs/a/1"), hour);
  ASSERT_TRUE(store_->lock("packs/a/1", later));
  EXPECT_GE(*store_->locked_until("packs/a/1"), later);
  EXPECT_TRUE(store_->lock("packs/a/1", hour));  // never earlier
  EXPECT_GE(*store_->locked_until("packs/a/1"), later);
  ASSERT_TRUE(store_->put("late", as_bytes("x")));
  ASSERT_TRUE(store_->lock("late", later));
  EXPECT_GE(*store_->locked_until("late"), later);
  EXPECT_EQ(code(store_->lock("missing", later)), Code::kNotFound);
  EXPECT_EQ(code(store_->put_locked("packs/a/1", as_bytes("other"), later)), Code::kConflict);
}

TEST_P(StoreTest, CannotLoseWhatIsLocked) {
  const FileTime hour = hours_after(GetParam().now(), 1);
  if (!store_->put_locked("log/1", as_bytes("locked"), hour)) return;  // the test above says that it says so
  std::vector<std::string> back;
  if (store_->remove("log/1")) {
    EXPECT_EQ(code(store_->head("log/1")), Code::kNotFound);
    ASSERT_TRUE(store_->undelete([&](const std::string& name) { back.push_back(name); }));
    EXPECT_THAT(back, testing::ElementsAre("log/1"));
  }
  EXPECT_EQ(*store_->get("log/1", 0, 6), "locked");
}

}  // namespace mk::vault
