// What only a real service can show; the conformance suite of stores runs there too (s3_store_test.cc).
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "store/race_test.h"
#include "store/real_s3_test.h"
#include "store/s3_store.h"
#include "vault/fixture_test.h"

namespace mk::store {
namespace {

using testing::HasSubstr;

/// Goes wrong by some minutes.
class SkewedClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override {
    return system_clock().now() - std::chrono::minutes(40);
  }
  std::chrono::steady_clock::time_point steady() const override { return system_clock().steady(); }
  void sleep_for(std::chrono::milliseconds d) override { system_clock().sleep_for(d); }
};

TEST(S3Real, KeepsAVault) {
  MK_SKIP_WITHOUT_S3();
  const auto options = *real_s3();
  const auto store = make_s3_store(options);
  vault::init_vault(*store);
  const vault::Objects objects{{"a", vault::noise(3'000'000, 1)}, {"b", "small"}};
  ASSERT_TRUE(vault::put_objects(*store, objects, "monday"));
  ASSERT_TRUE(vault::put_objects(*make_s3_store(options), {{"c", "x"}}, "tuesday"));
  EXPECT_EQ(vault::get_objects(*store, "monday"), objects);
  EXPECT_TRUE(vault::check_vault(*store, true).damage.empty());
}

TEST(S3Real, ListsAcrossPages) {
  MK_SKIP_WITHOUT_S3();
  auto options = *real_s3();
  options.page = 3;
  const auto store = make_s3_store(options);
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(store->put(fmt::format("packs/{}", i), as_bytes("x")));
  std::vector<std::string> names;
  ASSERT_TRUE(store->list("packs/", [&](const std::string& name, std::uint64_t bytes) -> Status {
    EXPECT_EQ(bytes, 1u);
    names.push_back(name);
    return ok;
  }));
  EXPECT_EQ(names.size(), 7u);
}

TEST(S3Real, TakesLargeObjectsInParts) {
  MK_SKIP_WITHOUT_S3();
  auto options = *real_s3();
  options.parts_above = options.part_bytes = 5 << 20;
  const auto store = make_s3_store(options);
  const auto large = vault::noise(11 << 20, 2);
  const std::string name = "packs/aa/" + to_hex(sha256(as_bytes(large)));
  ASSERT_TRUE(store->put(name, as_bytes(large)));
  EXPECT_TRUE(*store->get(name, 0, large.size()) == large);
  EXPECT_EQ(store->put(name, as_bytes(large)).error().code, Code::kConflict);
  EXPECT_TRUE(store->put("large", as_bytes(large))) << "by a claim";
  EXPECT_EQ(store->put("large", as_bytes(large)).error().code, Code::kConflict);
}

TEST(S3Real, GivesEachNameToOneOfSeveralWriters) {
  MK_SKIP_WITHOUT_S3();
  const auto options = *real_s3();
  for (int round = 0; round < 5; ++round) {
    const std::string name = fmt::format("log/{}", round);
    const Race race = race_for(options, name);
    EXPECT_EQ(race.winners, 1);
    EXPECT_EQ(*make_s3_store(options)->get(name, 0, 1), race.winner);
  }
}

TEST(S3Real, SaysWhatIsWrong) {
  MK_SKIP_WITHOUT_S3();
  const auto said = [](const S3Options& o) { return make_s3_store(o)->head("vault").error().what; };
  auto options = *real_s3();
  EXPECT_THAT(said(options), HasSubstr("there is no such object"));
  options.credentials.secret_key = SecretString("wrong");
  EXPECT_THAT(said(options), HasSubstr("the secret key is not"));
  options.credentials.access_key_id = "AKIDOTHER";
  EXPECT_THAT(said(options), HasSubstr("does not know this access key"));
  options = *real_s3();
  SkewedClock skewed;
  options.clock = &skewed;
  EXPECT_THAT(said(options),
              testing::AnyOf(HasSubstr("differ by 39 min 5"), HasSubstr("differ by 40 min 0 s")));
  options = *real_s3();
  options.address.bucket = "missing";
  options.address.root = "/missing/";
  EXPECT_THAT(said(options), HasSubstr("there is no such bucket"));
}

TEST(S3Real, TakesVirtualHostsAndKeysWithAnyCharacters) {
  MK_SKIP_WITHOUT_S3();
  const auto plain = *real_s3();
  std::string endpoint = plain.address.url;
  endpoint.replace(endpoint.find("127.0.0.1"), 9, "localhost");
  for (const auto style : {S3Style::kPath, S3Style::kVirtual}) {
    auto options = plain;
    const auto address =
        parse_s3_address("s3://" + plain.address.bucket + "/" + plain.address.prefix + "a b+c/\u00fc$&=?~'(",
                         endpoint, "", style);
    ASSERT_TRUE(address);
    options.address = *address;
    const auto store = make_s3_store(options);
    const std::string name = style == S3Style::kPath ? "packs/path" : "packs/virtual";
    ASSERT_TRUE(store->put(name, as_bytes("1")));
    EXPECT_EQ(*store->get(name, 0, 1), "1");
    std::size_t n = 0;
    ASSERT_TRUE(store->list("packs/", [&](const std::string&, std::uint64_t) -> Status { return ++n, ok; }));
    EXPECT_EQ(n, style == S3Style::kPath ? 1u : 2u);
  }
}

}  // namespace
}  // namespace mk::store
