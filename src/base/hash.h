#pragma once
#include <array>
#include <memory>

#include "base/bytes.h"

namespace mk {

using Sha256Digest = std::array<std::byte, 32>;

/// SHA-256 of bytes that arrive in pieces.  FIPS 180-4
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(Bytes bytes);
  Sha256Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Sha256Digest sha256(Bytes bytes);

/// MD5, for what a format defines by it.  RFC 1321
std::array<std::byte, 16> md5(Bytes bytes);

}  // namespace mk
