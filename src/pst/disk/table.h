#pragma once
#include <array>
#include <cstdint>

#include "pst/disk/form.h"

// Table contexts and the entries of the named property map.
namespace mk::pst::disk {

inline constexpr std::uint8_t kTableSignature = 0x7C;
enum TciRegion : std::size_t { kTci4b = 0, kTci2b = 1, kTci1b = 2, kTciBm = 3 };  // places in TCINFO.rgib
inline constexpr std::uint32_t kLtpRowIdTag = 0x67F20003, kLtpRowVerTag = 0x67F30003;

/// TCINFO up to its cCols columns.  [MS-PST] 2.3.4.1
struct TcInfo {
  static constexpr char kName[] = "TCINFO";
  std::uint8_t bType{}, cCols{};
  std::array<std::uint16_t, 4> rgib{};  // ends of the 4/8-, 2-, 1-byte cells and of the cell existence bits
  std::uint32_t hidRowIndex{}, hnidRows{}, hidIndex{};
  static constexpr void fields(auto& io, auto& t) {
    io("bType", t.bType), io("cCols", t.cCols), io("rgib", t.rgib);
    io("hidRowIndex", t.hidRowIndex), io("hnidRows", t.hnidRows), io("hidIndex", t.hidIndex);
  }
};
static_assert(wire_size<TcInfo>() == 22);

/// TCOLDESC: a column.  [MS-PST] 2.3.4.2
struct TColDesc {
  static constexpr char kName[] = "TCOLDESC";
  std::uint32_t tag{};
  std::uint16_t ibData{};
  std::uint8_t cbData{}, iBit{};
  static constexpr void fields(auto& io, auto& t) {
    io("tag", t.tag), io("ibData", t.ibData), io("cbData", t.cbData), io("iBit", t.iBit);
  }
};
static_assert(wire_size<TColDesc>() == 8);

/// TCROWID: key and value of the row index.  [MS-PST] 2.3.4.3.1
struct TcRowId {
  static constexpr char kName[] = "TCROWID";
  std::uint32_t dwRowID{}, dwRowIndex{};
  static constexpr void fields(auto& io, auto& t) {
    using Index = std::conditional_t<MK_PST_FORM(io) == Form::kAnsi, std::uint16_t, std::uint32_t>;
    io("dwRowID", t.dwRowID), narrow<Index>(io, "dwRowIndex", t.dwRowIndex);
  }
};
static_assert(wire_size<TcRowId>() == 8 && size_in<TcRowId, Form::kAnsi>() == 6);

/// NAMEID: a named property.  [MS-PST] 2.4.7.1
struct NameId {
  static constexpr char kName[] = "NAMEID";
  std::uint32_t dwPropertyID{};  // LID, or where the name lies in the string stream (in buckets: its CRC)
  std::uint16_t wGuid{};         // bit 0: it is a string; above: 1 PS_MAPI, 2 PS_PUBLIC_STRINGS, n GUID n - 3
  std::uint16_t wPropIdx{};      // its id is 0x8000 more
  static constexpr void fields(auto& io, auto& t) {
    io("dwPropertyID", t.dwPropertyID), io("wGuid", t.wGuid), io("wPropIdx", t.wPropIdx);
  }
};
static_assert(wire_size<NameId>() == 8);
/// Properties of the name-to-id map.  [MS-PST] 2.4.7
inline constexpr std::uint16_t kNameidBucketCount = 0x0001, kNameidStreamGuid = 0x0002,
                               kNameidStreamEntry = 0x0003, kNameidStreamString = 0x0004,
                               kNameidBucketBase = 0x1000;
inline constexpr std::uint32_t kNameidBuckets = 251;

}  // namespace mk::pst::disk
