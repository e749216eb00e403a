#pragma once
#include <filesystem>
#include <optional>

#include "base/secret.h"
#include "vault/ids.h"

namespace mk::agent {

/// Where the key lies that seals the agent's secrets, 32 bytes as vault::format_key() writes them.
struct KeyPlace {
  std::filesystem::path file;                                  // for its owner only
  std::optional<std::filesystem::path> credentials_directory;  // systemd's; `mailkeep.key` in it goes first
};

/// Errors: kNotFound  no key; kDenied  others than its owner can read the file; kInvalid  not a key
Result<SecretString> read_master_key(const KeyPlace& place);
/// The key, made when there is none; who was faster decides.
Result<SecretString> read_or_make_master_key(const KeyPlace& place);

}  // namespace mk::agent
