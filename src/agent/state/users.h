#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "agent/state/state_file.h"
#include "base/secret.h"
#include "base/time.h"

namespace mk::agent {

enum class Role { kAdmin, kOperator, kRestoreOnly, kAuditor };
std::string_view name_of(Role role);  // "admin", "operator", "restore-only", "auditor"
/// Errors: kInvalid  names those that there are
Result<Role> parse_role(std::string_view name);

struct User {
  std::string name;
  Role role = Role::kAuditor;
  FileTime created, password_changed;
};

/// Who may log in. Passwords: 8 to 1024 bytes, Argon2id.
/// Errors: kNotFound  no such user; kConflict  the name is taken, or it is the last admin; kInvalid  the
/// name,
///         a password that is too short or too long; kDenied  check(): the name or the password is wrong;
///         kExhausted  no memory for Argon2id
class Users {
 public:
  explicit Users(StateFile& file) : file_(file) {}
  Result<std::vector<User>> list();  // by name
  Result<User> get(const std::string& name);
  Status add(const std::string& name, Role role, const SecretString& password, FileTime now);
  /// Takes as long for a name that does not exist.
  Result<User> check(const std::string& name, const SecretString& password);
  /// Ends the user's sessions.
  Status set_password(const std::string& name, const SecretString& password, FileTime now);
  Status set_role(const std::string& name, Role role);
  Status remove(const std::string& name);

 private:
  StateFile& file_;
};

}  // namespace mk::agent
