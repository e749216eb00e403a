#pragma once
#include "base/wire.h"
#include "vault/crypto.h"

namespace mk::vault {

enum class Cipher : std::uint8_t { kAes256Gcm = 0, kBlowfish = 1, kTripleDes = 2 };

/// TECHNIQUE: how what lies in a vault is encrypted.  docs/formats/vault.md, "Techniques"
struct Technique {
  static constexpr char kName[] = "TECHNIQUE";
  Cipher cipher = Cipher::kAes256Gcm;
  std::uint16_t key_bits = 0;  // of Blowfish, 64 to 448 in steps of 8
  static constexpr void fields(auto& io, auto& t) { io("cipher", t.cipher), io("key_bits", t.key_bits); }
  bool operator==(const Technique&) const = default;
  bool is_legacy() const { return cipher != Cipher::kAes256Gcm; }
};
static_assert(wire_size<Technique>() == 3);

/// "AES-256-GCM", "Blowfish, 448 bits, with HMAC-SHA-256 (legacy)"
std::string describe(const Technique& technique);

/// Errors: kCorrupt  a key that its cipher does not have; kUnsupported  a cipher of a newer mailkeep
Status check_technique(const Technique& technique);
/// Errors: kUnsupported  this machine's OpenSSL lacks it
Status find_cipher(const Technique& technique);

/// How long what is sealed becomes.
std::size_t sealed_bytes(const Technique& technique, std::size_t plain_bytes);
/// Instead of what `bytes` has from `from` on. `key` has 32 bytes; check_technique() and find_cipher()
/// approve of the technique.
void seal_from(std::size_t from, const Technique& technique, const SecretString& key, const Nonce& nonce,
               Bytes aad, ByteString& bytes);
ByteString seal(const Technique& technique, const SecretString& key, const Nonce& nonce, Bytes aad,
                Bytes plain);
/// The tag or mac is compared, in constant time, before anything is decrypted. `room`: memory to use again.
/// Errors: kCorrupt  changed, or of another key; or, under a mac that fits, not what seal() makes
Result<ByteString> unseal(const Technique& technique, const SecretString& key, const Nonce& nonce, Bytes aad,
                          Bytes sealed, ByteString room = {});

}  // namespace mk::vault
