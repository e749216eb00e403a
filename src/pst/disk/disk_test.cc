#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "base/file.h"
#include "base/test_data.h"
#include "pst/disk/block.h"
#include "pst/disk/crc.h"
#include "pst/disk/crypt.h"
#include "pst/disk/header.h"
#include "pst/disk/heap.h"
#include "pst/disk/page.h"
#include "pst/disk/table.h"

namespace mk::pst::disk {
namespace {

std::array<std::byte, 256> all_bytes() {
  std::array<std::byte, 256> out;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::byte(i);
  return out;
}

TEST(Crc, IsZlibsWithoutTheComplements) {
  EXPECT_EQ(crc({}), 0u);
  EXPECT_EQ(crc(as_bytes("123456789")), 0x2DFD2D88u);  // CRC-32 with init 0 and xorout 0
}

std::uint32_t crc_bit_by_bit(Bytes bytes) {
  std::uint32_t crc = 0;
  for (const std::byte b : bytes) {
    crc ^= std::to_integer<std::uint32_t>(b);
    for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320u : 0u);
  }
  return crc;
}

std::vector<std::byte> some_bytes(std::size_t n) {
  std::vector<std::byte> out(n);
  std::uint32_t x = 12345;
  for (std::byte& b : out) b = std::byte(x >> 24), x = x * 1664525 + 1013904223;
  return out;
}

TEST(Crc, IsTheSameInEveryWayOfComputingItForAnyLengthAndAlignment) {
  const auto bytes = some_bytes(8192);
  for (std::size_t n = 0; n < 400; ++n)
    for (const std::size_t from : {std::size_t{0}, n % 16})
      ASSERT_EQ(crc(Bytes(bytes).subspan(from, n)), crc_bit_by_bit(Bytes(bytes).subspan(from, n))) << n;
  EXPECT_EQ(crc(Bytes(bytes).first(8176)), crc_bit_by_bit(Bytes(bytes).first(8176)));
}

TEST(Signature, FoldsTheLowerHalves) {
  EXPECT_EQ(signature(0x4400, 0x4400), 0);
  EXPECT_EQ(signature(0x12345600, 0x24), (0x1234 ^ 0x5624));
}

TEST(Permute, MapsAsTheSpecificationsTable) {
  auto b = all_bytes();
  encode_permute(b);
  EXPECT_EQ(b[0], std::byte{65});
  EXPECT_EQ(b[255], std::byte{61});
  decode_permute(b);
  EXPECT_EQ(b, all_bytes());
  decode_permute(b);
  EXPECT_EQ(b[0], std::byte{71});
  EXPECT_EQ(b[255], std::byte{236});
}

TEST(Permute, MapsEachByteOfAnyLengthAndAlignmentAlike) {
  auto table = all_bytes();
  for (std::byte& b : table) encode_permute({&b, 1});  // one byte takes the plain way
  for (std::size_t n = 0; n < 300; ++n) {
    const auto plain = some_bytes(n + 3);
    auto b = plain;
    encode_permute(std::span(b).subspan(3));
    for (std::size_t i = 3; i < b.size(); ++i)
      ASSERT_EQ(b[i], table[std::to_integer<std::size_t>(plain[i])]) << n;
    decode_permute(std::span(b).subspan(3));
    ASSERT_EQ(b, plain);
  }
}

TEST(Cyclic, IsItsOwnReverse) {
  for (const std::uint32_t key : {0u, 4u, 0x12345678u, 0xFFFFFFFFu}) {
    auto b = all_bytes();
    code_cyclic(b, key);
    EXPECT_NE(b, all_bytes());
    code_cyclic(b, key);
    EXPECT_EQ(b, all_bytes()) << key;
  }
}

TEST(Nid, SplitsIntoTypeAndIndex) {
  constexpr Nid n(0x200024);
  EXPECT_EQ(n.type(), NidType::kNormalMessage);
  EXPECT_EQ(n.index(), 0x10001u);
  EXPECT_EQ(Nid(0x8022).sibling(NidType::kContentsTable), Nid(0x802E));
}

TEST(Hid, SplitsIntoBlockAndIndex) {
  constexpr Hid h(3, 5);
  EXPECT_EQ(h.block(), 3u);
  EXPECT_EQ(h.index(), 5u);
  EXPECT_EQ(h.type(), 0u);
}

TEST(Header, OfAGenuineFileReadsAndWritesBack) {
  const auto path = shared_data("pst/outlook-pst-rs__Empty.pst");
  MK_SKIP_IF_ABSENT(path);
  const auto file = read_file(path);
  ASSERT_TRUE(file);
  const Bytes bytes = as_bytes(*file);
  const auto header = decode<Header>(bytes);
  ASSERT_TRUE(header);
  EXPECT_EQ(header->dwMagic, kMagic);
  EXPECT_EQ(header->wVer, kVersionUnicode);
  EXPECT_EQ(header->root.ibFileEof, file->size());
  EXPECT_EQ(header->bSentinel, kSentinel);
  EXPECT_EQ(header->dwCRCPartial, crc(bytes.subspan(Header::kCrcFrom, Header::kPartialCrcBytes)));
  EXPECT_EQ(header->dwCRCFull, crc(bytes.subspan(Header::kCrcFrom, Header::kFullCrcBytes)));
  EXPECT_EQ(encode(*header), file->substr(0, wire_size<Header>()));

  const Bytes page = bytes.subspan(header->root.BREFNBT.ib, kPageBytes);
  const auto tail = decode<BtPageTail>(page.subspan(kBtEntriesBytes));
  ASSERT_TRUE(tail);
  EXPECT_EQ(tail->pageTrailer.ptype, PageType::kNBT);
  EXPECT_EQ(tail->pageTrailer.dwCRC, crc(page.first(kPageTrailerAt)));
  EXPECT_EQ(tail->pageTrailer.wSig, signature(header->root.BREFNBT.ib, header->root.BREFNBT.bid));
}

TEST(Header, CutShortNamesTheField) {
  const auto r = decode<Header>(as_bytes("!BDN"));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, Code::kTruncated);
  EXPECT_THAT(r.error().what, testing::HasSubstr("HEADER.dwCRCPartial at offset 4"));
}

}  // namespace
}  // namespace mk::pst::disk
