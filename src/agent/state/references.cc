#include "agent/state/references.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/state/connections.h"
#include "agent/state/schedules.h"

namespace mk::agent {
namespace {

Status check_there(StateFile& file, const std::string& where, const char* table, const std::string& name) {
  TRY_ASSIGN(const bool there, file.query_one(fmt::format("SELECT 1 FROM {} WHERE name = $1", table), {name},
                                              [](const sql::Row&) -> Status { return ok; }));
  if (there) return ok;
  return Error{Code::kInvalid, fmt::format("{}: there is no {} {}; make it first", where, table, name)};
}

bool uses(const Connection& connection, const std::string& secret) {
  return connection.backup.secret == secret ||
         (connection.restore && connection.restore->account.secret == secret);
}

}  // namespace

Result<std::vector<std::string>> schedules_of_connection(StateFile& file, const std::string& connection) {
  std::vector<std::string> out;
  TRY_ASSIGN(const auto schedules, Schedules(file).list());
  for (const SavedSchedule& s : schedules) {
    const auto& sources = s.schedule.sources;
    const auto is_it = [&](const Source& source) { return source.connection == connection; };
    if (std::any_of(sources.begin(), sources.end(), is_it)) out.push_back(s.schedule.name);
  }
  return out;
}

Result<std::vector<std::string>> users_of_secret(StateFile& file, const std::string& secret) {
  std::vector<std::string> out;
  TRY_ASSIGN(const auto connections, Connections(file).list());
  for (const SavedConnection& c : connections)
    if (uses(c.value, secret)) out.push_back("connection " + c.value.name);
  TRY_ASSIGN(const auto schedules, Schedules(file).list());
  for (const SavedSchedule& s : schedules)
    if (s.schedule.encryption.secret == secret) out.push_back("schedule " + s.schedule.name);
  return out;
}

Status check_secrets(StateFile& file, const Connection& connection) {
  TRY(check_there(file, "backup.secret", "secret", connection.backup.secret));
  if (!connection.restore) return ok;
  return check_there(file, "restore.secret", "secret", connection.restore->account.secret);
}

Status check_references(StateFile& file, const Schedule& schedule) {
  for (std::size_t i = 0; i < schedule.sources.size(); ++i)
    TRY(check_there(file, fmt::format("sources[{}].connection", i), "connection",
                    schedule.sources[i].connection));
  if (schedule.encryption.secret.empty()) return ok;
  return check_there(file, "encryption.secret", "secret", schedule.encryption.secret);
}

Status check_version(const std::string& what, std::int64_t is, std::int64_t expected) {
  if (is == expected) return ok;
  return Error{Code::kConflict,
               fmt::format("{}: somebody else changed it: it has version {} now, not {}; read it again and "
                           "repeat the change",
                           what, is, expected)};
}

}  // namespace mk::agent
