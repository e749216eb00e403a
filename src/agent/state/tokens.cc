#include "agent/state/tokens.h"

#include <fmt/format.h>

#include "agent/state/columns.h"
#include "agent/state/schedule_json.h"
#include "base/hash.h"
#include "vault/crypto.h"

namespace mk::agent {
namespace {

constexpr std::size_t kRandomBytes = 32;
constexpr std::uint64_t kMinuteTicks = 60ull * 10'000'000;
constexpr char kSelectTokens[] = "SELECT id, name, role, created, expires, last_used FROM token";

/// 256 random bits need no slow hash.
sql::Value hash_of(const SecretString& secret) {
  return sql::Binary{ByteString(as_chars(sha256(as_bytes(secret.reveal()))))};
}

std::string random_hex() { return to_hex(as_bytes(vault::random_bytes(kRandomBytes))); }

Result<Token> token_at(const sql::Row& row) {
  TRY_ASSIGN(const Role role, parse_role(row.text(2)));
  return Token{{row.integer(0)},        row.text(1), role, time_at(row, 3), optional_time_at(row, 4),
               optional_time_at(row, 5)};
}

Result<std::vector<Token>> select_tokens(StateFile& file, const std::string& rest,
                                         const sql::Values& values) {
  std::vector<Token> out;
  const auto take = [&](const sql::Row& row) -> Status {
    TRY_ASSIGN(out.emplace_back(), token_at(row));
    return ok;
  };
  TRY(file.query(kSelectTokens + rest, values, take));
  return out;
}

}  // namespace

Result<std::vector<Token>> Tokens::list() { return select_tokens(file_, " ORDER BY name", {}); }

Result<NewToken> Tokens::add(const std::string& name, Role role, std::optional<FileTime> expires,
                             FileTime now) {
  TRY(check_name("name of the token", name));
  NewToken out{{{}, name, role, now, expires, {}}, SecretString("mkt_" + random_hex())};
  const auto insert = [&]() -> Status {
    TRY_ASSIGN(const auto there, select_tokens(file_, " WHERE name = $1", {name}));
    if (!there.empty())
      return Error{Code::kConflict, fmt::format("token {}: there is one of that name", name)};
    TRY_ASSIGN(
        out.token.id.value,
        file_.insert("INSERT INTO token (name, role, hash, created, expires) VALUES ($1, $2, $3, $4, $5)",
                     {name, column(name_of(role)), hash_of(out.text), column(now), column(expires)}));
    return ok;
  };
  TRY(file_.together(insert));
  return out;
}

Result<Token> Tokens::check(const SecretString& text, FileTime now) {
  TRY_ASSIGN(auto found, select_tokens(file_, " WHERE hash = $1", {hash_of(text)}));
  if (found.empty() || (found.front().expires && now >= *found.front().expires))
    return Error{Code::kDenied, "the token is unknown or has expired"};
  Token& token = found.front();
  if (!token.last_used || now.ticks >= token.last_used->ticks + kMinuteTicks) {
    token.last_used = now;
    TRY(file_.execute("UPDATE token SET last_used = $2 WHERE id = $1", {token.id.value, column(now)}));
  }
  return std::move(token);
}

Status Tokens::remove(TokenId id) {
  return file_.together([&]() -> Status {
    TRY_ASSIGN(const auto there, select_tokens(file_, " WHERE id = $1", {id.value}));
    if (there.empty()) return Error{Code::kNotFound, fmt::format("token {}: there is none", id.value)};
    return file_.execute("DELETE FROM token WHERE id = $1", {id.value});
  });
}

Result<NewLogin> Logins::add(const std::string& user, FileTime now, FileTime expires) {
  NewLogin out{{{}, random_hex(), now, expires}, SecretString(random_hex())};
  const auto insert = [&]() -> Status {
    TRY_ASSIGN(out.login.user, Users(file_).get(user));
    return file_.execute("INSERT INTO login VALUES ($1, $2, $3, $4, $5)",
                         {hash_of(out.cookie), user, out.login.csrf, column(now), column(expires)});
  };
  TRY(file_.together(insert));
  return out;
}

Result<Login> Logins::check(const SecretString& cookie, FileTime now) {
  const Error denied{Code::kDenied, "the session is unknown or has expired; log in"};
  Login out;
  std::string user;
  const auto take = [&](const sql::Row& row) -> Status {
    user = row.text(0);
    out = {{}, row.text(1), time_at(row, 2), time_at(row, 3)};
    return ok;
  };
  TRY_ASSIGN(const bool found,
             file_.query_one("SELECT user, csrf, created, expires FROM login WHERE hash = $1",
                             {hash_of(cookie)}, take));
  if (!found || now >= out.expires) return denied;
  auto of = Users(file_).get(user);
  if (!of && of.error().code == Code::kNotFound) return denied;  // removed in between
  TRY_ASSIGN(out.user, std::move(of));
  return out;
}

Status Logins::remove(const SecretString& cookie) {
  return file_.execute("DELETE FROM login WHERE hash = $1", {hash_of(cookie)});
}

Status Logins::remove_all(const std::string& user) {
  return file_.execute("DELETE FROM login WHERE user = $1", {user});
}

Status Logins::remove_expired(FileTime now) {
  return file_.execute("DELETE FROM login WHERE expires <= $1", {column(now)});
}

}  // namespace mk::agent
