#include "base/secret.h"

#include <openssl/crypto.h>

namespace mk {

void wipe(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

void SecretString::wipe() { mk::wipe(text_); }

SecretString& SecretString::operator=(const SecretString& other) {
  if (this == &other) return *this;
  wipe();
  text_ = other.text_;
  return *this;
}

// A moved-from std::string may keep a short text in place: copy, then wipe the other one.
SecretString::SecretString(SecretString&& other) : text_(other.text_) { other.wipe(); }

SecretString& SecretString::operator=(SecretString&& other) {
  if (this == &other) return *this;
  wipe();
  text_ = other.text_;
  other.wipe();
  return *this;
}

}  // namespace mk
