#pragma once
#include <array>
#include <cstdint>

#include "base/wire.h"
#include "pst/ids.h"

// The heap on a node and the B-tree on a heap.
namespace mk::pst::disk {

inline constexpr std::size_t kHeapMaxAllocation = 3580, kHeapMaxAllocations = 2047;

/// HID: an allocation of a heap; index counts from 1. In 4K files the index has more bits
/// (Layout::hid_index_bits) and the block fewer.  [MS-PST] 2.3.1.1
struct Hid {
  std::uint32_t value = 0;
  constexpr Hid() = default;
  constexpr explicit Hid(std::uint32_t v) : value(v) {}
  constexpr Hid(std::uint16_t block, std::uint16_t index)
      : value(std::uint32_t{block} << 16 | std::uint32_t{index} << 5) {}
  constexpr std::uint32_t type() const { return value & 0x1F; }  // 0, else the value is an NID
  constexpr std::uint32_t index(unsigned bits = 11) const { return value >> 5 & ((1u << bits) - 1); }
  constexpr std::uint32_t block(unsigned bits = 11) const { return value >> (5 + bits); }
  constexpr bool operator==(const Hid&) const = default;
};

/// bClientSig: what the heap is for.  [MS-PST] 2.3.1.2
enum class HeapClient : std::uint8_t {
  kTable = 0x7C,
  kPropertyContext = 0xBC,
  kBTree = 0xB5,
  kIdMap = 0x9C,
  kSearchResult = 0xAC,  // of Outlook 2003
  kMessageIndex = 0xCC
};
inline constexpr std::uint8_t kHeapSignature = 0xEC;

/// HNHDR: start of the first block.  [MS-PST] 2.3.1.2
struct HnHdr {
  static constexpr char kName[] = "HNHDR";
  std::uint16_t ibHnpm{};
  std::uint8_t bSig{};
  HeapClient bClientSig{};
  std::uint32_t hidUserRoot{};
  std::array<std::uint8_t, 4> rgbFillLevel{};  // of blocks 0-7, four bits each
  static constexpr void fields(auto& io, auto& t) {
    io("ibHnpm", t.ibHnpm), io("bSig", t.bSig), io("bClientSig", t.bClientSig);
    io("hidUserRoot", t.hidUserRoot), io("rgbFillLevel", t.rgbFillLevel);
  }
};
static_assert(wire_size<HnHdr>() == 12);

/// HNPAGEHDR: start of the other blocks.  [MS-PST] 2.3.1.3
struct HnPageHdr {
  static constexpr char kName[] = "HNPAGEHDR";
  std::uint16_t ibHnpm{};
  static constexpr void fields(auto& io, auto& t) { io("ibHnpm", t.ibHnpm); }
};
static_assert(wire_size<HnPageHdr>() == 2);

/// HNBITMAPHDR: start of blocks 8, 136, 264 ... (8 + 128 n).  [MS-PST] 2.3.1.4
struct HnBitmapHdr {
  static constexpr char kName[] = "HNBITMAPHDR";
  std::uint16_t ibHnpm{};
  std::array<std::uint8_t, 64> rgbFillLevel{};
  static constexpr void fields(auto& io, auto& t) {
    io("ibHnpm", t.ibHnpm), io("rgbFillLevel", t.rgbFillLevel);
  }
};
static_assert(wire_size<HnBitmapHdr>() == 66);

/// HNPAGEMAP up to rgibAlloc, which has cAlloc + 1 offsets.  [MS-PST] 2.3.1.5
struct HnPageMap {
  static constexpr char kName[] = "HNPAGEMAP";
  std::uint16_t cAlloc{}, cFree{};
  static constexpr void fields(auto& io, auto& t) { io("cAlloc", t.cAlloc), io("cFree", t.cFree); }
};
static_assert(wire_size<HnPageMap>() == 4);

inline constexpr std::uint8_t kBTreeSignature = 0xB5;

/// BTHHEADER.  [MS-PST] 2.3.2.1
struct BthHeader {
  static constexpr char kName[] = "BTHHEADER";
  std::uint8_t bType{}, cbKey{}, cbEnt{}, bIdxLevels{};
  std::uint32_t hidRoot{};
  static constexpr void fields(auto& io, auto& t) {
    io("bType", t.bType), io("cbKey", t.cbKey), io("cbEnt", t.cbEnt), io("bIdxLevels", t.bIdxLevels);
    io("hidRoot", t.hidRoot);
  }
};
static_assert(wire_size<BthHeader>() == 8);

/// PC BTH record: a property of a property context.  [MS-PST] 2.3.3.3
struct PcRecord {
  static constexpr char kName[] = "PC BTH record";
  std::uint16_t wPropId{}, wPropType{};
  std::uint32_t dwValueHnid{};  // the value itself up to four bytes, else HID or NID
  static constexpr void fields(auto& io, auto& t) {
    io("wPropId", t.wPropId), io("wPropType", t.wPropType), io("dwValueHnid", t.dwValueHnid);
  }
};
static_assert(wire_size<PcRecord>() == 8);

/// What the HID of a PtypObject value points to.  [MS-PST] 2.3.3.5
struct ObjectValue {
  static constexpr char kName[] = "PtypObject";
  std::uint32_t Nid{}, ulSize{};
  static constexpr void fields(auto& io, auto& t) { io("Nid", t.Nid), io("ulSize", t.ulSize); }
};
static_assert(wire_size<ObjectValue>() == 8);

}  // namespace mk::pst::disk
