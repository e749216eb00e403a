#pragma once
#include <cstdint>

#include "pst/disk/form.h"

// Blocks: data blocks, data trees, subnode trees. Numbers here are those of Unicode files; layout.h has the
// others.
namespace mk::pst::disk {

inline constexpr std::size_t kBlockAlign = 64, kBlockMaxBytes = 8192, kBlockTrailerBytes = 16;
inline constexpr std::size_t kBlockMaxData = kBlockMaxBytes - kBlockTrailerBytes;  // 8176
/// Bytes that a block with `cb` bytes of data takes in the file, padding and trailer included.
constexpr std::size_t block_bytes(std::size_t cb) {
  return (cb + kBlockTrailerBytes + kBlockAlign - 1) / kBlockAlign * kBlockAlign;
}

/// BLOCKTRAILER: the last bytes of every block.  [MS-PST] 2.2.2.8.1
struct BlockTrailer {
  static constexpr char kName[] = "BLOCKTRAILER";
  std::uint16_t cb{}, wSig{};
  std::uint32_t dwCRC{};  // of cb bytes as they are stored: after encoding, without padding
  std::uint64_t bid{};
  std::uint16_t unknown4K{}, cbInflated{};  // these and the next: only in 4K files; unknown4K is 2
  std::uint32_t padding4K{};
  static constexpr void fields(auto& io, auto& t) {
    constexpr Form form = MK_PST_FORM(io);
    io("cb", t.cb), io("wSig", t.wSig);
    if constexpr (form == Form::kAnsi) word(io, "bid", t.bid);
    io("dwCRC", t.dwCRC), wide_only(io, "bid", t.bid);
    if constexpr (form == Form::kUnicode4K)
      io("unknown4K", t.unknown4K), io("cbInflated", t.cbInflated), io("padding4K", t.padding4K);
  }
};
static_assert(wire_size<BlockTrailer>() == kBlockTrailerBytes);
static_assert(size_in<BlockTrailer, Form::kAnsi>() == 12 && size_in<BlockTrailer, Form::kUnicode4K>() == 24);

inline constexpr std::uint8_t kBlockTypeData = 1, kBlockTypeSubnodes = 2;  // btype

/// XBLOCK and XXBLOCK up to their list of cEnt block ids.  [MS-PST] 2.2.2.8.3.2
struct XBlock {
  static constexpr char kName[] = "XBLOCK";
  std::uint8_t btype{}, cLevel{};  // cLevel 1: XBLOCK, 2: XXBLOCK
  std::uint16_t cEnt{};
  std::uint32_t lcbTotal{};
  static constexpr void fields(auto& io, auto& t) {
    io("btype", t.btype), io("cLevel", t.cLevel), io("cEnt", t.cEnt), io("lcbTotal", t.lcbTotal);
  }
};
static_assert(wire_size<XBlock>() == 8);
inline constexpr std::size_t kXBlockEntriesMax = (kBlockMaxData - wire_size<XBlock>()) / 8;
static_assert(kXBlockEntriesMax == 1021);

/// SLBLOCK and SIBLOCK up to their entries.  [MS-PST] 2.2.2.8.3.3
struct SubnodeBlock {
  static constexpr char kName[] = "SLBLOCK";
  std::uint8_t btype{}, cLevel{};  // cLevel 0: SLBLOCK, 1: SIBLOCK
  std::uint16_t cEnt{};
  std::uint32_t dwPadding{};
  static constexpr void fields(auto& io, auto& t) {
    io("btype", t.btype), io("cLevel", t.cLevel), io("cEnt", t.cEnt), wide_only(io, "dwPadding", t.dwPadding);
  }
};
static_assert(wire_size<SubnodeBlock>() == 8 && size_in<SubnodeBlock, Form::kAnsi>() == 4);

/// SLENTRY: a subnode.  [MS-PST] 2.2.2.8.3.3.1.1
struct SlEntry {
  static constexpr char kName[] = "SLENTRY";
  std::uint32_t nid{}, nidPadding{};  // a field of 8 bytes whose upper half old files leave dirty
  std::uint64_t bidData{}, bidSub{};
  static constexpr void fields(auto& io, auto& t) {
    io("nid", t.nid), wide_only(io, "nid", t.nidPadding), word(io, "bidData", t.bidData),
        word(io, "bidSub", t.bidSub);
  }
};
static_assert(wire_size<SlEntry>() == 24 && size_in<SlEntry, Form::kAnsi>() == 12);

/// SIENTRY: a block of subnodes; nid is its first.  [MS-PST] 2.2.2.8.3.3.2.1
struct SiEntry {
  static constexpr char kName[] = "SIENTRY";
  std::uint32_t nid{}, nidPadding{};
  std::uint64_t bid{};
  static constexpr void fields(auto& io, auto& t) {
    io("nid", t.nid), wide_only(io, "nid", t.nidPadding), word(io, "bid", t.bid);
  }
};
static_assert(wire_size<SiEntry>() == 16 && size_in<SiEntry, Form::kAnsi>() == 8);
inline constexpr std::size_t kSlEntriesMax =
    (kBlockMaxData - wire_size<SubnodeBlock>()) / wire_size<SlEntry>();
inline constexpr std::size_t kSiEntriesMax =
    (kBlockMaxData - wire_size<SubnodeBlock>()) / wire_size<SiEntry>();
static_assert(kSlEntriesMax == 340 && kSiEntriesMax == 510);

}  // namespace mk::pst::disk
