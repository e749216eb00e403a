#include "agent/state/connections.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/state/columns.h"
#include "agent/state/references.h"
#include "agent/state/schedule_json.h"

namespace mk::agent {
namespace {

constexpr char kSelect[] = "SELECT name, version, json FROM connection";

Result<SavedConnection> saved_at(const sql::Row& row) {
  auto parsed = parse_connection(row.text(2));
  if (!parsed)
    return Error{Code::kCorrupt,
                 fmt::format("agent.db: connection {}: {}", row.text(0), parsed.error().what)};
  return SavedConnection{*std::move(parsed), row.integer(1)};
}

Status check_free(StateFile& file, const std::string& name) {
  TRY_ASSIGN(const bool taken, file.query_one("SELECT 1 FROM connection WHERE name = $1", {name},
                                              [](const sql::Row&) -> Status { return ok; }));
  if (!taken) return ok;
  return Error{Code::kConflict,
               fmt::format("connection {}: there is one of that name; choose another", name)};
}

/// Before `what` happens to it.
Status check_unused(StateFile& file, const std::string& name, std::string_view what) {
  TRY_ASSIGN(const std::vector<std::string> users, schedules_of_connection(file, name));
  if (users.empty()) return ok;
  return Error{Code::kConflict, fmt::format("connection {}: not {}, since schedules use it: {}", name, what,
                                            fmt::join(users, ", "))};
}

}  // namespace

Result<std::vector<SavedConnection>> Connections::list() {
  std::vector<SavedConnection> out;
  TRY(file_.query(std::string(kSelect) + " ORDER BY name", {}, [&](const sql::Row& row) -> Status {
    TRY_ASSIGN(out.emplace_back(), saved_at(row));
    return ok;
  }));
  return out;
}

Result<SavedConnection> Connections::get(const std::string& name) {
  SavedConnection out;
  TRY_ASSIGN(const bool found, file_.query_one(std::string(kSelect) + " WHERE name = $1", {name},
                                               [&](const sql::Row& row) -> Status {
                                                 TRY_ASSIGN(out, saved_at(row));
                                                 return ok;
                                               }));
  if (!found) return Error{Code::kNotFound, fmt::format("connection {}: there is none of that name", name)};
  return out;
}

Result<SavedConnection> Connections::add(const Connection& connection) {
  TRY(check(connection));
  const auto change = [&]() -> Status {
    TRY(check_free(file_, connection.name));
    TRY(check_secrets(file_, connection));
    return file_.execute("INSERT INTO connection VALUES ($1, 1, $2)",
                         {connection.name, format_json(connection)});
  };
  TRY(file_.together(change));
  return SavedConnection{connection, 1};
}

Result<SavedConnection> Connections::replace(const std::string& name, std::int64_t version,
                                             const Connection& connection) {
  TRY(check(connection));
  const auto change = [&]() -> Status {
    TRY_ASSIGN(const SavedConnection there, get(name));
    TRY(check_version(fmt::format("connection {}", name), there.version, version));
    if (connection.name != name) {
      TRY(check_unused(file_, name, "renamed"));
      TRY(check_free(file_, connection.name));
    }
    TRY(check_secrets(file_, connection));
    return file_.execute("UPDATE connection SET name = $2, version = $3, json = $4 WHERE name = $1",
                         {name, connection.name, version + 1, format_json(connection)});
  };
  TRY(file_.together(change));
  return SavedConnection{connection, version + 1};
}

Status Connections::remove(const std::string& name, std::int64_t version) {
  return file_.together([&]() -> Status {
    TRY_ASSIGN(const SavedConnection there, get(name));
    TRY(check_version(fmt::format("connection {}", name), there.version, version));
    TRY(check_unused(file_, name, "removed"));
    return file_.execute("DELETE FROM connection WHERE name = $1", {name});
  });
}

}  // namespace mk::agent
