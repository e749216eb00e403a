#include "agent/state/users.h"

#include <fmt/format.h>
#include <sodium.h>

#include "agent/state/columns.h"
#include "agent/state/schedule_json.h"

namespace mk::agent {
namespace {

constexpr std::size_t kMinPasswordBytes = 8, kMaxPasswordBytes = 1024;
constexpr unsigned long long kPasses = 3;
constexpr std::size_t kMemoryBytes = 64 << 20;
constexpr char kSelect[] = "SELECT name, role, created, password_changed FROM user";

std::span<const Named<Role>> roles() {
  static constexpr Named<Role> kNames[] = {{Role::kAdmin, "admin"},
                                           {Role::kOperator, "operator"},
                                           {Role::kRestoreOnly, "restore-only"},
                                           {Role::kAuditor, "auditor"}};
  return kNames;
}

Error missing(const std::string& name) {
  return {Code::kNotFound, fmt::format("user {}: there is none of that name", name)};
}

/// Argon2id with its salt and costs, as text.
Result<std::string> hash_password(const SecretString& password) {
  std::string out(crypto_pwhash_STRBYTES, '\0');
  const std::string& text = password.reveal();
  if (crypto_pwhash_str(out.data(), text.data(), text.size(), kPasses, kMemoryBytes) != 0)
    return Error{Code::kExhausted, "no memory (64 MiB) to check a password"};
  out.resize(out.find('\0'));
  return out;
}

Status check_password(const SecretString& password) {
  const std::size_t n = password.reveal().size();
  if (n >= kMinPasswordBytes && n <= kMaxPasswordBytes) return ok;
  return Error{Code::kInvalid,
               fmt::format("a password has {} to {} bytes", kMinPasswordBytes, kMaxPasswordBytes)};
}

Result<User> user_at(const sql::Row& row) {
  TRY_ASSIGN(const Role role, parse_role(row.text(1)));
  return User{row.text(0), role, time_at(row, 2), time_at(row, 3)};
}

/// There must be somebody who can let others in.
Status check_not_last_admin(StateFile& file, const User& user) {
  if (user.role != Role::kAdmin) return ok;
  TRY_ASSIGN(const bool other,
             file.query_one("SELECT 1 FROM user WHERE role = 'admin' AND name <> $1 LIMIT 1", {user.name},
                            [](const sql::Row&) -> Status { return ok; }));
  if (other) return ok;
  return Error{Code::kConflict,
               fmt::format("user {}: it is the last admin; make another one first", user.name)};
}

}  // namespace

std::string_view name_of(Role role) { return find_name(roles(), role); }

Result<Role> parse_role(std::string_view name) {
  const auto found = find_value(roles(), name);
  if (found) return *found;
  return Error{Code::kInvalid, fmt::format("role {}: it is not {}", name, list_names(roles()))};
}

Result<std::vector<User>> Users::list() {
  std::vector<User> out;
  const auto take = [&](const sql::Row& row) -> Status {
    TRY_ASSIGN(out.emplace_back(), user_at(row));
    return ok;
  };
  TRY(file_.query(std::string(kSelect) + " ORDER BY name", {}, take));
  return out;
}

Result<User> Users::get(const std::string& name) {
  User out;
  const auto take = [&](const sql::Row& row) -> Status {
    TRY_ASSIGN(out, user_at(row));
    return ok;
  };
  TRY_ASSIGN(const bool found, file_.query_one(std::string(kSelect) + " WHERE name = $1", {name}, take));
  if (!found) return missing(name);
  return out;
}

Status Users::add(const std::string& name, Role role, const SecretString& password, FileTime now) {
  TRY(check_name("name of the user", name));
  TRY(check_password(password));
  TRY_ASSIGN(const std::string hash, hash_password(password));
  return file_.together([&]() -> Status {
    const auto there = get(name);
    if (there) return Error{Code::kConflict, fmt::format("user {}: there is one of that name", name)};
    if (there.error().code != Code::kNotFound) return there.error();
    return file_.execute("INSERT INTO user VALUES ($1, $2, $3, $4, $4)",
                         {name, column(name_of(role)), hash, column(now)});
  });
}

Result<User> Users::check(const std::string& name, const SecretString& password) {
  const Error denied{Code::kDenied, "the name or the password is wrong"};
  std::string hash;
  const auto take = [&](const sql::Row& row) -> Status { return hash = row.text(0), ok; };
  TRY(file_.query("SELECT hash FROM user WHERE name = $1", {name}, take));
  if (!check_password(password)) return denied;
  const std::string& text = password.reveal();
  if (hash.empty()) {
    TRY(hash_password(password));  // so that the time does not tell whether there is such a user
    return denied;
  }
  if (crypto_pwhash_str_verify(hash.c_str(), text.data(), text.size()) != 0) return denied;
  return get(name);
}

Status Users::set_password(const std::string& name, const SecretString& password, FileTime now) {
  TRY(check_password(password));
  TRY_ASSIGN(const std::string hash, hash_password(password));
  return file_.together([&]() -> Status {
    TRY(get(name));
    TRY(file_.execute("DELETE FROM login WHERE user = $1", {name}));
    return file_.execute("UPDATE user SET hash = $2, password_changed = $3 WHERE name = $1",
                         {name, hash, column(now)});
  });
}

Status Users::set_role(const std::string& name, Role role) {
  return file_.together([&]() -> Status {
    TRY_ASSIGN(const User there, get(name));
    if (role != Role::kAdmin) TRY(check_not_last_admin(file_, there));
    return file_.execute("UPDATE user SET role = $2 WHERE name = $1", {name, column(name_of(role))});
  });
}

Status Users::remove(const std::string& name) {
  return file_.together([&]() -> Status {
    TRY_ASSIGN(const User there, get(name));
    TRY(check_not_last_admin(file_, there));
    return file_.execute("DELETE FROM user WHERE name = $1", {name});
  });
}

}  // namespace mk::agent
