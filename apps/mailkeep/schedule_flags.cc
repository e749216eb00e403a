#include "schedule_flags.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>

#include "agent_client.h"
#include "store/s3_address.h"
#include "vault/log.h"

namespace mk::app {
namespace {

namespace json = boost::json;

constexpr char kForms[] =
    "\"daily 22:00\", \"weekly mon,thu 22:00\", \"monthly 31 22:00\", \"every 90m\", \"every 2h mon,tue\" or "
    "\"once "
    "2026-12-24 22:00\"";

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string word; std::getline(in, word, separator);)
    if (!word.empty()) out.push_back(word);
  return out;
}

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t n = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

/// mon or monday.
std::optional<json::array> days_in(const std::string& text) {
  static const char* const kDays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                      "friday", "saturday", "sunday"};
  json::array out;
  for (const auto& word : split(text, ',')) {
    const auto* const day = std::find_if(std::begin(kDays), std::end(kDays), [&](const std::string& d) {
      return word.size() >= 3 && d.starts_with(word);
    });
    if (day == std::end(kDays)) return std::nullopt;
    out.emplace_back(*day);
  }
  return out;
}

/// 90m, 2h, or minutes.
std::optional<std::int64_t> minutes_in(std::string text) {
  if (text.empty()) return std::nullopt;
  const char unit = text.back();
  if (unit == 'm' || unit == 'h') text.pop_back();
  const auto n = number_in(text);
  if (!n || *n < 1 || *n > 100'000) return std::nullopt;
  return unit == 'h' ? *n * 60 : *n;
}

std::optional<json::object> timing_of(const std::vector<std::string>& w) {
  if (w.empty()) return std::nullopt;
  if (w[0] == "daily" && w.size() == 2) return json::object{{"kind", "daily"}, {"at", w[1]}};
  if (w[0] == "once" && w.size() == 3) return json::object{{"kind", "once"}, {"date", w[1]}, {"at", w[2]}};
  if (w[0] == "monthly" && w.size() == 3) {
    const auto day = number_in(w[1]);
    return day ? std::optional(json::object{{"kind", "monthly"}, {"day", *day}, {"at", w[2]}}) : std::nullopt;
  }
  if (w[0] == "weekly" && w.size() == 3) {
    const auto days = days_in(w[1]);
    return days ? std::optional(json::object{{"kind", "weekly"}, {"weekdays", *days}, {"at", w[2]}})
                : std::nullopt;
  }
  if (w[0] != "every" || w.size() < 2 || w.size() > 3) return std::nullopt;
  const auto minutes = minutes_in(w[1]);
  if (!minutes) return std::nullopt;
  json::object out{{"kind", "every"}, {"every_minutes", *minutes}};
  if (w.size() == 3) {
    const auto days = days_in(w[2]);
    if (!days) return std::nullopt;
    out["weekdays"] = *days;
  }
  return out;
}

json::array list_of(const std::vector<std::string>& texts) {
  json::array out;
  for (const auto& text : texts) out.emplace_back(text);
  return out;
}

/// The source of the schedule that the flags are about: its only one, or a new one.
Result<json::object> source_of(const json::object& schedule) {
  const json::value* const sources = schedule.if_contains("sources");
  if (sources == nullptr || !sources->is_array() || sources->as_array().empty()) return json::object();
  if (sources->as_array().size() > 1 || !sources->as_array()[0].is_object())
    return Error{Code::kInvalid, "the schedule has several sources; they are changed by a JSON file"};
  return sources->as_array()[0].as_object();
}

Status apply_source(const ScheduleFlags& f, json::object& schedule) {
  if (f.connection.empty() && f.mailboxes.empty() && f.include.empty() && f.exclude.empty()) return ok;
  TRY_ASSIGN(auto source, source_of(schedule));
  if (!f.connection.empty()) source["connection"] = f.connection;
  if (!f.include.empty()) source["include"] = list_of(f.include);
  if (!f.exclude.empty()) source["exclude"] = list_of(f.exclude);
  json::array mailboxes;
  for (const auto& address : f.mailboxes) mailboxes.push_back(json::object{{"address", address}});
  if (!mailboxes.empty()) source["mailboxes"] = std::move(mailboxes);
  schedule["sources"] = json::array{std::move(source)};
  return ok;
}

Status apply_destinations(const ScheduleFlags& f, json::object& schedule) {
  json::array places;
  for (const auto& place : f.to) places.push_back(json::object{{"place", place}});
  if (!places.empty()) schedule["destinations"] = std::move(places);
  if (!f.lock_days) return ok;
  bool locked = false;
  if (json::value* const all = schedule.if_contains("destinations"); all != nullptr && all->is_array())
    for (auto& d : all->as_array()) {
      if (!store::is_s3_url(text_at(d, "place"))) continue;
      d.as_object()["lock_days"] = *f.lock_days;
      locked = true;
    }
  if (locked) return ok;
  return Error{
      Code::kInvalid,
      "--lock-days: the schedule has no place in a bucket (--to s3://BUCKET/PREFIX), and nothing else "
      "can be locked"};
}

void apply_encryption(const ScheduleFlags& f, json::object& schedule) {
  if (f.encryption.empty()) return;
  json::object encryption{{"mode", f.encryption}};
  if (!f.secret.empty()) encryption["secret"] = f.secret;
  schedule["encryption"] = std::move(encryption);
}

}  // namespace

Result<json::object> parse_timing(const std::string& text) {
  auto timing = timing_of(split(text, ' '));
  if (!timing) return Error{Code::kInvalid, "\"" + text + "\" is no time to run at; say " + kForms};
  return *std::move(timing);
}

void add_schedule_flags(CLI::App& command, ScheduleFlags& f) {
  auto* group = command.add_option_group("Schedule");
  group->add_option("--name", f.name, "its name; another one renames it");
  group->add_option("--connection", f.connection, "name of the connection to the Exchange server");
  group->add_option("--mailbox", f.mailboxes, "address, repeatable");
  group->add_option("--include", f.include,
                    "pattern of addresses with * and ?, repeatable; \"*\" is everybody");
  group->add_option("--exclude", f.exclude, "pattern of addresses that are left out, repeatable");
  group->add_option("--to", f.to, "directory, vault:DIR or s3://BUCKET/PREFIX, repeatable");
  group
      ->add_option("--lock-days", f.lock_days,
                   "of s3:// places: nobody can delete a restore point for so many days from its commit; "
                   "needs a bucket with object lock; 0: no lock is asked for")
      ->check(CLI::Range(0u, vault::kMaxLockDays));
  group->add_option("--full", f.full, std::string("when fulls run: ") + kForms);
  group->add_option("--incremental", f.incremental,
                    "when incrementals run, in the same way; \"none\": never");
  group->add_option("--time-zone", f.time_zone, "name of the tz database, Europe/Berlin; UTC if not given");
  auto* encryption =
      group->add_option("--encryption", f.encryption, "of vaults: off, system, custom, default-password")
          ->check(CLI::IsMember({"off", "system", "custom", "default-password"}));
  group->add_option("--secret", f.secret, "name of the sealed secret with the password, for custom")
      ->needs(encryption);
  group->add_option("--compression", f.compression, "off, normal or maximum")
      ->check(CLI::IsMember({"off", "normal", "maximum"}));
  group->add_flag("--pst", f.pst, "keep PST files instead of items");
  group->add_flag("--run-after-saving", f.run_after_saving, "run at once when it is saved");
}

Status apply(const ScheduleFlags& f, json::object& schedule) {
  if (!f.name.empty()) schedule["name"] = f.name;
  TRY(apply_source(f, schedule));
  TRY(apply_destinations(f, schedule));
  if (!f.full.empty()) {
    TRY_ASSIGN(schedule["full"], parse_timing(f.full));
  }
  if (f.incremental == "none") {
    schedule["incremental"] = nullptr;
  } else if (!f.incremental.empty()) {
    TRY_ASSIGN(schedule["incremental"], parse_timing(f.incremental));
  }
  apply_encryption(f, schedule);
  if (!f.compression.empty()) schedule["compression"] = f.compression;
  if (!f.time_zone.empty()) schedule["time_zone"] = f.time_zone;
  if (f.pst) schedule["form"] = "pst";
  if (f.run_after_saving) schedule["run_after_saving"] = true;
  return ok;
}

}  // namespace mk::app
