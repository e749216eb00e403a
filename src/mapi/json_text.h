#pragma once
#include "base/hash.h"
#include "base/io.h"

namespace mk::mapi {

/// Takes text that arrives in pieces and keeps what the canonical JSON shows of it: the number of characters,
/// the SHA-256 of its UTF-8, and all of it as long as it is short.
class TextSummary {
 public:
  enum class Coding { kUtf16, kLatin1 };
  static constexpr std::size_t kShortCharacters = 512;
  static constexpr std::size_t kHeadCharacters = 40;

  explicit TextSummary(Coding coding) : coding_(coding) {}
  void feed(Bytes text);
  /// False when it was not well-formed UTF-16 (a lone surrogate, an odd byte). Call it after the last feed().
  bool well_formed() const { return well_formed_ && pending_.empty(); }
  /// As the canonical JSON shows it.
  std::string json();

 private:
  static constexpr std::size_t kShortBytes = 4 * kShortCharacters;

  Coding coding_;
  ByteString pending_;  // UTF-16 that a piece cut off
  bool well_formed_ = true;
  std::uint64_t n_characters_ = 0;
  std::string short_;  // the beginning: all of a short text
  Sha256 hash_;
};

}  // namespace mk::mapi
