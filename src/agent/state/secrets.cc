#include "agent/state/secrets.h"

#include <fmt/format.h>

#include "agent/state/columns.h"
#include "agent/state/references.h"
#include "agent/state/schedule_json.h"
#include "agent/state/sealed_box.h"

namespace mk::agent {
namespace {

constexpr std::size_t kMaxSecretBytes = 64 << 10;
constexpr std::string_view kKind = "mailkeep secret";

Error missing(const std::string& name) {
  return {Code::kNotFound, fmt::format("secret {}: there is none of that name", name)};
}

}  // namespace

Status Secrets::put(const std::string& name, const SecretString& secret, FileTime now) {
  TRY(check_name("name of the secret", name));
  if (secret.reveal().size() > kMaxSecretBytes)
    return Error{Code::kInvalid, fmt::format("secret {}: it has at most {} bytes", name, kMaxSecretBytes)};
  return file_.execute(
      "INSERT INTO secret VALUES ($1, $2, $3) "
      "ON CONFLICT (name) DO UPDATE SET changed = excluded.changed, sealed = excluded.sealed",
      {name, column(now), sql::Binary{seal_box(key_, kKind, name, secret)}});
}

Result<SecretString> Secrets::get(const std::string& name) {
  ByteString sealed;
  TRY_ASSIGN(const bool found,
             file_.query_one("SELECT sealed FROM secret WHERE name = $1", {name}, [&](const sql::Row& row) {
               sealed = row.bytes(0);
               return Status(ok);
             }));
  if (!found) return missing(name);
  auto opened = open_box(key_, kKind, name, sealed);
  if (opened) return *std::move(opened);
  return Error{
      Code::kCorrupt,
      fmt::format("agent.db: secret {}: it is damaged, or was sealed under another name or key; store "
                  "it again",
                  name)};
}

Result<std::vector<SecretInfo>> Secrets::list() {
  std::vector<SecretInfo> out;
  TRY(file_.query("SELECT name, changed FROM secret ORDER BY name", {}, [&](const sql::Row& row) {
    out.push_back({row.text(0), time_at(row, 1)});
    return Status(ok);
  }));
  return out;
}

Status Secrets::remove(const std::string& name) {
  return file_.together([&]() -> Status {
    TRY_ASSIGN(const bool there, file_.query_one("SELECT 1 FROM secret WHERE name = $1", {name},
                                                 [](const sql::Row&) -> Status { return ok; }));
    if (!there) return missing(name);
    TRY_ASSIGN(const std::vector<std::string> users, users_of_secret(file_, name));
    if (!users.empty())
      return Error{Code::kConflict, fmt::format("secret {}: not removed, since these use it: {}", name,
                                                fmt::join(users, ", "))};
    return file_.execute("DELETE FROM secret WHERE name = $1", {name});
  });
}

}  // namespace mk::agent
