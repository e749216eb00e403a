#include "agent/state/sealed_box.h"

#include <algorithm>

#include "vault/crypto.h"

namespace mk::agent {
namespace {

ByteString bound_to(std::string_view kind, std::string_view name) {
  ByteString aad(kind);
  aad += '\0';
  return aad.append(name);
}

}  // namespace

ByteString seal_box(const SecretString& key, std::string_view kind, std::string_view name,
                    const SecretString& plain) {
  const vault::Nonce nonce = vault::random_nonce();
  return ByteString(as_chars(std::as_bytes(std::span(nonce)))) +
         vault::seal(key, nonce, as_bytes(bound_to(kind, name)), as_bytes(plain.reveal()));
}

std::optional<SecretString> open_box(const SecretString& key, std::string_view kind, std::string_view name,
                                     const ByteString& sealed) {
  vault::Nonce nonce;
  if (sealed.size() < nonce.size() + vault::kTagBytes) return std::nullopt;
  std::copy_n(sealed.begin(), nonce.size(), nonce.begin());
  auto plain =
      vault::unseal(key, nonce, as_bytes(bound_to(kind, name)), as_bytes(sealed).subspan(nonce.size()));
  if (!plain) return std::nullopt;
  SecretString opened(*plain);
  wipe(*plain);
  return opened;
}

}  // namespace mk::agent
