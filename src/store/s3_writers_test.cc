// Several writers of one name, at stores that honour conditions and at stores that do not.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "store/race_test.h"
#include "store/scripted_s3_test.h"

namespace mk::store {
namespace {

using testing::HasSubstr;

constexpr char kLog[] = "log/0000000000000001", kKey[] = "some prefix/log/0000000000000001";

ScriptedS3::Manner unconditional() {
  ScriptedS3::Manner how;
  how.conditional_put = false;
  return how;
}

/// While one writer goes from request to request, another one comes, whole, before the n-th of them.
struct Outcome {
  bool first, second;
  std::size_t requests;
  std::string object;
};
Outcome interleave(std::size_t at) {
  ScriptedS3 s3(unconditional());
  const auto first = make_s3_store(s3.options()), second = make_s3_store(s3.options());
  EXPECT_TRUE(first->put("a", as_bytes("1")) && second->put("b", as_bytes("2")));  // both know the store
  Outcome out{};
  std::atomic<std::size_t> n = 0;
  std::atomic<bool> inside = false;
  s3.before = [&](const S3Call&) -> std::optional<net::HttpReply> {
    if (!inside && n++ == at) {
      inside = true;
      out.second = static_cast<bool>(second->put(kLog, as_bytes("second")));
      inside = false;
    }
    return std::nullopt;
  };
  out.first = static_cast<bool>(first->put(kLog, as_bytes("first")));
  out.requests = n;
  out.object = s3.object(kKey);
  return out;
}

TEST(S3Writers, NeverBothGetANameWhereverTheyMeet) {
  bool met = false;
  for (std::size_t at = 0;; ++at) {
    SCOPED_TRACE(at);
    const Outcome o = interleave(at);
    EXPECT_FALSE(o.first && o.second);
    EXPECT_TRUE(o.first || o.second) << "one of them gets it";
    EXPECT_EQ(o.object, o.first ? "first" : "second");
    met = met || !o.first;
    if (at >= o.requests) break;
  }
  EXPECT_TRUE(met);
}

TEST(S3Writers, OneOfManyThreadsGetsEachName) {
  for (const bool conditional : {true, false}) {
    auto how = unconditional();
    how.conditional_put = conditional;
    ScriptedS3 s3(how);
    for (int round = 0; round < 5; ++round) {
      const std::string name = fmt::format("log/{}", round);
      const Race race = race_for(s3.options(), name);
      EXPECT_LE(race.winners, 1);
      EXPECT_TRUE(race.winners == 1 || !conditional);
      EXPECT_EQ(s3.object("some prefix/" + name), race.winners == 1 ? race.winner : "");
    }
  }
}

TEST(S3Writers, AKilledWritersClaimStopsOthersUntilItIsTakenOver) {
  ScriptedS3 s3(unconditional());
  s3.set_object(fmt::format("some prefix/claims.tmp/{}/0123", kLog), "");
  const auto refused = make_s3_store(s3.options())->put(kLog, as_bytes("mine"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_THAT(refused.error().what, HasSubstr("--s3-take-over"));
  EXPECT_EQ(s3.objects().count(kKey), 0u);
  auto options = s3.options();
  options.take_over = true;
  ASSERT_TRUE(make_s3_store(options)->put(kLog, as_bytes("mine")));
  EXPECT_EQ(s3.object(kKey), "mine");
  for (const auto& [key, value] : s3.objects()) EXPECT_EQ(key.find("claims.tmp"), std::string::npos) << key;
}

TEST(S3Writers, AClaimStaysWhileItIsNotKnownWhetherTheObjectWasWritten) {
  ScriptedS3 s3(unconditional());
  const auto store = make_s3_store(s3.options());
  ASSERT_TRUE(store->put("a", as_bytes("1")));
  s3.before = [](const S3Call& c) -> std::optional<net::HttpReply> {
    if (c.what == "PUT" && c.key == kKey) return s3_fault(503, "ServiceUnavailable");
    return std::nullopt;
  };
  const auto put = store->put(kLog, as_bytes("mine"));
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Code::kUnavailable);
  s3.before = nullptr;
  EXPECT_EQ(make_s3_store(s3.options())->put(kLog, as_bytes("other")).error().code, Code::kUnavailable);
}

TEST(S3Writers, NamesOfContentNeedNoClaim) {
  ScriptedS3 s3(unconditional());
  const auto store = make_s3_store(s3.options());
  const std::string name = "packs/aa/" + to_hex(sha256(as_bytes("pack")));
  ASSERT_TRUE(store->put(name, as_bytes("pack")));
  for (const auto& call : s3.calls()) EXPECT_EQ(call.find("claims"), std::string::npos) << call;
  EXPECT_EQ(store->put(name, as_bytes("pack")).error().code, Code::kConflict);
}

}  // namespace
}  // namespace mk::store
