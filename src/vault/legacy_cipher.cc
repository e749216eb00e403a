#include "vault/legacy_cipher.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

namespace mk::vault {
namespace {

/// What fails here is told by our own means and leaves no trace in OpenSSL's queue of errors.
struct ErrorMark {
  ErrorMark() { ERR_set_mark(); }
  ErrorMark(const ErrorMark&) = delete;
  ErrorMark& operator=(const ErrorMark&) = delete;
  ~ErrorMark() { ERR_pop_to_mark(); }
};

/// The ciphers, out of a context of their own: whatever else in this process uses OpenSSL does not get them.
struct Library {
  OSSL_LIB_CTX* context = OSSL_LIB_CTX_new();
  EVP_CIPHER* triple_des = fetch("default", "DES-EDE3-CBC");
  EVP_CIPHER* blowfish = fetch("legacy", "BF-CBC");  // null where there is no such provider

  EVP_CIPHER* fetch(const char* provider, const char* name) const {
    const ErrorMark mark;
    const bool there = context != nullptr && OSSL_PROVIDER_load(context, provider) != nullptr;
    return there ? EVP_CIPHER_fetch(context, name, nullptr) : nullptr;
  }
};

const EVP_CIPHER* cipher_of(Cipher cipher) {
  static const Library& library = *new Library;  // for as long as the process lives
  return cipher == Cipher::kBlowfish ? library.blowfish : library.triple_des;
}

enum class Way : int { kDecrypt = 0, kEncrypt = 1 };

class Context {
 public:
  Context(Cipher cipher, Way way, const SecretString& key, Bytes iv) {
    const std::string& k = key.reveal();
    const EVP_CIPHER* found = cipher_of(cipher);
    MK_CHECK(ctx_ != nullptr && found != nullptr && iv.size() == kLegacyBlockBytes);
    MK_CHECK(EVP_CipherInit_ex2(ctx_, found, nullptr, nullptr, static_cast<int>(way), nullptr) == 1);
    MK_CHECK(EVP_CIPHER_CTX_set_key_length(ctx_, static_cast<int>(k.size())) == 1);
    MK_CHECK(EVP_CipherInit_ex2(ctx_, nullptr, bytes_of(as_bytes(k)), bytes_of(iv), static_cast<int>(way),
                                nullptr) == 1);
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() { EVP_CIPHER_CTX_free(ctx_); }

  std::optional<ByteString> run(Bytes in) {
    ByteString out(in.size() + kLegacyBlockBytes, '\0');
    auto* to = reinterpret_cast<unsigned char*>(out.data());
    int n = 0, last = 0;
    const ErrorMark mark;
    MK_CHECK(EVP_CipherUpdate(ctx_, to, &n, bytes_of(in), static_cast<int>(in.size())) == 1);
    if (EVP_CipherFinal_ex(ctx_, to + n, &last) != 1) return std::nullopt;
    out.resize(static_cast<std::size_t>(n) + static_cast<std::size_t>(last));
    return out;
  }

 private:
  static const unsigned char* bytes_of(Bytes b) { return reinterpret_cast<const unsigned char*>(b.data()); }
  EVP_CIPHER_CTX* ctx_ = EVP_CIPHER_CTX_new();
};

}  // namespace

Status find_legacy_cipher(Cipher cipher) {
  if (cipher_of(cipher) != nullptr) return ok;
  return Error{
      Code::kUnsupported,
      cipher == Cipher::kBlowfish
          ? "Blowfish: OpenSSL's provider `legacy` cannot be loaded, which has it; install what holds "
            "ossl-modules/legacy.so (Debian: libssl3), or name its directory with OPENSSL_MODULES"
          : "Triple DES: this OpenSSL was built without it; use one that has DES-EDE3-CBC"};
}

ByteString encrypt_cbc(Cipher cipher, const SecretString& key, Bytes iv, Bytes plain) {
  auto out = Context(cipher, Way::kEncrypt, key, iv).run(plain);
  MK_CHECK(out);
  return *std::move(out);
}

std::optional<ByteString> decrypt_cbc(Cipher cipher, const SecretString& key, Bytes iv, Bytes encrypted) {
  return Context(cipher, Way::kDecrypt, key, iv).run(encrypted);
}

}  // namespace mk::vault
