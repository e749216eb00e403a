#include "base/guid.h"

#include <fmt/format.h>

namespace mk {

std::string format_guid(const Guid& g) {
  const auto& d = g.data4;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:02x}{:02x}-{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}", g.data1,
                     g.data2, g.data3, d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7]);
}

Result<Guid> parse_guid(std::string_view text) {
  const Error bad{Code::kInvalid, fmt::format("\"{}\" is not a GUID", text)};
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
  if (text.size() != 36) return bad;
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return bad;
    if (!dash) digits += text[i];
  }
  auto raw = from_hex(digits);
  if (!raw) return bad;
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>((*raw)[i]); };
  Guid g;
  g.data1 =
      static_cast<std::uint32_t>(at(0)) << 24 | static_cast<std::uint32_t>(at(1) << 16 | at(2) << 8 | at(3));
  g.data2 = static_cast<std::uint16_t>(at(4) << 8 | at(5));
  g.data3 = static_cast<std::uint16_t>(at(6) << 8 | at(7));
  for (std::size_t i = 0; i < 8; ++i) g.data4[i] = at(8 + i);
  return g;
}

}  // namespace mk
