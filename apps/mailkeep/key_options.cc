#include "key_options.h"

#include "base/file.h"
#include "secret_input.h"
#include "vault_protection.h"

namespace mk::app {
namespace {

Result<vault::Unlock> key_from_file(vault::SlotKind kind, const std::string& path) {
  auto text = read_file(path, 4096);
  if (!text) return std::move(text).error().in(std::string(vault::kind_name(kind)));
  auto key = vault::parse_key(kind, *text);
  wipe(*text);
  if (!key) return std::move(key).error().in(path);
  return key;
}

Result<SecretString> ask_password(bool is_new) {
  const std::string others =
      "no key: give --password-file, --password-env, --key-file or --recovery-file (there is no terminal to "
      "ask at)";
  TRY_ASSIGN(SecretString password,
             secret_from_terminal(is_new ? "New password" : "Password of the vault", others));
  if (!is_new) return password;
  TRY_ASSIGN(const SecretString again, secret_from_terminal("New password, again", others));
  if (again.reveal() == password.reveal()) return password;
  return Error{Code::kInvalid, "the two passwords differ; nothing was done"};
}

Result<SecretString> find_password(const KeyOptions& o, bool is_new) {
  if (!o.password_file.empty()) return secret_from_file(o.password_file);
  if (!o.password_env.empty()) return secret_from_environment(o.password_env);
  return ask_password(is_new);
}

Result<vault::Unlock> find_key(const KeyOptions& o, bool is_new) {
  using vault::SlotKind;
  if (!o.key_file.empty()) return key_from_file(SlotKind::kKeyFile, o.key_file);
  if (!o.recovery_file.empty()) return key_from_file(SlotKind::kRecovery, o.recovery_file);
  TRY_ASSIGN(SecretString password, find_password(o, is_new));
  if (password.empty()) return Error{Code::kInvalid, "the password is empty"};
  return vault::Unlock{SlotKind::kPassword, std::move(password)};
}

}  // namespace

void add_key_options(CLI::App& command, KeyOptions& o, const std::string& prefix) {
  auto* group = command.add_option_group(prefix == "new-" ? "New key"
                                         : prefix.empty() ? "Key"
                                                          : "Key of the vault");
  const auto option = [&](const char* name, std::string& value, const char* what) {
    return group->add_option("--" + prefix + name, value, what);
  };
  option("password-file", o.password_file, "file that holds the password");
  option("password-env", o.password_env, "environment variable that holds the password");
  option("key-file", o.key_file, "key file, as `mailkeep key new` makes it");
  option("recovery-file", o.recovery_file, "file with the recovery key, typed from its paper");
  group->require_option(0, 1);
}

Result<vault::Unlock> read_key(const KeyOptions& o, vault::Store& store) {
  if (o.given()) return find_key(o, false);
  TRY_ASSIGN(const auto slots, vault::list_slots(store));
  if (!has_clear_slot(slots)) return find_key(o, false);
  warn_not_encrypted(stderr);
  return vault::Unlock{vault::SlotKind::kClear, {}};
}

Result<vault::Unlock> read_new_key(const KeyOptions& o) { return find_key(o, true); }

}  // namespace mk::app
