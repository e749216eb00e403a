#include "base/hash.h"

#include <openssl/evp.h>

namespace mk {
namespace {

/// Looked up once: OpenSSL would do it anew for every digest, which takes longer than a short one.
const EVP_MD* fetched(const char* name) {
  const EVP_MD* md = EVP_MD_fetch(nullptr, name, nullptr);
  MK_CHECK(md != nullptr);
  return md;
}

const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const kFetched = fetched("SHA256");
  return kFetched;
}

const EVP_MD* md5_algorithm() {
  static const EVP_MD* const kFetched = fetched("MD5");
  return kFetched;
}

}  // namespace

struct Sha256::State {
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  State() { MK_CHECK(ctx != nullptr && EVP_DigestInit_ex(ctx, sha256_algorithm(), nullptr) == 1); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(ctx); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(Bytes bytes) { MK_CHECK(EVP_DigestUpdate(state_->ctx, bytes.data(), bytes.size()) == 1); }

Sha256Digest Sha256::finish() {
  Sha256Digest out;
  MK_CHECK(EVP_DigestFinal_ex(state_->ctx, reinterpret_cast<unsigned char*>(out.data()), nullptr) == 1);
  return out;
}

Sha256Digest sha256(Bytes bytes) {
  Sha256 h;
  h.update(bytes);
  return h.finish();
}

std::array<std::byte, 16> md5(Bytes bytes) {
  std::array<std::byte, 16> out;
  MK_CHECK(EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr,
                      md5_algorithm(), nullptr) == 1);
  return out;
}

}  // namespace mk
