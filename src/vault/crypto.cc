#include "vault/crypto.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sodium.h>
#include <xxhash.h>

#include <memory>

namespace mk::vault {
namespace {

const unsigned char* bytes_of(Bytes b) { return reinterpret_cast<const unsigned char*>(b.data()); }
unsigned char* bytes_of(ByteString& s) { return reinterpret_cast<unsigned char*>(s.data()); }
SecretString secret_of(Mac& mac) {
  SecretString s{std::string(reinterpret_cast<const char*>(mac.data()), mac.size())};
  sodium_memzero(mac.data(), mac.size());
  return s;
}

constexpr std::size_t kBlock = 64;  // of SHA-256

/// Looked up once: OpenSSL would do it anew for every chunk, which takes longer than a short one.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const kFetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return kFetched;
}
const EVP_CIPHER* aes_256_gcm() {
  static const EVP_CIPHER* const kFetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return kFetched;
}

struct Digest {
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  Digest() { MK_CHECK(ctx != nullptr && EVP_DigestInit_ex(ctx, sha256_algorithm(), nullptr) == 1); }
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
  ~Digest() { EVP_MD_CTX_free(ctx); }
  void add(Bytes b) { MK_CHECK(EVP_DigestUpdate(ctx, b.data(), b.size()) == 1); }
  Mac end() {
    Mac out;
    MK_CHECK(EVP_DigestFinal_ex(ctx, out.data(), nullptr) == 1);
    return out;
  }
};

struct Cipher {
  EVP_CIPHER_CTX* ctx = EVP_CIPHER_CTX_new();
  Cipher() { MK_CHECK(ctx != nullptr); }
  Cipher(const Cipher&) = delete;
  Cipher& operator=(const Cipher&) = delete;
  ~Cipher() { EVP_CIPHER_CTX_free(ctx); }
};

}  // namespace

ByteString random_bytes(std::size_t n) {
  ByteString out(n, '\0');
  MK_CHECK(RAND_bytes(bytes_of(out), static_cast<int>(n)) == 1);
  return out;
}

Nonce random_nonce() {
  Nonce nonce;
  MK_CHECK(RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) == 1);
  return nonce;
}

Mac hmac(Bytes key, std::initializer_list<Bytes> parts) {
  std::array<std::uint8_t, kBlock> inner{}, outer{};
  Mac short_key{};  // of a longer one
  if (key.size() > kBlock) {
    Digest of_key;
    of_key.add(key);
    short_key = of_key.end();
    key = std::as_bytes(std::span(short_key));
  }
  for (std::size_t i = 0; i < kBlock; ++i) {
    const auto k = i < key.size() ? std::to_integer<std::uint8_t>(key[i]) : std::uint8_t{0};
    inner[i] = static_cast<std::uint8_t>(k ^ 0x36u);
    outer[i] = static_cast<std::uint8_t>(k ^ 0x5cu);
  }
  Digest in, out;
  in.add(std::as_bytes(std::span(inner)));
  for (const Bytes part : parts) in.add(part);
  const Mac within = in.end();
  out.add(std::as_bytes(std::span(outer)));
  out.add(std::as_bytes(std::span(within)));
  sodium_memzero(inner.data(), inner.size());
  sodium_memzero(outer.data(), outer.size());
  sodium_memzero(short_key.data(), short_key.size());
  return out.end();
}

bool equal(const Mac& a, const Mac& b) { return sodium_memcmp(a.data(), b.data(), a.size()) == 0; }

SecretString hkdf_extract(Bytes salt, Bytes secret) {
  Mac mac = hmac(salt, {secret});
  return secret_of(mac);
}

SecretString hkdf_expand(const SecretString& prk, std::initializer_list<Bytes> info, std::size_t n) {
  ByteString context, out;
  for (const Bytes part : info) context.append(as_chars(part));
  Mac block{};
  for (char counter = 1; out.size() < n; ++counter) {
    const Bytes before = std::as_bytes(std::span(block)).first(counter == 1 ? 0 : block.size());
    block =
        hmac(as_bytes(prk.reveal()), {before, as_bytes(context), as_bytes(std::string_view(&counter, 1))});
    out.append(reinterpret_cast<const char*>(block.data()), std::min(block.size(), n - out.size()));
  }
  sodium_memzero(block.data(), block.size());
  SecretString secret{out};
  wipe(out);
  return secret;
}

void seal_from(std::size_t from, const SecretString& key, const Nonce& nonce, Bytes aad, ByteString& bytes) {
  MK_CHECK(key.reveal().size() == 32);
  const Cipher c;
  const std::size_t plain_bytes = bytes.size() - from;
  bytes.resize(bytes.size() + kTagBytes);
  unsigned char* const at = bytes_of(bytes) + from;
  int n = 0;
  MK_CHECK(EVP_EncryptInit_ex2(c.ctx, aes_256_gcm(), bytes_of(as_bytes(key.reveal())), nonce.data(),
                               nullptr) == 1);
  MK_CHECK(EVP_EncryptUpdate(c.ctx, nullptr, &n, bytes_of(aad), static_cast<int>(aad.size())) == 1);
  MK_CHECK(EVP_EncryptUpdate(c.ctx, at, &n, at, static_cast<int>(plain_bytes)) == 1);
  MK_CHECK(EVP_EncryptFinal_ex(c.ctx, at + n, &n) == 1);
  MK_CHECK(EVP_CIPHER_CTX_ctrl(c.ctx, EVP_CTRL_AEAD_GET_TAG, kTagBytes, at + plain_bytes) == 1);
}

ByteString seal(const SecretString& key, const Nonce& nonce, Bytes aad, Bytes plain) {
  ByteString out(as_chars(plain));
  seal_from(0, key, nonce, aad, out);
  return out;
}

std::optional<ByteString> unseal(const SecretString& key, const Nonce& nonce, Bytes aad, Bytes sealed,
                                 ByteString room) {
  if (sealed.size() < kTagBytes) return std::nullopt;
  MK_CHECK(key.reveal().size() == 32);
  const Cipher c;
  room.resize(sealed.size() - kTagBytes);
  ByteString tag(as_chars(sealed.last(kTagBytes)));
  int n = 0;
  MK_CHECK(EVP_DecryptInit_ex2(c.ctx, aes_256_gcm(), bytes_of(as_bytes(key.reveal())), nonce.data(),
                               nullptr) == 1);
  MK_CHECK(EVP_DecryptUpdate(c.ctx, nullptr, &n, bytes_of(aad), static_cast<int>(aad.size())) == 1);
  MK_CHECK(EVP_DecryptUpdate(c.ctx, bytes_of(room), &n, bytes_of(sealed), static_cast<int>(room.size())) ==
           1);
  MK_CHECK(EVP_CIPHER_CTX_ctrl(c.ctx, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(c.ctx, bytes_of(room) + n, &n) != 1) return std::nullopt;
  return room;
}

Result<SecretString> argon2id(const SecretString& password, const std::array<std::uint8_t, 16>& salt,
                              const PasswordCost& cost) {
  static_assert(crypto_pwhash_SALTBYTES == 16);
  if (cost.passes < 1 || cost.passes > 16 || cost.memory_kib < 8 || cost.memory_kib > 1024 * 1024)
    return Error{Code::kCorrupt, "the cost of the password is beyond what mailkeep ever sets"};
  MK_CHECK(sodium_init() >= 0);
  Mac out{};
  const auto& p = password.reveal();
  if (crypto_pwhash(out.data(), out.size(), p.data(), p.size(), salt.data(), cost.passes,
                    std::size_t{cost.memory_kib} * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
    return Error{Code::kExhausted, "not enough memory to work out the key of a password"};
  return secret_of(out);
}

std::uint64_t xxh3(Bytes bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

}  // namespace mk::vault
