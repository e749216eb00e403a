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

}  // namespace mk::vault
