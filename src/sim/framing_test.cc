#include "sim/framing.h"

#include <gtest/gtest.h>

#include "sim/base64_source.h"

namespace mk::sim {
namespace {

ByteString property(std::uint32_t tag, const ByteString& value) {
  ByteString out = le_bytes(tag);
  append_le(out, static_cast<std::uint32_t>(value.size()));
  return out + value;
}

TEST(Framing, CutsInsideLongValuesAndBetweenElementsOnly) {
  const ByteString integer = le_bytes(0x00170003) + le_bytes(1);
  const ByteString bare = property(0x30130102, ByteString(kBufferBytes - 10, 'a')) + integer +
                          property(0x10000102, ByteString(100'000, 'b'));
  const auto ends = buffer_ends(as_bytes(bare));
  std::size_t from = 0;
  for (const auto end : ends) {
    EXPECT_LE(end - from, kBufferBytes);
    from = end;
  }
  EXPECT_EQ(ends.back(), bare.size());
  EXPECT_EQ(ends[0], kBufferBytes - 2);  // the integer did not fit whole
}

TEST(Framing, CutsWhatItDoesNotUnderstandAnywhere) {
  const ByteString junk(100'000, '\xFF');
  EXPECT_EQ(buffer_ends(as_bytes(junk)).size(), 4U);
  EXPECT_TRUE(buffer_ends({}).empty());
}

TEST(Framing, KnowsFramedStreams) {
  EXPECT_TRUE(is_framed(as_bytes(frame({}))));
  EXPECT_FALSE(is_framed(as_bytes("\x03\x00\x17\x00\x01\x00\x00\x00")));
  EXPECT_FALSE(is_framed({}));
}

TEST(Base64Source, GivesWhatTheBaseFunctionGives) {
  for (const std::size_t n : {0u, 1u, 2u, 3u, 4u, 1000u, 49152u, 49153u, 200'000u}) {
    ByteString bytes;
    for (std::size_t i = 0; i < n; ++i) bytes.push_back(static_cast<char>(i * 7 + i / 256));
    auto source = make_base64_source(make_memory_blob(bytes));
    EXPECT_EQ(*read_all(*source, 1 << 20), to_base64(as_bytes(bytes))) << n;
  }
}

}  // namespace
}  // namespace mk::sim
