#include "mapi/json_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace mk::mapi {
namespace {

/// UTF-8 characters that begin in `utf8`.
std::uint64_t count_characters(std::string_view utf8) {
  return static_cast<std::uint64_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string_view first_characters(std::string_view utf8, std::size_t n) {
  std::size_t at = 0;
  while (at < utf8.size() && count_characters(utf8.substr(0, at + 1)) <= n) ++at;
  return utf8.substr(0, at);
}

}  // namespace

void TextSummary::feed(Bytes text) {
  if (coding_ == Coding::kUtf16) {
    pending_ += as_chars(text);
  } else {
    for (const std::byte b : text) append_le(pending_, std::to_integer<std::uint16_t>(b));
  }
  std::size_t n = pending_.size() & ~std::size_t{1};
  const auto last = n >= 2 ? load_le<std::uint16_t>(pending_.data() + n - 2) : 0;
  if (last >= 0xD800 && last < 0xDC00) n -= 2;  // the other half of the pair may come with the next piece
  const Bytes ready = as_bytes(pending_).first(n);
  well_formed_ = well_formed_ && is_well_formed_utf16(ready);
  const std::string utf8 = utf8_from_utf16(ready);
  n_characters_ += count_characters(utf8);
  hash_.update(as_bytes(utf8));
  short_ += utf8.substr(0, kShortBytes - std::min(kShortBytes, short_.size()));
  pending_.erase(0, n);
}

std::string TextSummary::json() {
  if (n_characters_ <= kShortCharacters) return json_quote(short_);
  return fmt::format(R"({{"chars":{},"sha256_utf8":"{}","head":{}}})", n_characters_, to_hex(hash_.finish()),
                     json_quote(first_characters(short_, kHeadCharacters)));
}

}  // namespace mk::mapi
