#pragma once
#include <array>
#include <cstdint>

#include "pst/disk/form.h"

// HEADER and what it holds.
namespace mk::pst::disk {

inline constexpr std::uint32_t kMagic = 0x4E444221;       // "!BDN"
inline constexpr std::uint16_t kMagicClientPst = 0x4D53;  // "SM"
inline constexpr std::uint16_t kMagicClientOst = 0x4F53;  // "SO"
inline constexpr std::uint16_t kVersionAnsiFirst = 14, kVersionAnsi = 15, kVersionUnicode = 23,
                               kVersion4K = 36;
inline constexpr std::uint16_t kVersionClient = 19;
inline constexpr std::uint8_t kSentinel = 0x80;
enum class CryptMethod : std::uint8_t { kNone = 0, kPermute = 1, kCyclic = 2 };

/// BREF: where a block or page lies.  [MS-PST] 2.2.2.4
struct Bref {
  static constexpr char kName[] = "BREF";
  std::uint64_t bid{}, ib{};
  static constexpr void fields(auto& io, auto& t) { word(io, "bid", t.bid), word(io, "ib", t.ib); }
};
static_assert(wire_size<Bref>() == 16 && size_in<Bref, Form::kAnsi>() == 8);

/// ROOT: the B-trees and the state of the allocation maps.  [MS-PST] 2.2.2.5
struct Root {
  static constexpr char kName[] = "ROOT";
  std::uint32_t dwReserved{};
  std::uint64_t ibFileEof{}, ibAMapLast{}, cbAMapFree{}, cbPMapFree{};
  Bref BREFNBT, BREFBBT;
  std::uint8_t fAMapValid{}, bReserved{};
  std::uint16_t wReserved{};
  static constexpr void fields(auto& io, auto& t) {
    io("dwReserved", t.dwReserved), word(io, "ibFileEof", t.ibFileEof), word(io, "ibAMapLast", t.ibAMapLast);
    word(io, "cbAMapFree", t.cbAMapFree), word(io, "cbPMapFree", t.cbPMapFree);
    io("BREFNBT", t.BREFNBT), io("BREFBBT", t.BREFBBT);
    io("fAMapValid", t.fAMapValid), io("bReserved", t.bReserved), io("wReserved", t.wReserved);
  }
};
static_assert(wire_size<Root>() == 72 && size_in<Root, Form::kAnsi>() == 40);

/// What is the same in every form, at the front of the file.
struct HeaderStart {
  static constexpr char kName[] = "HEADER";
  std::uint32_t dwMagic{}, dwCRCPartial{};
  std::uint16_t wMagicClient{}, wVer{};
  static constexpr void fields(auto& io, auto& t) {
    io("dwMagic", t.dwMagic), io("dwCRCPartial", t.dwCRCPartial);
    io("wMagicClient", t.wMagicClient), io("wVer", t.wVer);
  }
};

/// HEADER: the first bytes of the file.  [MS-PST] 2.2.2.6
struct Header {
  static constexpr char kName[] = "HEADER";
  std::uint32_t dwMagic{};
  std::uint32_t dwCRCPartial{};  // of kPartialCrcBytes from kCrcFrom
  std::uint16_t wMagicClient{}, wVer{}, wVerClient{};
  std::uint8_t bPlatformCreate{}, bPlatformAccess{};
  std::uint32_t dwReserved1{}, dwReserved2{};
  std::uint64_t bidUnused{}, bidNextP{};
  std::uint32_t dwUnique{};
  std::array<std::uint32_t, 32> rgnid{};
  std::uint64_t qwUnused{};
  Root root;
  std::uint32_t dwAlign{};
  std::array<std::uint8_t, 128> rgbFM{}, rgbFP{};
  std::uint8_t bSentinel{};
  CryptMethod bCryptMethod{};
  std::array<std::uint8_t, 2> rgbReserved{};
  std::uint64_t bidNextB{};
  std::uint32_t dwCRCFull{};                    // of kFullCrcBytes from kCrcFrom; not in ANSI files
  std::array<std::uint8_t, 36> rgbReserved2{};  // rgbReserved2, bReserved, rgbReserved3
  std::array<std::uint8_t, 12> ansiReserved{};  // ullReserved, dwReserved

  static constexpr std::size_t kCrcFrom = 8, kPartialCrcBytes = 471, kFullCrcBytes = 516;
  static constexpr void fields(auto& io, auto& t) {
    io("dwMagic", t.dwMagic), io("dwCRCPartial", t.dwCRCPartial);
    io("wMagicClient", t.wMagicClient), io("wVer", t.wVer), io("wVerClient", t.wVerClient);
    io("bPlatformCreate", t.bPlatformCreate), io("bPlatformAccess", t.bPlatformAccess);
    io("dwReserved1", t.dwReserved1), io("dwReserved2", t.dwReserved2);
    constexpr bool is_ansi = MK_PST_FORM(io) == Form::kAnsi;
    if constexpr (is_ansi) word(io, "bidNextB", t.bidNextB);
    wide_only(io, "bidUnused", t.bidUnused), word(io, "bidNextP", t.bidNextP), io("dwUnique", t.dwUnique);
    io("rgnid", t.rgnid), wide_only(io, "qwUnused", t.qwUnused), io("root", t.root);
    wide_only(io, "dwAlign", t.dwAlign), io("rgbFM", t.rgbFM), io("rgbFP", t.rgbFP);
    io("bSentinel", t.bSentinel), io("bCryptMethod", t.bCryptMethod), io("rgbReserved", t.rgbReserved);
    if constexpr (is_ansi) io("ansiReserved", t.ansiReserved);
    wide_only(io, "bidNextB", t.bidNextB), wide_only(io, "dwCRCFull", t.dwCRCFull);
    io("rgbReserved2", t.rgbReserved2);
  }
};
static_assert(wire_size<Header>() == 564 && size_in<Header, Form::kAnsi>() == 512);

}  // namespace mk::pst::disk
