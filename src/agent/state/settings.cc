#include "agent/state/settings.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "agent/state/references.h"

namespace mk::agent {

Result<Versioned<std::string>> Settings::get(const std::string& key) {
  Versioned<std::string> out;
  TRY_ASSIGN(const bool found, file_.query_one("SELECT json, version FROM setting WHERE key = $1", {key},
                                               [&](const sql::Row& row) {
                                                 out = {row.text(0), row.integer(1)};
                                                 return Status(ok);
                                               }));
  if (!found) return Error{Code::kNotFound, fmt::format("setting {}: it was never set", key)};
  return out;
}

Result<Versioned<std::string>> Settings::set(const std::string& key, std::int64_t version,
                                             const std::string& json) {
  boost::json::error_code failed;
  boost::json::parse(json, failed);
  if (failed) return Error{Code::kInvalid, fmt::format("setting {}: not JSON: {}", key, failed.message())};
  const auto change = [&]() -> Status {
    auto there = get(key);
    if (!there && there.error().code != Code::kNotFound) return std::move(there).error();
    TRY(check_version("setting " + key, there ? there->version : 0, version));
    return file_.execute(
        "INSERT INTO setting VALUES ($1, $2, $3) "
        "ON CONFLICT (key) DO UPDATE SET version = excluded.version, json = excluded.json",
        {key, version + 1, json});
  };
  TRY(file_.together(change));
  return Versioned<std::string>{json, version + 1};
}

Status Settings::remove(const std::string& key) {
  return file_.execute("DELETE FROM setting WHERE key = $1", {key});
}

}  // namespace mk::agent
