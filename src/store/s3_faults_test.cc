// What goes wrong at S3, and what is said or done about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "store/scripted_s3_test.h"

namespace mk::store {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Answers a number of times with what `make` gives, to the requests that `what` names (empty: to all).
ScriptedS3::Hook times(int n, const std::string& what, const std::function<net::HttpReply()>& make) {
  auto left = std::make_shared<std::atomic<int>>(n);
  return [=](const S3Call& c) -> std::optional<net::HttpReply> {
    if ((!what.empty() && c.what != what) || (*left)-- <= 0) return std::nullopt;
    return make();
  };
}

net::HttpReply with_header(net::HttpReply reply, const std::string& name, const std::string& value) {
  reply.headers.emplace_back(name, value);
  return reply;
}

struct Row {
  const char* name;
  std::function<net::HttpReply()> answer;
  Code code;
  const char* said;
};

/// One clear error each, at once: none of these passes.
const Row kRows[] = {
    {"wrong secret", [] { return s3_fault(403, "SignatureDoesNotMatch"); }, Code::kDenied,
     "the secret key is not"},
    {"unknown key", [] { return s3_fault(403, "InvalidAccessKeyId"); }, Code::kDenied,
     "does not know this access key"},
    {"no rights", [] { return s3_fault(403, "AccessDenied"); }, Code::kDenied, "GetObject"},
    {"old token", [] { return s3_fault(400, "ExpiredToken"); }, Code::kDenied, "token has expired"},
    {"no bucket", [] { return s3_fault(404, "NoSuchBucket"); }, Code::kInvalid, "there is no such bucket"},
    {"quota", [] { return s3_fault(403, "QuotaExceeded"); }, Code::kExhausted, "quota is used up"},
    {"full", [] { return s3_fault(507, "XMinioStorageFull"); }, Code::kExhausted, "the store is full"},
    {"full, without a document", [] { return s3_answer(507, ""); }, Code::kExhausted, "the store is full"},
    {"clock behind",
     [] { return s3_fault(403, "RequestTimeTooSkewed", "<ServerTime>2027-01-15T08:17:03Z</ServerTime>"); },
     Code::kDenied, "differ by 17 min 3 s: it is 2027-01-15T08:00:00 here and 2027-01-15T08:17:03 there"},
    {"clock ahead, told by the header",
     [] {
       return with_header(s3_fault(403, "RequestTimeTooSkewed"), "Date", "Fri, 15 Jan 2027 05:00:00 GMT");
     },
     Code::kDenied, "differ by 3 h 0 min"},
    {"clock, nothing told", [] { return s3_fault(403, "RequestTimeTooSkewed"); }, Code::kDenied,
     "by more than the store allows"},
    {"another region",
     [] { return s3_fault(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"); },
     Code::kInvalid, "give --s3-region eu-west-1"},
    {"another region, by redirection",
     [] { return with_header(s3_fault(301, "PermanentRedirect"), "x-amz-bucket-region", "eu-west-1"); },
     Code::kInvalid, "give --s3-region eu-west-1"},
    {"another endpoint",
     [] { return s3_fault(301, "PermanentRedirect", "<Endpoint>bucket.s3.example.com</Endpoint>"); },
     Code::kInvalid, "redirects to bucket.s3.example.com"},
    {"for a while", [] { return with_header(s3_answer(307, ""), "Location", "https://elsewhere.example/"); },
     Code::kInvalid, "redirects to https://elsewhere.example/"},
    {"a web page",
     [] {
       auto page = s3_answer(400, "<!DOCTYPE html><html>login</html>");
       page.content_type = "text/html";
       return page;
     },
     Code::kInvalid, "not an answer of S3"},
    {"something new", [] { return s3_fault(400, "MovedToTheMoon"); }, Code::kInvalid,
     "refuses it: message (400 MovedToTheMoon)"},
    {"a long wait", [] { return with_header(s3_fault(503, "SlowDown"), "Retry-After", "3600"); },
     Code::kUnavailable, "slow down"},
};

TEST(S3Faults, HaveOneClearErrorEach) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    ScriptedS3 s3;
    s3.set_object("some prefix/a", "1");
    s3.before = times(1000, "", row.answer);
    const auto got = make_s3_store(s3.options())->get("a", 0, 1);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, row.code) << got.error().what;
    EXPECT_THAT(got.error().what, HasSubstr(row.said));
    EXPECT_THAT(got.error().what, Not(HasSubstr("secret/")));
    EXPECT_EQ(s3.calls().size(), 1u);
  }
}

TEST(S3Faults, AWrongSecretAndAWrongKeyAreTold) {
  ScriptedS3 s3;
  auto options = s3.options();
  options.credentials.secret_key = SecretString("another secret");
  const auto refused = make_s3_store(options)->head("vault");
  EXPECT_THAT(refused.error().what, HasSubstr("the secret key is not"));  // though HEAD has no body to say so
  EXPECT_THAT(refused.error().what, Not(HasSubstr("another secret")));
  options.credentials.access_key_id = "AKIDOTHER";
  EXPECT_THAT(make_s3_store(options)->head("vault").error().what, HasSubstr("does not know this access key"));
  EXPECT_THAT(make_s3_store(s3.options("s3://missing/x"))->head("vault").error().what,
              HasSubstr("there is no such bucket"));
  s3.how().region = "eu-west-1";
  EXPECT_THAT(make_s3_store(s3.options())->head("vault").error().what, HasSubstr("--s3-region eu-west-1"));
}

/// These pass, and the request is sent again.
const Row kPassing[] = {
    {"slow down", [] { return s3_fault(503, "SlowDown"); }, {}, ""},
    {"busy", [] { return s3_answer(503, ""); }, {}, ""},
    {"internal", [] { return s3_fault(500, "InternalError"); }, {}, ""},
    {"gateway", [] { return s3_answer(502, "<html>"); }, {}, ""},
    {"too many", [] { return s3_answer(429, ""); }, {}, ""},
    {"request timed out", [] { return s3_fault(400, "RequestTimeout"); }, {}, ""},
    {"damaged on the way", [] { return s3_fault(400, "XAmzContentSHA256Mismatch"); }, {}, ""},
    {"cut",
     [] {
       auto cut = s3_answer(206, "0123456789");
       cut.reset_after_bytes = 4;
       return cut;
     },
     {},
     ""},
};

TEST(S3Faults, ThatPassAreWaitedFor) {
  for (const Row& row : kPassing) {
    SCOPED_TRACE(row.name);
    ScriptedS3 s3;
    const auto store = make_s3_store(s3.options());
    ASSERT_TRUE(store->put("a", as_bytes("abcdefghij")));
    s3.before = times(3, "GET", row.answer);
    const auto got = store->get("a", 0, 10);
    ASSERT_TRUE(got) << got.error().what;
    EXPECT_EQ(*got, "abcdefghij");
    // 0.2 s, 0.4 s and 0.8 s, of each at least half
    EXPECT_GE(s3.clock.slept(), std::chrono::milliseconds(700));
    EXPECT_LE(s3.clock.slept(), std::chrono::milliseconds(1400));
  }
}

TEST(S3Faults, ThatDoNotPassAreGivenUp) {
  ScriptedS3 s3;
  const auto store = make_s3_store(s3.options());
  ASSERT_TRUE(store->put("a", as_bytes("1")));
  s3.before = times(1000, "GET", [] { return s3_fault(503, "SlowDown"); });
  const auto got = store->get("a", 0, 1);
  EXPECT_EQ(got.error().code, Code::kUnavailable);
  EXPECT_THAT(got.error().what, HasSubstr("given up after 8 tries"));
  EXPECT_LE(s3.clock.slept(), std::chrono::seconds(60));
}

TEST(S3Faults, TheStoreSaysHowLongToWait) {
  ScriptedS3 s3;
  const auto store = make_s3_store(s3.options());
  ASSERT_TRUE(store->put("a", as_bytes("1")));
  s3.before = times(1, "GET", [] { return with_header(s3_fault(503, "SlowDown"), "Retry-After", "7"); });
  ASSERT_TRUE(store->get("a", 0, 1));
  EXPECT_GE(s3.clock.slept(), std::chrono::seconds(7));
  EXPECT_LE(s3.clock.slept(), std::chrono::milliseconds(7700));
}

TEST(S3Faults, AnErrorAfterTheWritingIsNoConflictWithOurselves) {
  for (const bool conditional : {true, false}) {
    ScriptedS3::Manner how;
    how.conditional_put = conditional;
    ScriptedS3 s3(how);
    const auto store = make_s3_store(s3.options());
    ASSERT_TRUE(store->put("a", as_bytes("1")));
    s3.after = [left =
                    std::make_shared<std::atomic<int>>(2)](const S3Call& c) -> std::optional<net::HttpReply> {
      if (c.what != "PUT" || c.key != "some prefix/log/1" || (*left)-- <= 0) return std::nullopt;
      return s3_fault(500, "InternalError");
    };
    const auto put = store->put("log/1", as_bytes("mine"));
    EXPECT_TRUE(put) << put.error().what;
    EXPECT_EQ(s3.object("some prefix/log/1"), "mine");
  }
}

TEST(S3Faults, AnotherWritersObjectIsNotTakenForOursAfterAnError) {
  ScriptedS3 s3;
  const auto store = make_s3_store(s3.options());
  ASSERT_TRUE(store->put("a", as_bytes("1")));
  s3.before =
      [&, left = std::make_shared<std::atomic<int>>(1)](const S3Call& c) -> std::optional<net::HttpReply> {
    if (c.what != "PUT" || (*left)-- <= 0) return std::nullopt;
    s3.set_object(c.key, "else");
    return s3_fault(500, "InternalError");
  };
  EXPECT_EQ(store->put("log/1", as_bytes("mine")).error().code, Code::kConflict);
  EXPECT_EQ(s3.object("some prefix/log/1"), "else");
}

TEST(S3Faults, AnAnswerThatIsAlwaysCutSaysNothingOfTheObject) {
  ScriptedS3 s3;
  s3.set_object("some prefix/a", "0123456789");
  s3.before = times(1000, "GET", [] {
    auto cut = s3_answer(206, "0123456789");
    cut.reset_after_bytes = 4;
    return cut;
  });
  EXPECT_EQ(make_s3_store(s3.options())->get("a", 0, 10).error().code, Code::kUnavailable);
}

TEST(S3Faults, AStoreThatIgnoresRangesIsRefused) {
  ScriptedS3 s3;
  s3.how().ranges = false;
  s3.set_object("some prefix/a", std::string(100'000, 'x'));
  const auto store = make_s3_store(s3.options());
  EXPECT_EQ(store->get("a", 10, 20).error().code, Code::kUnsupported);
  EXPECT_EQ(store->get("a", 0, 99'999).error().code, Code::kUnsupported);
  EXPECT_TRUE(store->get("a", 0, 100'000));
}

TEST(S3Faults, ListingsThatCannotBeAreRefused) {
  const auto page = [](const std::string& xml) {
    return s3_answer(200, "<ListBucketResult>" + xml + "</ListBucketResult>");
  };
  const auto key = [](const std::string& name) {
    return "<Contents><Key>some prefix/" + name + "</Key><Size>1</Size></Contents>";
  };
  const std::function<net::HttpReply()> listings[] = {
      [&] { return page(key("b") + key("a")); },
      [&] { return page(key("a") + key("a")); },
      [&] { return page("<Contents><Key>elsewhere/a</Key><Size>1</Size></Contents>"); },
      [&] { return page(key("a") + "<IsTruncated>true</IsTruncated>"); },
      [&] { return page("<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>"); },
      [&] {
        return page(key("a") +
                    "<IsTruncated>true</IsTruncated><NextContinuationToken>x</NextContinuationToken>");
      },
      [&] { return page("<Contents><Key>some prefix/a</Key><Size>-1</Size></Contents>"); },
      [&] { return page("<EncodingType>url</EncodingType>" + key("%4")); },
      [&] { return s3_answer(200, "<html/>"); },
      [&] { return s3_answer(200, ""); },
  };
  for (const auto& listing : listings) {
    ScriptedS3 s3;
    s3.before = times(1000, "LIST", listing);
    const auto listed =
        make_s3_store(s3.options())->list("", [](const std::string&, std::uint64_t) -> Status { return ok; });
    EXPECT_EQ(listed.error().code, Code::kCorrupt) << listing().body;
  }
}

TEST(S3Faults, ListingsThatGoOnForEverAreRefused) {
  std::atomic<int> n = 1000;
  ScriptedS3 s3;
  s3.before = [&](const S3Call& c) -> std::optional<net::HttpReply> {
    if (c.what != "LIST") return std::nullopt;
    return s3_answer(200, "<ListBucketResult><Contents><Key>some prefix/packs/" + std::to_string(n++) +
                              "</Key><Size>1</Size></Contents><IsTruncated>true</IsTruncated>"
                              "<NextContinuationToken>x</NextContinuationToken></ListBucketResult>");
  };
  S3Options options = s3.options();
  options.max_listed = 50;
  std::size_t seen = 0;
  const auto listed =
      make_s3_store(options)->list("packs/", [&](const std::string&, std::uint64_t) -> Status {
        return ++seen < 1000 ? Status(ok) : Error{Code::kInternal, "without an end"};
      });
  EXPECT_EQ(listed.error().code, Code::kExhausted) << listed.error().what;
  EXPECT_EQ(seen, 50u);
}

/// No answer at all, on a connection that stands: it is given up and asked anew.
TEST(S3Faults, AStoreThatStallsIsAskedAgain) {
  ScriptedS3 s3;
  S3Options options = s3.options();
  options.timeout = std::chrono::seconds(1);
  const auto store = make_s3_store(options);
  ASSERT_TRUE(store->put("a", as_bytes("0123456789")));
  s3.forget_calls();
  std::atomic<bool> stalls = true;
  s3.before = [&](const S3Call& c) -> std::optional<net::HttpReply> {
    if (c.what == "GET" && stalls.exchange(false))
      std::this_thread::sleep_for(options.timeout + std::chrono::seconds(1));
    return std::nullopt;
  };
  const auto got = store->get("a", 0, 10);
  ASSERT_TRUE(got) << got.error().what;
  EXPECT_EQ(*got, "0123456789");
  EXPECT_THAT(s3.calls(), testing::ElementsAre("GET some prefix/a", "GET some prefix/a"));
}

TEST(S3Faults, AnUnreachableStoreIsToldAtOnce) {
  S3Options options;
  {
    ScriptedS3 s3;
    options = s3.options();
  }
  FakeClock clock;
  options.clock = &clock;
  const auto got = make_s3_store(options)->head("a");
  EXPECT_EQ(got.error().code, Code::kUnavailable);
  EXPECT_THAT(got.error().what, HasSubstr("cannot connect"));
  EXPECT_EQ(clock.slept().count(), 0);
}

}  // namespace
}  // namespace mk::store
