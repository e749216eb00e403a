#include "vault/technique.h"

#include <fmt/format.h>

#include "vault/legacy_cipher.h"

namespace mk::vault {
namespace {

/// Encrypt, then MAC. The keys depend on the technique, so that no bytes mean something in two of them.
class Legacy {
 public:
  Legacy(const Technique& technique, const SecretString& key, const Nonce& nonce)
      : technique_(technique), key_(key), nonce_(nonce) {}

  ByteString encrypt(Bytes plain) const { return encrypt_cbc(technique_.cipher, cbc_key(), iv(), plain); }
  std::optional<ByteString> decrypt(Bytes sealed) const {
    return decrypt_cbc(technique_.cipher, cbc_key(), iv(), sealed);
  }
  Mac mac(Bytes aad, Bytes encrypted) const {
    const auto key = hkdf_expand(key_, {as_bytes("mailkeep mac"), as_bytes(encode(technique_))});
    ByteString length;
    append_le(length, std::uint64_t{aad.size()});
    return hmac(as_bytes(key.reveal()), {as_bytes(length), aad, std::as_bytes(std::span(nonce_)), encrypted});
  }

 private:
  SecretString cbc_key() const {
    const std::size_t bits = technique_.cipher == Cipher::kBlowfish ? technique_.key_bits : kTripleDesBits;
    return hkdf_expand(
        key_, {as_bytes("mailkeep cbc"), as_bytes(encode(technique_)), std::as_bytes(std::span(nonce_))},
        bits / 8);
  }
  Bytes iv() const { return std::as_bytes(std::span(nonce_)).first(kLegacyBlockBytes); }

  const Technique& technique_;
  const SecretString& key_;
  const Nonce& nonce_;
};

Error changed() { return {Code::kCorrupt, "changed, or of another vault"}; }

Result<ByteString> unseal_legacy(const Legacy& legacy, Bytes aad, Bytes sealed) {
  Mac mac{};
  if (sealed.size() < mac.size()) return changed();
  const Bytes encrypted = sealed.first(sealed.size() - mac.size());
  std::memcpy(mac.data(), sealed.last(mac.size()).data(), mac.size());
  if (!equal(mac, legacy.mac(aad, encrypted))) return changed();
  auto plain = legacy.decrypt(encrypted);
  if (plain) return *std::move(plain);
  return Error{Code::kCorrupt, "its padding is wrong under a good mac: a faulty program has written it"};
}

}  // namespace

std::string describe(const Technique& t) {
  if (t.cipher == Cipher::kBlowfish)
    return fmt::format("Blowfish, {} bits, with HMAC-SHA-256 (legacy)", t.key_bits);
  return t.cipher == Cipher::kTripleDes ? "Triple DES, 192 bits, with HMAC-SHA-256 (legacy)" : "AES-256-GCM";
}

Status check_technique(const Technique& t) {
  if (t.cipher > Cipher::kTripleDes)
    return Error{Code::kUnsupported, fmt::format("TECHNIQUE.cipher {}: of a newer mailkeep; use that one",
                                                 static_cast<unsigned>(t.cipher))};
  const bool blowfish = t.cipher == Cipher::kBlowfish;
  if (blowfish ? t.key_bits < 64 || t.key_bits > 448 || t.key_bits % 8 != 0 : t.key_bits != 0)
    return Error{Code::kCorrupt,
                 fmt::format("TECHNIQUE.key_bits {}: the cipher has no such key", t.key_bits)};
  return ok;
}

Status find_cipher(const Technique& t) { return t.is_legacy() ? find_legacy_cipher(t.cipher) : Status(ok); }

std::size_t sealed_bytes(const Technique& t, std::size_t plain_bytes) {
  if (!t.is_legacy()) return plain_bytes + kTagBytes;
  return plain_bytes - plain_bytes % kLegacyBlockBytes + kLegacyBlockBytes + sizeof(Mac);
}

void seal_from(std::size_t from, const Technique& technique, const SecretString& key, const Nonce& nonce,
               Bytes aad, ByteString& bytes) {
  if (!technique.is_legacy()) return seal_from(from, key, nonce, aad, bytes);
  const Legacy legacy(technique, key, nonce);
  const ByteString encrypted = legacy.encrypt(as_bytes(bytes).subspan(from));
  const Mac mac = legacy.mac(aad, as_bytes(encrypted));
  bytes.replace(from, std::string::npos, encrypted);
  bytes.append(reinterpret_cast<const char*>(mac.data()), mac.size());
}

ByteString seal(const Technique& technique, const SecretString& key, const Nonce& nonce, Bytes aad,
                Bytes plain) {
  ByteString out(as_chars(plain));
  seal_from(0, technique, key, nonce, aad, out);
  return out;
}

Result<ByteString> unseal(const Technique& technique, const SecretString& key, const Nonce& nonce, Bytes aad,
                          Bytes sealed, ByteString room) {
  if (technique.is_legacy()) return unseal_legacy(Legacy(technique, key, nonce), aad, sealed);
  auto plain = unseal(key, nonce, aad, sealed, std::move(room));
  if (plain) return *std::move(plain);
  return changed();
}

}  // namespace mk::vault
