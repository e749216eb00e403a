#pragma once
#include <string>
#include <string_view>

namespace mk {

/// A password or token: wiped when it goes away, and in no way printable by accident. Only what talks to the
/// server reveals it, and no message or log line may hold what reveal() gives.
class SecretString {
 public:
  SecretString() = default;
  explicit SecretString(std::string text) : text_(std::move(text)) {}
  SecretString(const SecretString&) = default;
  SecretString& operator=(const SecretString& other);
  SecretString(SecretString&& other);
  SecretString& operator=(SecretString&& other);
  ~SecretString() { wipe(); }

  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  void wipe();
  std::string text_;
};

/// Overwrites text in a way that the compiler may not leave out.
void wipe(std::string& text);

}  // namespace mk
