#pragma once
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace mk::app {

/// What a schedule is made of in the common case: one connection, some mailboxes, some places. Everything
/// else is for a JSON file.
struct ScheduleFlags {
  std::string name, connection, full, incremental, encryption, secret, compression, time_zone;
  std::vector<std::string> mailboxes, include, exclude, to;
  std::optional<unsigned> lock_days;
  bool pst = false, run_after_saving = false;
};
void add_schedule_flags(CLI::App& command, ScheduleFlags& flags);
/// Sets in a schedule what the flags say and leaves the rest.  Errors: kInvalid  a timing: names the forms;
/// lock_days without a place that can be locked
Status apply(const ScheduleFlags& flags, boost::json::object& schedule);

/// `daily 22:00`, `weekly mon,thu 22:00`, `monthly 31 22:00`, `every 90m`, `every 2h mon,tue`, `once
/// 2026-12-24 22:00`. Errors: kInvalid  names the forms
Result<boost::json::object> parse_timing(const std::string& text);

}  // namespace mk::app
