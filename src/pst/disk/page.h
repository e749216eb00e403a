#pragma once
#include <array>
#include <cstdint>

#include "base/wire.h"
#include "pst/disk/header.h"

// Pages of a Unicode file: B-tree pages, allocation maps, the density list.
namespace mk::pst::disk {

inline constexpr std::size_t kPageBytes = 512;
inline constexpr std::size_t kPageTrailerAt = 496;  // dwCRC is over the bytes before it
inline constexpr std::size_t kBtEntriesBytes = 488;

/// Where map pages lie.  [MS-PST] 2.2.2.7.2 - 2.2.2.7.4, docs/formats/pst.md
inline constexpr std::uint64_t kDListAt = 0x4200, kFirstAMapAt = 0x4400, kAMapInterval = 0x3E000;
inline constexpr std::uint64_t kAMapsPerPMap = 8, kFirstFMap = 128, kAMapsPerFMap = 496;
inline constexpr std::uint64_t kFirstFPMap = 8192, kAMapsPerFPMap = 31744;
inline constexpr std::size_t kAllocationUnit = 64;  // bytes that one AMap bit stands for

enum class PageType : std::uint8_t {
  kBBT = 0x80,
  kNBT = 0x81,
  kFMap = 0x82,
  kPMap = 0x83,
  kAMap = 0x84,
  kFPMap = 0x85,
  kDList = 0x86
};

/// PAGETRAILER: the last bytes of every page.  [MS-PST] 2.2.2.7.1
struct PageTrailer {
  static constexpr char kName[] = "PAGETRAILER";
  PageType ptype{}, ptypeRepeat{};
  std::uint16_t wSig{};   // [MS-PST] 5.5; 0 on AMap, PMap, FMap and FPMap pages
  std::uint32_t dwCRC{};  // [MS-PST] 5.3
  std::uint64_t bid{};    // of map pages: their offset
  static constexpr void fields(auto& io, auto& t) {
    io("ptype", t.ptype), io("ptypeRepeat", t.ptypeRepeat), io("wSig", t.wSig), io("dwCRC", t.dwCRC),
        io("bid", t.bid);
  }
};
static_assert(wire_size<PageTrailer>() == kPageBytes - kPageTrailerAt);

/// BTPAGE: what follows the entries of a B-tree page.  [MS-PST] 2.2.2.7.7.1
struct BtPageTail {
  static constexpr char kName[] = "BTPAGE";
  std::uint8_t cEnt{}, cEntMax{}, cbEnt{}, cLevel{};
  std::uint32_t dwPadding{};
  PageTrailer pageTrailer;
  static constexpr void fields(auto& io, auto& t) {
    io("cEnt", t.cEnt), io("cEntMax", t.cEntMax), io("cbEnt", t.cbEnt), io("cLevel", t.cLevel);
    io("dwPadding", t.dwPadding), io("pageTrailer", t.pageTrailer);
  }
};
static_assert(wire_size<BtPageTail>() == kPageBytes - kBtEntriesBytes);

/// BTENTRY: an entry of an intermediate page.  [MS-PST] 2.2.2.7.7.2
struct BtEntry {
  static constexpr char kName[] = "BTENTRY";
  std::uint64_t btkey{};
  Bref BREF;
  static constexpr void fields(auto& io, auto& t) { io("btkey", t.btkey), io("BREF", t.BREF); }
};
static_assert(wire_size<BtEntry>() == 24);

/// BBTENTRY: a block.  [MS-PST] 2.2.2.7.7.3
struct BbtEntry {
  static constexpr char kName[] = "BBTENTRY";
  Bref BREF;
  std::uint16_t cb{}, cRef{};
  std::uint32_t dwPadding{};
  static constexpr void fields(auto& io, auto& t) {
    io("BREF", t.BREF), io("cb", t.cb), io("cRef", t.cRef), io("dwPadding", t.dwPadding);
  }
};
static_assert(wire_size<BbtEntry>() == 24);

/// NBTENTRY: a node.  [MS-PST] 2.2.2.7.7.4
struct NbtEntry {
  static constexpr char kName[] = "NBTENTRY";
  std::uint32_t nid{}, nidPadding{};  // a field of 8 bytes whose upper half old files leave dirty
  std::uint64_t bidData{}, bidSub{};
  std::uint32_t nidParent{}, dwPadding{};
  static constexpr void fields(auto& io, auto& t) {
    io("nid", t.nid), io("nid", t.nidPadding), io("bidData", t.bidData), io("bidSub", t.bidSub);
    io("nidParent", t.nidParent), io("dwPadding", t.dwPadding);
  }
};
static_assert(wire_size<NbtEntry>() == 32);
inline constexpr std::uint8_t kBtEntriesMax = 20, kNbtLeafEntriesMax = 15;  // cEntMax

/// DLISTPAGE: which AMaps have the most room.  [MS-PST] 2.2.2.7.4.1
struct DListPage {
  static constexpr char kName[] = "DLISTPAGE";
  std::uint8_t bFlags{}, cEntDList{};
  std::uint16_t wPadding{};
  std::uint32_t ulCurrentPage{};
  std::array<std::uint32_t, 119> rgDListPageEnt{};  // page number in the lower 20 bits, free slots above
  std::array<std::uint8_t, 12> rgPadding{};
  PageTrailer pageTrailer;
  static constexpr void fields(auto& io, auto& t) {
    io("bFlags", t.bFlags), io("cEntDList", t.cEntDList), io("wPadding", t.wPadding);
    io("ulCurrentPage", t.ulCurrentPage), io("rgDListPageEnt", t.rgDListPageEnt);
    io("rgPadding", t.rgPadding), io("pageTrailer", t.pageTrailer);
  }
};
static_assert(wire_size<DListPage>() == kPageBytes);

}  // namespace mk::pst::disk
