#pragma once
#include "agent/state/row_id.h"
#include "agent/state/users.h"

namespace mk::agent {

/// An API token; only its SHA-256 is kept.
struct Token {
  TokenId id;
  std::string name;
  Role role = Role::kAuditor;
  FileTime created;
  std::optional<FileTime> expires, last_used;  // last_used: to the minute
};
struct NewToken {
  Token token;
  SecretString text;  // `mkt_...`; shown once
};

/// Errors: kNotFound  no such token; kConflict  the name is taken; kInvalid  the name; kDenied  check():
/// unknown
///         or expired
class Tokens {
 public:
  explicit Tokens(StateFile& file) : file_(file) {}
  Result<std::vector<Token>> list();
  Result<NewToken> add(const std::string& name, Role role, std::optional<FileTime> expires, FileTime now);
  Result<Token> check(const SecretString& text, FileTime now);
  Status remove(TokenId id);

 private:
  StateFile& file_;
};

/// A session of somebody who logged in; of the cookie only its SHA-256 is kept.
struct Login {
  User user;
  std::string csrf;  // what every change must carry
  FileTime created, expires;
};
struct NewLogin {
  Login login;
  SecretString cookie;
};

/// Errors: kNotFound  add(): no such user; kDenied  check(): unknown or expired
class Logins {
 public:
  explicit Logins(StateFile& file) : file_(file) {}
  Result<NewLogin> add(const std::string& user, FileTime now, FileTime expires);
  Result<Login> check(const SecretString& cookie, FileTime now);
  Status remove(const SecretString& cookie);
  Status remove_all(const std::string& user);
  Status remove_expired(FileTime now);

 private:
  StateFile& file_;
};

}  // namespace mk::agent
