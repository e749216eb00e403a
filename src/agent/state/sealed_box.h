#pragma once
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"

namespace mk::agent {

/// AES-256-GCM: nonce, ciphertext and tag, bound to what it is (`kind`) and whose (`name`).
ByteString seal_box(const SecretString& key, std::string_view kind, std::string_view name,
                    const SecretString& plain);
/// Nothing: another key, or not what was sealed as that.
std::optional<SecretString> open_box(const SecretString& key, std::string_view kind, std::string_view name,
                                     const ByteString& sealed);

}  // namespace mk::agent
