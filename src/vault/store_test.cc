// What every store does, shown by each of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vault/fault_store.h"
#include "vault/local_store.h"
#include "vault/temporary_test.h"

namespace mk::vault {
namespace {

struct Kind {
  const char* name;
  std::function<std::unique_ptr<Store>(const std::filesystem::path&)> make;
};

/// A FaultStore that injects nothing and owns what it wraps.
struct Wrapped final : Store {
  std::unique_ptr<Store> inner = make_memory_store();
  FaultStore outer{*inner};
  Status put(const std::string& n, Bytes b) override { return outer.put(n, b); }
  Result<ByteString> get(const std::string& n, std::uint64_t o, std::uint64_t l) override {
    return outer.get(n, o, l);
  }
  Result<std::uint64_t> head(const std::string& n) override { return outer.head(n); }
  Status list(const std::string& p, const Visitor& v) override { return outer.list(p, v); }
  Status remove(const std::string& n) override { return outer.remove(n); }
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

INSTANTIATE_TEST_SUITE_P(All, StoreTest,
                         testing::Values(Kind{"Memory", [](const auto&) { return make_memory_store(); }},
                                         Kind{"Local", [](const auto& dir) { return make_local_store(dir); }},
                                         Kind{"Fault",
                                              [](const auto&) -> std::unique_ptr<Store> {
                                                return std::make_unique<Wrapped>();
                                              }}),
                         [](const auto& kind) { return kind.param.name; });

TEST(FaultStore, FailsAsItIsTold) {
  const auto inner = make_memory_store();
  FaultStore store(*inner);
  store.before = [](FaultStore::Op op, const std::string&) -> std::optional<Error> {
    if (op == FaultStore::Op::kGet) return Error{Code::kUnavailable, "busy"};
    return std::nullopt;
  };
  store.lose_answers = true;
  EXPECT_EQ(store.put("a", as_bytes("x")).error().code, Code::kUnavailable);
  EXPECT_EQ(*store.head("a"), 1u);  // it happened nevertheless
  EXPECT_EQ(store.get("a", 0, 1).error().code, Code::kUnavailable);
}

TEST(LocalStore, LeavesNoTemporaryFilesBehindARefusedPut) {
  const TemporaryDirectory dir;
  const auto store = make_local_store(dir.path);
  ASSERT_TRUE(store->put("a", as_bytes("x")));
  ASSERT_FALSE(store->put("a", as_bytes("y")));
  EXPECT_TRUE(std::filesystem::is_empty(dir.path / "tmp"));
}

}  // namespace
}  // namespace mk::vault
