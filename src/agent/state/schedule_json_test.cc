#include "agent/state/schedule_json.h"

#include <functional>

#include "agent/state/state_test.h"

namespace mk::agent {
namespace {

using namespace std::chrono_literals;
using Kind = Timing::Kind;

/// Nothing in it is the default.
Schedule full_schedule() {
  Schedule s;
  s.name = "Jede Nacht 😀 \"/\\";
  s.paused = true;
  s.sources = {
      {"headquarters", {{"anna@example.com", {"Inbox/A\\/B", "id:AAMk"}}, {"bert@example.com", {}}}, {}, {}},
      {"branch", {}, {"*@example.com", "x?"}, {"test*"}}};
  s.form = Form::kPst;
  s.destinations = {{"/backup/" + std::string(5000, 'x') + "/Füße \n", "", "", "", ""},
                    {"vault:/backup/vault", "", "", "", ""},
                    {"s3://bucket/mail", "https://s3.example.com", "eu-1", "/etc/s3", "/etc/ca.pem", 30}};
  s.temporary = "/var/tmp";
  s.upload_while_dumping = false;
  s.encryption = {Encryption::Mode::kCustom, "blowfish", 128, "my secret"};
  s.compression = Compression::kMaximum;
  s.cpu = CpuUse::kLow;
  s.bytes_per_second = 1ull << 40;
  s.max_pst_bytes = 5'000'000'000;
  s.time_zone = "Europe/Berlin";
  s.full = {Kind::kMonthly, 22h + 30min, 31, kAllDays, 60min, false, {}};
  s.incremental = Timing{Kind::kEvery, 0min, 1, 0b0011111, 90min, true, {}};
  s.run_after_saving = true;
  s.retry = {false, 30min, 0};
  s.retention = {4, 100, 365, 30, 20};
  return s;
}

Connection full_connection() {
  using namespace std::chrono;
  Connection c{"headquarters",
               "https://mail.example.com/EWS/Exchange.asmx",
               {"backup", Auth::kBasic, "one", true},
               {},
               "/etc/ca.pem",
               true,
               8,
               60s,
               "/etc/mailboxes.csv"};
  c.restore = {{"", Auth::kBearer, "two", true}, at(1000)};
  return c;
}

TEST(ScheduleJson, GivesBackWhatItTook) {
  const Schedule all = full_schedule();
  const auto parsed = parse_schedule(format_json(all));
  ASSERT_TRUE(parsed) << parsed.error().what;
  EXPECT_EQ(*parsed, all);
  EXPECT_EQ(*parse_connection(format_json(full_connection())), full_connection());
}

TEST(ScheduleJson, GivesBackEachKindOfTiming) {
  using namespace std::chrono;
  const Timing timings[] = {{Kind::kMonthly, 0min, 1, kAllDays, 60min, false, {}},
                            {Kind::kWeekly, 23h + 59min, 1, 0b1000001, 60min, false, {}},
                            {Kind::kDaily, 5min, 1, kAllDays, 60min, false, {}},
                            {Kind::kEvery, 0min, 1, kAllDays, 44640min, true, {}},
                            {Kind::kOnce, 12h, 1, kAllDays, 60min, false, 2028y / 2 / 29}};
  for (const Timing& t : timings) {
    Schedule s = full_schedule();
    s.full = t;
    s.incremental.reset();
    const auto parsed = parse_schedule(format_json(s));
    ASSERT_TRUE(parsed) << parsed.error().what;
    EXPECT_EQ(*parsed, s);
  }
}

constexpr char kSmall[] = R"({"name":"nightly","sources":[{"connection":"hq","include":["*"]}],
  "destinations":[{"place":"/backup"}],"full":{"kind":"weekly","at":"22:30","weekdays":["saturday","monday"]}})";

TEST(ScheduleJson, FillsInDefaults) {
  const auto parsed = parse_schedule(kSmall);
  ASSERT_TRUE(parsed) << parsed.error().what;
  Schedule s;
  s.name = "nightly";
  s.sources = {{"hq", {}, {"*"}, {}}};
  s.destinations = {{"/backup", "", "", "", ""}};
  s.full = {Kind::kWeekly, 22h + 30min, 1, 0b0100001, 60min, false, {}};
  EXPECT_EQ(*parsed, s);
  const std::string text = format_json(s);
  EXPECT_NE(text.find(R"("full":{"kind":"weekly","at":"22:30","weekdays":["monday","saturday"]})"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("incremental"), std::string::npos);
}

/// kSmall with one place changed.
std::string with(const std::string& from, const std::string& to) {
  std::string text = kSmall;
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(ScheduleJson, NamesTheFieldThatIsWrong) {
  struct Row {
    std::string text;
    const char* error;
  };
  const std::string last = R"(["saturday","monday"]}})";
  const auto plus = [&](const std::string& more) {
    return with(last, R"(["saturday","monday"]},)" + more + "}");
  };
  const Row rows[] = {
      {"", "not JSON"},
      {"[]", "not a JSON object"},
      {"{\"name\":\"\xFF\"}", "not JSON"},
      {with("\"22:30\"", std::string(20, '[') + std::string(20, ']')), "not JSON"},
      {plus(R"("colour":"red")"), "colour: no such field here; those that there are: name, paused, sources"},
      {with(R"("name":"nightly",)", ""), "name: is missing"},
      {with(R"("nightly")", "7"), "name: 7 is not a text"},
      {with(R"("nightly")", R"("")"), "name: is empty"},
      {with(R"("nightly")", R"("a\u0007b")"), "name: a name has no control characters"},
      {with(R"("nightly")", R"("a\u0085b")"), "name: a name has no control characters"},
      {with(R"("nightly")", R"(" a")"), "name: a name has no blanks"},
      {with("nightly", std::string(201, 'x')), "name: a name has 1 to 200 bytes, not 201"},
      {with(R"([{"connection":"hq","include":["*"]}])", "[]"), "sources: at least one is needed"},
      {with(R"([{"connection":"hq","include":["*"]}])", "{}"), "sources: {} is not a list"},
      {with(R"(,"include":["*"])", ""), "sources[0]: names no mailboxes"},
      {with(R"(["*"])", R"(["*",5])"), "sources[0].include[1]: 5 is not a text"},
      {with(R"(["*"])", R"([""])"), "sources[0].include[0]: is empty"},
      {with(R"("include":["*"])", R"("mailboxes":[{"address":"a"},{"name":"b"}])"),
       "sources[0].mailboxes[1].address: is missing"},
      {with(R"("hq")", R"("")"), "sources[0].connection: is empty"},
      {with(R"([{"place":"/backup"}])", "[]"), "destinations: at least one is needed"},
      {with(R"("/backup")", R"("backup")"), "destinations[0].place: backup: a service needs the whole path"},
      {with(R"("/backup")", R"("vault:")"), "destinations[0].place: vault:DIR is needed"},
      {with(R"("/backup")", R"("s3://")"), "destinations[0].place: s3://BUCKET"},
      {with(R"("/backup")", R"("/a\u0000b")"), "destinations[0].place: is not UTF-8 without NUL"},
      {with(R"("/backup")", R"("/b","s3_region":"x")"), "destinations[0]: s3_... is only for places"},
      {with(R"("/backup")", R"("vault:/b","lock_days":1)"),
       "destinations[0].lock_days: a directory cannot be locked"},
      {with(R"("/backup")", R"("s3://b","lock_days":36501)"),
       "destinations[0].lock_days: 36501 is not from 0 to 36500"},
      {with(R"("/backup")", R"("s3://b","lock_days":1.5)"),
       "destinations[0].lock_days: 1.5E0 is not a whole"},
      {with(R"({"place":"/backup"})", R"({"place":"/b"},{"place":"/b"})"),
       "destinations[1].place: /b is there twice"},
      {with("weekly", "yearly"),
       R"(full.kind: "yearly" is not "monthly", "weekly", "daily", "every" or "once")"},
      {with("22:30", "24:00"), R"(full.at: "24:00" is not a time of day from "00:00" to "23:59")"},
      {with("22:30", "9:30"), "full.at"},
      {with(R"("at":"22:30",)", ""), "full.at: is missing"},
      {with(R"(["saturday","monday"])", "[]"), "full.weekdays: at least one day"},
      {with(R"(,"weekdays":["saturday","monday"])", ""), "full.weekdays: is missing"},
      {with(R"("monday")", R"("Monday")"), R"(full.weekdays[1]: "Monday" is not monday, tuesday)"},
      {with("weekly", "daily"), "full.weekdays: no such field here; those that there are: kind, at"},
      {with(R"("weekly","at":"22:30")", R"("every","every_minutes":0)"),
       "full.every_minutes: 0 is not from 1 to 44640"},
      {with(R"("weekly","at":"22:30")", R"("every","every_minutes":1.5)"),
       "full.every_minutes: 1.5E0 is not a whole number"},
      {with(R"("weekly","at":"22:30")", R"("every","every_minutes":-1)"),
       "full.every_minutes: -1 is not a whole number from 0"},
      {with(R"("weekly","at":"22:30")", R"("every","every_minutes":4294967297)"),
       "full.every_minutes: 4294967297 is not a number of that size"},
      {with(R"("weekly","at":"22:30","weekdays":["saturday","monday"])",
            R"("monthly","at":"22:30","day":32)"),
       "full.day: 32 is not from 1 to 31"},
      {with(R"("weekly","at":"22:30","weekdays":["saturday","monday"])",
            R"("once","at":"22:30","date":"2026-02-30")"),
       "full.date: \"2026-02-30\" is not a day"},
      {with(R"(,"full":{"kind":"weekly","at":"22:30","weekdays":["saturday","monday"]})", ""),
       "full: is missing"},
      {plus(R"("incremental":{"kind":"once","at":"22:30","date":"2026-02-03"})"),
       "incremental.kind: incrementals are"},
      {plus(R"("paused":0)"), "paused: 0 is not true or false"},
      {plus(R"("form":"eml")"), R"(form: "eml" is not "items" or "pst")"},
      {plus(R"("cpu":1)"), R"(cpu: 1 is not "low", "medium" or "high")"},
      {plus(R"("compression":"best")"), "compression"},
      {plus(R"("time_zone":"")"), "time_zone: is empty"},
      {plus(R"("temporary":"tmp")"), "temporary: tmp: a service needs the whole path"},
      {plus(R"("max_pst_bytes":5)"), "max_pst_bytes: 5 is not 0 (20 GB) or from 1000000"},
      {plus(R"("bytes_per_second":18446744073709551615)"), "bytes_per_second"},
      {plus(R"("retry":{"every_minutes":7})"), "retry.every_minutes: 7 is not from 5 to 30 in steps of 5"},
      {plus(R"("retry":{"every_minutes":35})"), "retry.every_minutes: 35 is not from 5 to 30"},
      {plus(R"("retry":{"times":6})"), "retry.times: 6 is not from 0 to 5"},
      {plus(R"("retention":{"max_drop_percent":101})"),
       "retention.max_drop_percent: 101 is not from 0 to 100"},
      {plus(R"("encryption":{"mode":"custom"})"), "encryption.secret: a name has 1 to 200 bytes"},
      {plus(R"("encryption":{"secret":"x"})"), "encryption.secret: only mode \"custom\""},
      {plus(R"("encryption":{"technique":"rot13"})"), "encryption.technique: rot13 is not aes-256-gcm"},
      {plus(R"("encryption":{"technique":"blowfish","key_bits":456})"),
       "encryption.key_bits: 456 is not from 64 to 448"},
      {plus(R"("encryption":{"technique":"blowfish","key_bits":65})"),
       "encryption.key_bits: 65 is not from 64 to 448 in steps of 8"},
      {plus(R"("encryption":{"technique":"triple-des","key_bits":128})"),
       "encryption.key_bits: triple-des has 192 bits, not 128"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.text);
    EXPECT_ERROR(parse_schedule(row.text), Code::kInvalid, row.error);
  }
}

TEST(ScheduleJson, TakesEveryRetryAndKeyLengthThatThereIs) {
  for (unsigned minutes = 5; minutes <= 30; minutes += 5)
    for (unsigned times = 0; times <= 5; ++times) {
      Schedule s = full_schedule();
      s.retry = {true, std::chrono::minutes(minutes), times};
      EXPECT_TRUE(check(s));
    }
  for (unsigned bits = 64; bits <= 448; bits += 8) {
    Schedule s = full_schedule();
    s.encryption.key_bits = bits;
    EXPECT_TRUE(check(s)) << bits;
  }
}

TEST(ScheduleJson, ChecksValuesThatNeverWereJson) {
  const std::pair<std::function<void(Schedule&)>, const char*> rows[] = {
      {[](Schedule& s) { s.full.kind = Kind(9); }, "full.kind"},
      {[](Schedule& s) { s.full.at = 24h; }, "full.at"},
      {[](Schedule& s) { s.full.at = -1min; }, "full.at"},
      {[](Schedule& s) { s.incremental->every = -5min; }, "incremental.every_minutes: -5"},
      {[](Schedule& s) { s.incremental->weekdays = 0x80; }, "incremental.weekdays"},
      {[](Schedule& s) { s.full = {Kind::kOnce, 0min, 1, 0, 0min, false, {}}; }, "full.date"},
      {[](Schedule& s) { s.temporary = "/\xFF"; }, "temporary"}};
  for (const auto& [change, error] : rows) {
    Schedule s = full_schedule();
    ASSERT_TRUE(check(s));
    change(s);
    EXPECT_ERROR(check(s), Code::kInvalid, error);
  }
}

TEST(ScheduleJson, NamesTheFieldOfAConnectionThatIsWrong) {
  const std::pair<std::function<void(Connection&)>, const char*> rows[] = {
      {[](Connection& c) { c.name = ""; }, "name: is empty"},
      {[](Connection& c) { c.server = ""; }, "server: is empty"},
      {[](Connection& c) { c.backup.user = ""; }, "backup.user: is empty"},
      {[](Connection& c) { c.backup.secret = ""; }, "backup.secret: is empty"},
      {[](Connection& c) { c.restore->account.secret = "a\n"; }, "restore.secret: a name has no control"},
      {[](Connection& c) { c.connections = 65; }, "connections: 65 is not from 1 to 64"},
      {[](Connection& c) { c.timeout = 0s; }, "timeout_seconds: 0 is not from 1 to 3600"},
      {[](Connection& c) { c.ca_file = "ca.pem"; }, "ca_file: ca.pem: a service needs"},
      {[](Connection& c) { c.mailboxes_file = "x"; }, "mailboxes_file"}};
  for (const auto& [change, error] : rows) {
    Connection c = full_connection();
    ASSERT_TRUE(check(c));
    change(c);
    EXPECT_ERROR(check(c), Code::kInvalid, error);
  }
  EXPECT_ERROR(
      parse_connection(R"({"name":"a","server":"b","backup":{"user":"u","secret":"s","auth":"ntlm"}})"),
      Code::kInvalid, R"(backup.auth: "ntlm" is not "basic" or "bearer")");
  EXPECT_ERROR(
      parse_connection(R"({"name":"a","server":"b","backup":{"user":"u","secret":"s"},"restore":{"user":"u",
                                 "secret":"s","until":"soon"}})"),
      Code::kInvalid, "restore.until: \"soon\" is not a time");
  EXPECT_FALSE(
      parse_connection(R"({"name":"a","server":"b","backup":{"user":"u","secret":"s"},"restore":null})")
          ->restore);
}

TEST(ScheduleJson, RefusesEndlessText) {
  EXPECT_ERROR(parse_schedule(std::string((4 << 20) + 1, ' ')), Code::kInvalid, "at most 4194304");
}

TEST(ScheduleJson, AnySingleByteChangedCrashesNothing) {
  const std::string good = format_json(full_schedule());
  std::size_t refused = 0;
  for (std::size_t i = 0; i < good.size(); i += good.size() / 400 + 1)
    for (const char c : {'\0', '"', '9', '}', '\xFF'}) {
      std::string bad = good;
      bad[i] = c;
      const auto parsed = parse_schedule(bad);
      refused += parsed ? 0 : 1;
      if (parsed) {
        EXPECT_EQ(*parse_schedule(format_json(*parsed)), *parsed);
      }
    }
  EXPECT_GT(refused, 500u);
}

}  // namespace
}  // namespace mk::agent
