#pragma once
#include <string>

#include "agent/notify/notification_settings.h"
#include "agent/schedule.h"
#include "agent/state/connection.h"
#include "base/result.h"

namespace mk::agent {

/// Schedules, connections and notification settings as JSON.
///
/// Format:  docs/formats/agent-state.md
/// Errors:  kInvalid  names the field (`sources[0].mailboxes[2].address`), what it is and what is allowed:
/// not
///          JSON, an unknown field, one that is missing, another type, out of range; those of check()
/// Bounds:  text of at most 4 MiB, nesting of at most 16
std::string format_json(const Schedule& schedule);
std::string format_json(const Connection& connection);
std::string format_json(const NotificationSettings& settings);
Result<Schedule> parse_schedule(std::string_view json);
Result<Connection> parse_connection(std::string_view json);
Result<NotificationSettings> parse_notifications(std::string_view json);

/// What makes sense by itself; whether connections and secrets exist, and zones and times of day, is for
/// others. Errors: kInvalid, as above
Status check(const Schedule& schedule);
Status check(const Connection& connection);
Status check(const NotificationSettings& settings);

/// Names of schedules, connections, secrets, users: UTF-8 of 1 to 200 bytes without control characters and
/// without blanks at the ends.  Errors: kInvalid  `what` and why
Status check_name(std::string_view what, std::string_view name);

}  // namespace mk::agent
