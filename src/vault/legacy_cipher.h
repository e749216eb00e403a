#pragma once
#include <optional>

#include "vault/technique.h"

namespace mk::vault {

/// Blowfish and Triple DES in CBC mode with PKCS #7 padding: no more than that. What makes them safe to use,
/// a mac that is checked first, is in technique.cc; nothing else may call these.

inline constexpr std::size_t kLegacyBlockBytes = 8;
inline constexpr std::size_t kTripleDesBits = 192;

/// Errors: kUnsupported  this machine's OpenSSL does not have the cipher
Status find_legacy_cipher(Cipher cipher);

/// `key` has as many bytes as the cipher takes, `iv` has 8; the cipher was found.
ByteString encrypt_cbc(Cipher cipher, const SecretString& key, Bytes iv, Bytes plain);
/// Nothing when the length or the padding is wrong.
std::optional<ByteString> decrypt_cbc(Cipher cipher, const SecretString& key, Bytes iv, Bytes encrypted);

}  // namespace mk::vault
