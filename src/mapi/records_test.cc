#include "mapi/records.h"

#include "base/wire.h"
#include "mapi/streams_test.h"

namespace mk::mapi {
namespace {

ByteString record(std::int32_t opcode, const ByteString& payload) {
  return le_bytes(opcode) + le_bytes(static_cast<std::int32_t>(payload.size())) + payload;
}
ByteString preamble() {
  return record(1, encode(Config{})) + record(3, encode(IsInterfaceOk{})) +
         record(4, encode(TellPartnerVersion{0x0F14, 0x91D6, 6022}));
}
Result<ByteString> inner(ByteSource& in) {
  RecordReader records(in);
  return read_all(records, 1 << 20);
}

TEST(Records, ArriveWholeHoweverTheyAreCut) {
  const ByteString framed = preamble() + record(2, "ab") + record(2, "") + record(2, "cdefg");
  for (unsigned seed = 0; seed < 20; ++seed) {
    RandomPieces in(as_bytes(framed), seed);
    auto bytes = inner(in);
    ASSERT_TRUE(bytes) << bytes.error().what;
    EXPECT_EQ(*bytes, "abcdefg");
  }
}

TEST(Records, TellVersionCountsAndPlaces) {
  const ByteString framed = preamble() + record(2, "ab") + record(2, "cdefg");
  auto in = make_memory_source(as_bytes(framed));
  RecordReader records(*in);
  ASSERT_TRUE(read_all(records, 100));
  EXPECT_EQ(records.version().build, 0x91D6);
  EXPECT_EQ(records.records(), 5u);
  EXPECT_EQ(records.last_buffer(), 5u);
  EXPECT_EQ(records.framed_bytes(), framed.size());
  EXPECT_EQ(framed.substr(records.place_of(1).at, 1), "b");
  EXPECT_EQ(framed.substr(records.place_of(4).at, 3), "efg");
  EXPECT_EQ(records.place_of(4).left, 3u);
  EXPECT_EQ(records.place_of(7).left, 0u);
}

struct BadFraming {
  const char* name;
  ByteString bytes;
  Code code;
  const char* says;
};

TEST(Records, RefuseEveryOtherShape) {
  ByteString other_interface = preamble();
  other_interface[16 + 8 + 4] = 9;
  const BadFraming rows[] = {
      {"nothing", "", Code::kTruncated, "Config at offset 0"},
      {"no version", preamble().substr(0, 48), Code::kTruncated, "TellPartnerVersion at offset 48"},
      {"cut head", preamble() + "\2", Code::kTruncated, "record head at offset 62"},
      {"cut payload", preamble() + record(2, "abcd").substr(0, 10), Code::kTruncated, "ends 2 bytes before"},
      {"order", record(3, encode(IsInterfaceOk{})), Code::kCorrupt, "Config is due"},
      {"length of Config", record(1, "abc"), Code::kCorrupt, "length 3 instead of 8"},
      {"method", record(1, le_bytes(std::uint64_t{3} << 32)), Code::kCorrupt, "3 is not CopyTo"},
      {"interface", other_interface, Code::kCorrupt, "is not IMessage"},
      {"opcode afterwards", preamble() + record(17, ""), Code::kCorrupt, "opcode 17 at offset 62"},
      {"negative length", preamble() + le_bytes(2) + le_bytes(-1), Code::kCorrupt, "length -1"},
      {"absurd length", preamble() + le_bytes(2) + le_bytes(0x7FFFFFFF), Code::kCorrupt, "length 2147483647"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    auto in = make_memory_source(as_bytes(row.bytes));
    auto bytes = inner(*in);
    ASSERT_FALSE(bytes);
    EXPECT_EQ(bytes.error().code, row.code);
    EXPECT_NE(bytes.error().what.find(row.says), std::string::npos) << bytes.error().what;
  }
}

TEST(Records, AreWrittenInBuffersThatKeepWholePiecesTogether) {
  ByteString out;
  StringSink sink(out);
  auto pieces = make_record_sink(sink, {0x0F00, 0x8000, 0});
  ASSERT_TRUE(pieces->whole(as_bytes(ByteString(31000, 'a'))));
  ASSERT_TRUE(pieces->whole(as_bytes(ByteString(1000, 'b'))));
  ASSERT_TRUE(pieces->cuttable(as_bytes(ByteString(60000, 'c'))));
  ASSERT_TRUE(pieces->finish());
  std::vector<std::int32_t> lengths;
  for (std::size_t at = 62; at < out.size();) {
    lengths.push_back(load_le<std::int32_t>(out.data() + at + 4));
    at += 8 + static_cast<std::size_t>(lengths.back());
  }
  EXPECT_EQ(lengths, (std::vector<std::int32_t>{31000, 31680, 29320}));
  auto in = make_memory_source(as_bytes(out));
  EXPECT_EQ(*inner(*in), ByteString(31000, 'a') + ByteString(1000, 'b') + ByteString(60000, 'c'));
}

TEST(Records, AnEmptyStreamStillHasItsPreamble) {
  ByteString out;
  StringSink sink(out);
  ASSERT_TRUE(make_record_sink(sink, {0x0F14, 0x91D6, 6022})->finish());
  EXPECT_EQ(out, preamble());
  EXPECT_TRUE(looks_framed(as_bytes(out)));
  EXPECT_FALSE(looks_framed(as_bytes(bare(sample_item()))));
}

}  // namespace
}  // namespace mk::mapi
