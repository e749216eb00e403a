#include "agent/notify/digest.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>

namespace mk::agent {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using Outcome = RunSummary::Outcome;

const std::chrono::system_clock::time_point kNow{1'800'000'000s};

RunSummary run_of(const std::string& schedule, Outcome outcome, std::vector<std::string> codes = {}) {
  return {schedule, "incremental", outcome, kNow - 90s,       kNow, 3,
          120,      4'500'000,     0,       std::move(codes), "",   false};
}

std::chrono::local_seconds local(int day, std::chrono::seconds of_day) {
  return std::chrono::local_days(std::chrono::year(2027) / 1 / day) + of_day;
}

TEST(NotificationRules, SendFailuresAtOnceButNotThoseThatAreTriedAgain) {
  const NotificationRules usual;
  EXPECT_TRUE(is_sent_at_once(run_of("a", Outcome::kFailure), usual));
  EXPECT_TRUE(is_sent_at_once(run_of("a", Outcome::kMissed), usual));
  EXPECT_FALSE(is_sent_at_once(run_of("a", Outcome::kWarning), usual));
  EXPECT_FALSE(is_sent_at_once(run_of("a", Outcome::kSuccess), usual));
  RunSummary again = run_of("a", Outcome::kFailure);
  again.will_retry = true;
  EXPECT_FALSE(is_sent_at_once(again, usual));
  EXPECT_TRUE(is_sent_at_once(run_of("a", Outcome::kSuccess), {.each_run = true}));
  EXPECT_FALSE(is_sent_at_once(run_of("a", Outcome::kFailure), {.failures_at_once = false}));
}

TEST(NotificationRules, SendTheDigestOnceADay) {
  NotificationRules rules;
  EXPECT_FALSE(is_digest_due(rules, local(1, 0h), local(9, 0h)));
  rules.digest_at = 7h;
  EXPECT_FALSE(is_digest_due(rules, local(4, 7h), local(5, 6h + 59min)));
  EXPECT_TRUE(is_digest_due(rules, local(4, 7h), local(5, 7h)));
  EXPECT_FALSE(is_digest_due(rules, local(5, 7h), local(5, 23h)));
  EXPECT_TRUE(is_digest_due(rules, local(5, 6h + 59min), local(5, 7h)));
  EXPECT_TRUE(is_digest_due(rules, local(1, 7h), local(5, 3h))) << "the service did not run at that time";
  EXPECT_FALSE(is_digest_due(rules, local(5, 7h), local(5, 6h + 30min))) << "the clock was set back";
}

TEST(DigestMail, PutsFailuresFirstAndExplainsEachCodeOnce) {
  RunSummary failed = run_of("nightly", Outcome::kFailure, {"MK-RUN-007", "MK-SRV-006"});
  failed.reason = "https://mail refuses the user name\r\nX: y";
  RunSummary warned = run_of("hourly", Outcome::kWarning, {"MK-RUN-003", "MK-SRV-006"});
  warned.skipped = 2;
  const auto mail = digest_mail({"backup1",
                                 kNow - 24h,
                                 kNow,
                                 {run_of("hourly", Outcome::kSuccess, {"MK-RUN-001"}), warned, failed,
                                  run_of("weekly", Outcome::kMissed, {"MK-RUN-006"})}});
  EXPECT_EQ(mail.subject, "mailkeep on backup1: 1 failure, 1 missed run, 1 warning, 1 success");
  const auto at = [&](const char* text) {
    EXPECT_NE(mail.text.find(text), std::string::npos) << text;
    return mail.text.find(text);
  };
  EXPECT_LT(at("Failures (1)"), at("Missed runs (1)"));
  EXPECT_LT(at("Missed runs (1)"), at("Warnings (1)"));
  EXPECT_LT(at("Warnings (1)"), at("Successes (1)"));
  at("  2027-01-15T07:58:30Z  hourly, incremental: 3 mailboxes, 120 items, 4.5 MB, 90 s, 2 items skipped");
  at("[MK-RUN-007 MK-SRV-006]");
  EXPECT_THAT(mail.text, Not(HasSubstr("\r")));
  EXPECT_THAT(mail.text, Not(HasSubstr("\nX: y")));
  EXPECT_EQ(at("MK-SRV-006: Wrong user"), mail.text.rfind("MK-SRV-006: Wrong user"));
  EXPECT_THAT(mail.text, Not(HasSubstr("MK-RUN-001: ")));  // successes need no explanation
}

TEST(DigestMail, NamesASingleRunAndAnEmptyTime) {
  EXPECT_EQ(digest_mail({"b", kNow, kNow, {run_of("nightly", Outcome::kSuccess)}}).subject,
            "mailkeep on b: success of nightly, incremental");
  const auto empty = digest_mail({"b", kNow, kNow, {}});
  EXPECT_EQ(empty.subject, "mailkeep on b: no runs");
  EXPECT_THAT(empty.text, HasSubstr("No run ended"));
}

TEST(DigestMail, IsBoundedHoweverManyRunsThereWere) {
  RunSummary failed = run_of("s", Outcome::kFailure, {"MK-RUN-007"});
  failed.reason = std::string(100'000, 'x');
  const Digest digest{"b", kNow, kNow, std::vector<RunSummary>(1500, failed)};
  const auto mail = digest_mail(digest);
  EXPECT_THAT(mail.text, HasSubstr("and 500 more"));
  EXPECT_LT(mail.text.size(), 1'200'000u);
  EXPECT_EQ(boost::json::parse(digest_json(digest)).at("runs").as_array().size(), 1000u);
}

TEST(DigestJson, SaysTheSame) {
  RunSummary odd = run_of("\"quoted\"\n", Outcome::kFailure, {"MK-RUN-007"});
  odd.reason = "\xFF";
  const auto json =
      boost::json::parse(digest_json({"b", kNow - 1h, kNow, {odd, run_of("x", Outcome::kSuccess)}}));
  EXPECT_EQ(json.at("counts").at("failure").as_int64(), 1);
  EXPECT_EQ(json.at("counts").at("success").as_int64(), 1);
  const auto& run = json.at("runs").at(0);
  EXPECT_EQ(run.at("schedule").as_string(), "\"quoted\"\n");
  EXPECT_EQ(run.at("outcome").as_string(), "failure");
  EXPECT_EQ(run.at("codes").at(0).as_string(), "MK-RUN-007");
  EXPECT_EQ(run.at("items").as_int64(), 120);
  EXPECT_EQ(run.at("end").as_string(), "2027-01-15T08:00:00Z");
  EXPECT_EQ(run.at("reason").as_string(), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace mk::agent
