#pragma once
#include <array>
#include <cstdint>

#include "pst/disk/header.h"

// Pages: B-tree pages, allocation maps, the density list. Numbers here are those of Unicode files; layout.h
// has the others.
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
  std::uint16_t wSig{};       // [MS-PST] 5.5; 0 on AMap, PMap, FMap and FPMap pages
  std::uint32_t dwCRC{};      // [MS-PST] 5.3
  std::uint64_t bid{};        // of map pages: their offset
  std::uint64_t unknown4K{};  // 1 in all 4K files seen; only they have it
  static constexpr void fields(auto& io, auto& t) {
    constexpr Form form = MK_PST_FORM(io);
    io("ptype", t.ptype), io("ptypeRepeat", t.ptypeRepeat), io("wSig", t.wSig);
    if constexpr (form == Form::kAnsi) word(io, "bid", t.bid);
    io("dwCRC", t.dwCRC), wide_only(io, "bid", t.bid);
    if constexpr (form == Form::kUnicode4K) io("unknown4K", t.unknown4K);
  }
};
static_assert(wire_size<PageTrailer>() == kPageBytes - kPageTrailerAt);
static_assert(size_in<PageTrailer, Form::kAnsi>() == 12 && size_in<PageTrailer, Form::kUnicode4K>() == 24);

/// BTPAGE: what follows the entries of a B-tree page.  [MS-PST] 2.2.2.7.7.1
struct BtPageTail {
  static constexpr char kName[] = "BTPAGE";
  std::uint16_t cEnt{}, cEntMax{};  // one byte each but in 4K files
  std::uint8_t cbEnt{}, cLevel{};
  std::uint32_t dwPadding{};                // not in ANSI files
  std::array<std::uint8_t, 6> padding4K{};  // only in 4K files
  PageTrailer pageTrailer;
  static constexpr void fields(auto& io, auto& t) {
    constexpr bool is_4k = MK_PST_FORM(io) == Form::kUnicode4K;
    using Count = std::conditional_t<is_4k, std::uint16_t, std::uint8_t>;
    narrow<Count>(io, "cEnt", t.cEnt), narrow<Count>(io, "cEntMax", t.cEntMax);
    io("cbEnt", t.cbEnt), io("cLevel", t.cLevel), wide_only(io, "dwPadding", t.dwPadding);
    if constexpr (is_4k) io("padding4K", t.padding4K);
    io("pageTrailer", t.pageTrailer);
  }
};
static_assert(wire_size<BtPageTail>() == kPageBytes - kBtEntriesBytes);
static_assert(size_in<BtPageTail, Form::kAnsi>() == 16 && size_in<BtPageTail, Form::kUnicode4K>() == 40);

/// BTENTRY: an entry of an intermediate page.  [MS-PST] 2.2.2.7.7.2
struct BtEntry {
  static constexpr char kName[] = "BTENTRY";
  std::uint64_t btkey{};
  Bref BREF;
  static constexpr void fields(auto& io, auto& t) { word(io, "btkey", t.btkey), io("BREF", t.BREF); }
};
static_assert(wire_size<BtEntry>() == 24 && size_in<BtEntry, Form::kAnsi>() == 12);

/// BBTENTRY: a block.  [MS-PST] 2.2.2.7.7.3
struct BbtEntry {
  static constexpr char kName[] = "BBTENTRY";
  Bref BREF;
  std::uint16_t cb{}, cRef{};
  std::uint32_t dwPadding{};   // not in ANSI files
  std::uint16_t cbInflated{};  // only in 4K files; above cb when the block is compressed
  static constexpr void fields(auto& io, auto& t) {
    io("BREF", t.BREF), io("cb", t.cb);
    if constexpr (MK_PST_FORM(io) == Form::kUnicode4K) {
      io("cbInflated", t.cbInflated), io("cRef", t.cRef), narrow<std::uint16_t>(io, "dwPadding", t.dwPadding);
    } else {
      io("cRef", t.cRef), wide_only(io, "dwPadding", t.dwPadding);
    }
  }
};
static_assert(wire_size<BbtEntry>() == 24 && size_in<BbtEntry, Form::kAnsi>() == 12);
static_assert(size_in<BbtEntry, Form::kUnicode4K>() == 24);

/// NBTENTRY: a node.  [MS-PST] 2.2.2.7.7.4
struct NbtEntry {
  static constexpr char kName[] = "NBTENTRY";
  std::uint32_t nid{}, nidPadding{};  // a field of 8 bytes whose upper half old files leave dirty
  std::uint64_t bidData{}, bidSub{};
  std::uint32_t nidParent{}, dwPadding{};
  static constexpr void fields(auto& io, auto& t) {
    io("nid", t.nid), wide_only(io, "nid", t.nidPadding), word(io, "bidData", t.bidData);
    word(io, "bidSub", t.bidSub), io("nidParent", t.nidParent), wide_only(io, "dwPadding", t.dwPadding);
  }
};
static_assert(wire_size<NbtEntry>() == 32 && size_in<NbtEntry, Form::kAnsi>() == 16);
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
