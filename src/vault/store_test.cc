#include <sys/stat.h>

#include "vault/fault_store.h"
#include "vault/local_store.h"
#include "vault/store_conformance_test.h"

namespace mk::vault {
namespace {

/// A FaultStore that injects nothing and owns what it wraps.
struct Wrapped final : Store {
  std::unique_ptr<Store> inner = make_memory_store(&system_clock());
  FaultStore outer{*inner};
  Status put(const std::string& n, Bytes b) override { return outer.put(n, b); }
  Result<ByteString> get(const std::string& n, std::uint64_t o, std::uint64_t l) override {
    return outer.get(n, o, l);
  }
  Result<std::uint64_t> head(const std::string& n) override { return outer.head(n); }
  Status list(const std::string& p, const Visitor& v) override { return outer.list(p, v); }
  Status remove(const std::string& n) override { return outer.remove(n); }
  Status put_locked(const std::string& n, Bytes b, FileTime t) override { return outer.put_locked(n, b, t); }
  Status lock(const std::string& n, FileTime t) override { return outer.lock(n, t); }
  Result<bool> can_lock() override { return outer.can_lock(); }
  Result<FileTime> locked_until(const std::string& n) override { return outer.locked_until(n); }
};

INSTANTIATE_TEST_SUITE_P(
    All, StoreTest,
    testing::Values(Kind{"Memory", [](const auto&) { return make_memory_store(); }},
                    Kind{"MemoryWithLocks", [](const auto&) { return make_memory_store(&system_clock()); }},
                    Kind{"Local", [](const auto& dir) { return make_local_store(dir); }},
                    Kind{"Fault",
                         [](const auto&) -> std::unique_ptr<Store> { return std::make_unique<Wrapped>(); }}),
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

/// Somebody else may write to the directory too: a pipe would be waited for, links to `.` go on for ever.
TEST(LocalStore, TakesNothingForAnObjectThatIsNoPlainFile) {
  const TemporaryDirectory dir;
  const auto store = make_local_store(dir.path);
  ASSERT_TRUE(store->put("packs/a", as_bytes("x")));
  ASSERT_EQ(::mkfifo((dir.path / "packs/pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink("a", dir.path / "packs/link");
  for (const char* name : {"one", "two"}) std::filesystem::create_directory_symlink(".", dir.path / name);
  for (const char* name : {"packs/pipe", "packs/link", "packs", "one"}) {
    EXPECT_EQ(store->head(name).error().code, Code::kNotFound) << name;
    EXPECT_EQ(store->get(name, 0, 0).error().code, Code::kNotFound) << name;
    EXPECT_EQ(store->put(name, as_bytes("y")).error().code, Code::kConflict) << name;
  }
  std::vector<std::string> names;
  ASSERT_TRUE(store->list("", [&](const std::string& name, std::uint64_t) -> Status {
    names.push_back(name);
    return ok;
  }));
  EXPECT_THAT(names, testing::ElementsAre("packs/a"));
}

}  // namespace
}  // namespace mk::vault
