#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace mk {

/// GUID, in wire order.  [MS-DTYP] 2.3.4.2
struct Guid {
  static constexpr char kName[] = "GUID";
  std::uint32_t data1 = 0;
  std::uint16_t data2 = 0, data3 = 0;
  std::array<std::uint8_t, 8> data4{};
  static constexpr void fields(auto& io, auto& t) {
    io("Data1", t.data1), io("Data2", t.data2), io("Data3", t.data3), io("Data4", t.data4);
  }
  auto operator<=>(const Guid&) const = default;
};

/// `00020329-0000-0000-c000-000000000046`; the reverse takes either case, with or without braces.
std::string format_guid(const Guid& guid);
Result<Guid> parse_guid(std::string_view text);

}  // namespace mk
