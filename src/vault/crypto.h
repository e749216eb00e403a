#pragma once
#include <optional>

#include "base/bytes.h"
#include "base/secret.h"

namespace mk::vault {

/// The primitives that the vault is made of; a failure of the library itself is a bug and aborts.

ByteString random_bytes(std::size_t n);

using Mac = std::array<std::uint8_t, 32>;
/// HMAC-SHA-256 of the parts, one after another.
Mac hmac(Bytes key, std::initializer_list<Bytes> parts);
/// In constant time.
bool equal(const Mac& a, const Mac& b);

/// HKDF-SHA-256 (RFC 5869).
SecretString hkdf_extract(Bytes salt, Bytes secret);
SecretString hkdf_expand(const SecretString& prk, std::initializer_list<Bytes> info, std::size_t n = 32);

inline constexpr std::size_t kNonceBytes = 12;
inline constexpr std::size_t kTagBytes = 16;
using Nonce = std::array<std::uint8_t, kNonceBytes>;
Nonce random_nonce();
/// AES-256-GCM: ciphertext and tag instead of what `bytes` has from `from` on.
void seal_from(std::size_t from, const SecretString& key, const Nonce& nonce, Bytes aad, ByteString& bytes);
ByteString seal(const SecretString& key, const Nonce& nonce, Bytes aad, Bytes plain);
/// Nothing when the tag does not fit: another key, or changed bytes.  `room`: memory to use again.
std::optional<ByteString> unseal(const SecretString& key, const Nonce& nonce, Bytes aad, Bytes sealed,
                                 ByteString room = {});

/// What a guess of a password costs.
struct PasswordCost {
  std::uint32_t passes = 3;
  std::uint32_t memory_kib = 64 * 1024;
};
/// Argon2id (RFC 9106), 32 bytes.  Errors: kCorrupt  a cost beyond 16 passes or 1 GiB; kExhausted  no memory
Result<SecretString> argon2id(const SecretString& password, const std::array<std::uint8_t, 16>& salt,
                              const PasswordCost& cost);

/// XXH3-64.
std::uint64_t xxh3(Bytes bytes);

}  // namespace mk::vault
