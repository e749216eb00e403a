#include "store/s3_store.h"

#include <fmt/format.h>

#include <fstream>
#include <thread>

#include "net/certificate.h"
#include "store/real_s3_test.h"
#include "store/scripted_s3_test.h"
#include "vault/fixture_test.h"
#include "vault/store_conformance_test.h"

namespace mk::vault {
namespace {

using store::ScriptedS3;

/// A store and the service that it lies in.
struct Served final : Store {
  ScriptedS3 s3;
  std::unique_ptr<Store> inner;
  explicit Served(ScriptedS3::Manner how) : s3(std::move(how)), inner(store::make_s3_store(s3.options())) {}
  Status put(const std::string& n, Bytes b) override { return inner->put(n, b); }
  Result<ByteString> get(const std::string& n, std::uint64_t o, std::uint64_t l) override {
    return inner->get(n, o, l);
  }
  Result<std::uint64_t> head(const std::string& n) override { return inner->head(n); }
  Status list(const std::string& p, const Visitor& v) override { return inner->list(p, v); }
  Status remove(const std::string& n) override { return inner->remove(n); }
  Status put_locked(const std::string& n, Bytes b, FileTime t) override { return inner->put_locked(n, b, t); }
  Status lock(const std::string& n, FileTime t) override { return inner->lock(n, t); }
  Result<bool> can_lock() override { return inner->can_lock(); }
  Result<FileTime> locked_until(const std::string& n) override { return inner->locked_until(n); }
  Status undelete(const std::function<void(const std::string&)>& v) override { return inner->undelete(v); }
};

Kind kind(const char* name, const std::function<void(ScriptedS3::Manner&)>& set) {
  ScriptedS3::Manner how;
  set(how);
  return {name, [how](const auto&) { return std::make_unique<Served>(how); },
          [] { return to_file_time(store::FakeClock().now()); }};
}

INSTANTIATE_TEST_SUITE_P(
    S3, StoreTest,
    testing::Values(kind("Conditional", [](auto&) {}),
                    kind("Unconditional", [](auto& how) { how.conditional_put = false; }),
                    kind("Careless", [](auto& how) { how.conditional_put = how.checks_hash = false; }),
                    kind("Locked",
                         [](auto& how) {
                           how.versioning = "<Status>Enabled</Status>";
                           how.object_lock =
                               "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
                               "<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>1</Days>"
                               "</DefaultRetention></Rule></ObjectLockConfiguration>";
                         })),
    [](const auto& k) { return k.param.name; });

/// Nothing where no real service is named; tests/e2e/s3_radosgw_test.py names one and sees to it that these
/// ran.
std::vector<Kind> real_kinds() {
  if (!store::real_s3()) return {};
  return {{"Real", [](const auto&) { return store::make_s3_store(*store::real_s3()); }}};
}
INSTANTIATE_TEST_SUITE_P(RealS3, StoreTest, testing::ValuesIn(real_kinds()),
                         [](const auto& k) { return k.param.name; });

}  // namespace
}  // namespace mk::vault

namespace mk::store {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

template <class T>
Code code(const Result<T>& r) {
  return r ? Code::kInternal : r.error().code;
}

constexpr std::size_t kPartsAbove = 100'000;

/// With parts small enough for a test.
std::unique_ptr<vault::Store> store_with_parts(const ScriptedS3& s3) {
  S3Options options = s3.options();
  EXPECT_EQ(options.parts_above, 64u << 20);
  options.parts_above = kPartsAbove;
  options.part_bytes = 25'000;
  return make_s3_store(options);
}

std::string content_name(std::string_view bytes) { return "packs/aa/" + to_hex(sha256(as_bytes(bytes))); }

TEST(S3Store, KeepsAVault) {
  ScriptedS3 s3;
  const auto store = make_s3_store(s3.options());
  vault::init_vault(*store);
  const vault::Objects objects{{"a", vault::noise(100'000, 1)}, {"b", "small"}};
  ASSERT_TRUE(vault::put_objects(*store, objects, "monday"));
  ASSERT_TRUE(vault::put_objects(*make_s3_store(s3.options()), {{"c", "x"}}, "tuesday"));
  EXPECT_EQ(vault::get_objects(*store, "monday"), objects);
  EXPECT_TRUE(vault::check_vault(*store, true).damage.empty());
}

TEST(S3Store, ProbesOnceAndKeepsWhatItFound) {
  ScriptedS3 s3;
  const auto store = make_s3_store(s3.options());
  EXPECT_THAT(*store->describe(), Contains(HasSubstr("not probed yet")));
  ASSERT_TRUE(store->put("a", as_bytes("1")));
  EXPECT_THAT(*store->describe(), testing::IsSupersetOf({"checks-hash yes", "conditional-put yes",
                                                         "versioning off", "object-lock off"}));
  s3.forget_calls();
  ASSERT_TRUE(make_s3_store(s3.options())->put("b", as_bytes("2")));
  EXPECT_THAT(s3.calls(), ElementsAre("VERSIONING ", "OBJECT-LOCK ", "GET some prefix/store.txt",
                                      "PUT some prefix/b", "HEAD some prefix/b"));
  // nothing of it is left but the text, which is not an object of the vault
  EXPECT_THAT(s3.objects(), testing::SizeIs(3));
  std::vector<std::string> names;
  ASSERT_TRUE(store->list("", [&](const std::string& name, std::uint64_t) -> Status {
    names.push_back(name);
    return ok;
  }));
  EXPECT_THAT(names, ElementsAre("a", "b"));
}

TEST(S3Store, ProbesAgainWhenVersioningHasChanged) {
  ScriptedS3 s3;
  ASSERT_TRUE(make_s3_store(s3.options())->put("a", as_bytes("1")));
  s3.how().versioning = "<Status>Enabled</Status>";
  s3.how().conditional_put = false;  // as Ceph 16 does it
  const auto store = make_s3_store(s3.options());
  ASSERT_TRUE(store->put("b", as_bytes("2")));
  EXPECT_THAT(*store->describe(), testing::IsSupersetOf({"conditional-put no", "versioning enabled"}));
}

/// The text goes with a vault that is copied, and says nothing of the store that it comes to.
TEST(S3Store, ProbesAgainWhereAVaultWasCopiedTo) {
  ScriptedS3 s3, other;
  ASSERT_TRUE(make_s3_store(s3.options())->put("a", as_bytes("1")));
  for (const auto& [key, bytes] : s3.objects()) other.set_object(key, bytes);
  other.how().conditional_put = other.how().checks_hash = false;
  const auto store = make_s3_store(other.options());
  ASSERT_TRUE(store->put("b", as_bytes("2")));
  EXPECT_THAT(*store->describe(), testing::IsSupersetOf({"checks-hash no", "conditional-put no"}));
}

TEST(S3Store, FindsOutWhatAStoreDoesNotDo) {
  ScriptedS3::Manner how;
  how.conditional_put = how.checks_hash = false;
  ScriptedS3 s3(how);
  s3.before = [](const S3Call& c) -> std::optional<net::HttpReply> {
    if (!c.request.header("if-none-match").empty()) return s3_fault(501, "NotImplemented");
    if (c.what == "VERSIONING" || c.what == "OBJECT-LOCK") return s3_fault(403, "AccessDenied");
    return std::nullopt;
  };
  const auto store = make_s3_store(s3.options());
  ASSERT_TRUE(store->put("a", as_bytes("1")));
  EXPECT_THAT(*store->describe(), testing::IsSupersetOf({"checks-hash no", "conditional-put no",
                                                         "versioning unknown", "object-lock unknown"}));
}

TEST(S3Store, ReadsBackWhatACarelessStoreKeeps) {
  ScriptedS3::Manner how;
  how.checks_hash = false;
  ScriptedS3 s3(how);
  const auto store = make_s3_store(s3.options());
  ASSERT_TRUE(store->put("a", as_bytes("1")));
  s3.after = [&](const S3Call& c) -> std::optional<net::HttpReply> {
    if (c.what == "PUT") s3.set_object(c.key, "X" + c.request.body.substr(1));
    return std::nullopt;
  };
  const auto put = store->put("b", as_bytes("22"));
  EXPECT_EQ(code(put), Code::kCorrupt);
  EXPECT_THAT(put.error().what, HasSubstr("loses data"));
}

TEST(S3Store, SendsLargeObjectsInParts) {
  ScriptedS3 s3;
  const auto store = store_with_parts(s3);
  const std::string large(kPartsAbove + 1, 'x'), name = content_name(large);
  ASSERT_TRUE(store->put(name, as_bytes(large)));
  EXPECT_THAT(s3.calls(), testing::AllOf(Contains("BEGIN some prefix/" + name),
                                         Contains("PART some prefix/" + name).Times(5),
                                         Contains("COMPLETE some prefix/" + name)));
  EXPECT_TRUE(s3.object("some prefix/" + name) == large);
  EXPECT_EQ(code(store->put(name, as_bytes(large))), Code::kConflict);
  s3.forget_calls();
  const std::string most(kPartsAbove, 'y');
  ASSERT_TRUE(store->put(content_name(most), as_bytes(most)));
  EXPECT_THAT(s3.calls(), Not(Contains(HasSubstr("BEGIN"))));
}

TEST(S3Store, GivesPartsUpThatCannotBecomeAnObject) {
  ScriptedS3 s3;
  const auto store = store_with_parts(s3);
  ASSERT_TRUE(store->put("a", as_bytes("1")));
  s3.before = [](const S3Call& c) -> std::optional<net::HttpReply> {
    if (c.what == "PART" && c.query.at("partNumber") == "2") return s3_fault(403, "QuotaExceeded");
    return std::nullopt;
  };
  const std::string large(kPartsAbove + 1, 'x');
  const auto put = store->put(content_name(large), as_bytes(large));
  EXPECT_EQ(code(put), Code::kExhausted);
  EXPECT_THAT(put.error().what, HasSubstr("quota"));
  EXPECT_THAT(s3.calls(), Contains(HasSubstr("ABORT")));
}

TEST(S3Store, DoesNotTakeAnErrorWithStatus200ForACompletion) {
  const std::string large(kPartsAbove + 1, 'x'), name = content_name(large);
  // the first time the store really fails; the second time it has done it and says otherwise
  for (const bool done : {false, true}) {
    ScriptedS3 s3;
    const auto store = store_with_parts(s3);
    std::atomic<int> n = 0;
    const auto hook = [&](const S3Call& c) -> std::optional<net::HttpReply> {
      if (c.what == "COMPLETE" && ++n == 1) return s3_fault(200, "InternalError");
      return std::nullopt;
    };
    (done ? s3.after : s3.before) = hook;
    ASSERT_TRUE(store->put(name, as_bytes(large))) << done;
    EXPECT_EQ(n, 2);
    EXPECT_TRUE(s3.object("some prefix/" + name) == large);
  }
  ScriptedS3 s3;
  const auto store = store_with_parts(s3);
  s3.before = [](const S3Call& c) -> std::optional<net::HttpReply> {
    if (c.what == "COMPLETE") return s3_fault(200, "InternalError");
    return std::nullopt;
  };
  const auto put = store->put(name, as_bytes(large));
  EXPECT_EQ(code(put), Code::kUnavailable);
  EXPECT_THAT(put.error().what, HasSubstr("InternalError message (status 200)"));
}

TEST(S3Store, ListsAcrossPagesAndKeepsOutWhatIsNotItsOwn) {
  ScriptedS3 s3;
  for (int i = 0; i < 10; ++i) s3.set_object(fmt::format("some prefix/packs/{}", i), "x");
  s3.set_object("some prefix/packs/5.part", "x");
  s3.set_object("some prefixes/packs/7", "x");
  s3.set_object("another", "x");
  std::vector<std::string> names;
  const auto store = make_s3_store(s3.options());
  ASSERT_TRUE(store->list("packs/", [&](const std::string& name, std::uint64_t) -> Status {
    EXPECT_TRUE(store->get(name, 0, 1));  // visitors may ask the store
    names.push_back(name);
    return ok;
  }));
  EXPECT_EQ(names.size(), 10u);
  EXPECT_THAT(s3.calls(), Contains("LIST ").Times(4));
}

TEST(S3Store, SignsWhateverThePrefixHolds) {
  ScriptedS3 s3;
  for (const char* url : {"s3://bucket", "s3:bucket/a b+c/\u00fc$&=?~'(", "s3://bucket/x/"}) {
    SCOPED_TRACE(url);
    const auto store = make_s3_store(s3.options(url));
    ASSERT_TRUE(store->put("packs/1", as_bytes("1")));
    EXPECT_EQ(*store->get("packs/1", 0, 1), "1");
    ASSERT_TRUE(store->list("", [](const std::string&, std::uint64_t) -> Status { return ok; }));
  }
}

TEST(S3Store, TrustsTheAuthoritiesThatAreGivenAndNoOthers) {
  const vault::TemporaryDirectory dir;
  const auto certificate = net::make_self_signed({"localhost"}, 2);
  ASSERT_TRUE(certificate);
  net::HttpServerOptions tls;
  tls.certificate_pem = certificate->certificate_pem;
  tls.key_pem = certificate->key_pem;
  ScriptedS3 s3({}, tls);
  auto options = s3.options();
  const auto refused = make_s3_store(options)->head("a");
  EXPECT_EQ(code(refused), Code::kDenied);
  EXPECT_THAT(refused.error().what, HasSubstr("--ca-file"));
  options.ca_file = dir.path / "ca.pem";
  std::ofstream(options.ca_file) << certificate->certificate_pem;
  EXPECT_EQ(code(make_s3_store(options)->head("a")), Code::kNotFound);
}

}  // namespace
}  // namespace mk::store
