#include "base/wire.h"

#include <gtest/gtest.h>

namespace mk {
namespace {

enum class Kind : std::uint8_t { kA = 1, kB = 2 };

struct Inner {
  static constexpr char kName[] = "INNER";
  std::uint16_t a = 0;
  std::array<std::uint8_t, 3> b{};
  static constexpr void fields(auto& io, auto& t) { io("a", t.a), io("b", t.b); }
};

struct Outer {
  static constexpr char kName[] = "OUTER";
  Kind kind{};
  std::uint8_t count = 0;
  Inner inner;
  std::vector<std::uint32_t> list;
  static constexpr void fields(auto& io, auto& t) {
    io("kind", t.kind), io("count", t.count), io("inner", t.inner), io.list("list", t.count, t.list);
  }
};
static_assert(wire_size<Inner>() == 5 && wire_size<Outer>() == 7);

Outer sample() {
  Outer o;
  o.kind = Kind::kB;
  o.count = 2;
  o.inner = {0x1234, {5, 6, 7}};
  o.list = {0xA1B2C3D4, 9};
  return o;
}

TEST(Wire, WritesFieldsLittleEndianInOrder) {
  EXPECT_EQ(to_hex(as_bytes(encode(sample()))), "02023412050607d4c3b2a109000000");
}

TEST(Wire, ReadsWhatItWrote) {
  const auto bytes = encode(sample());
  const auto o = decode<Outer>(as_bytes(bytes));
  ASSERT_TRUE(o);
  EXPECT_EQ(o->kind, Kind::kB);
  EXPECT_EQ(o->inner.b[2], 7);
  EXPECT_EQ(encode(*o), bytes);
}

TEST(Wire, NamesStructureFieldAndOffsetOfEveryCut) {
  const auto bytes = encode(sample());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    SCOPED_TRACE(n);
    const auto o = decode<Outer>(as_bytes(bytes).first(n), 100);
    ASSERT_FALSE(o);
    EXPECT_EQ(o.error().code, Code::kTruncated);
  }
  EXPECT_EQ(decode<Outer>(as_bytes(bytes).first(3), 100).error().what,
            "OUTER.a at offset 102: the data ends too early");
}

TEST(Wire, ReadsZeroAndStaysPutAfterTheFirstFailure) {
  const ByteString bytes("\x01\x02\x03", 3);
  Reader r(as_bytes(bytes));
  std::uint32_t wide = 7;
  std::uint8_t narrow = 7;
  r("wide", wide), r("narrow", narrow);
  EXPECT_FALSE(r.ok());
  EXPECT_EQ(wide, 0u);
  EXPECT_EQ(narrow, 0u);
  EXPECT_EQ(r.pos(), 0u);
  EXPECT_NE(r.error("X").what.find("X.wide"), std::string::npos);
}

TEST(Wire, RefusesACountThatCannotFitBeforeAllocating) {
  const ByteString bytes(64, '\0');
  Reader r(as_bytes(bytes));
  std::vector<std::uint64_t> list;
  r.list("list", ~std::size_t{0} / 8, list);
  EXPECT_FALSE(r.ok());
  EXPECT_EQ(list.capacity(), 0u);
}

TEST(Wire, TakesExactlyWhatIsLeft) {
  const ByteString bytes("abcd");
  Reader r(as_bytes(bytes));
  EXPECT_EQ(as_chars(r.take("head", 3)), "abc");
  EXPECT_EQ(r.left(), 1u);
  EXPECT_TRUE(r.take("none", 0).empty());
  EXPECT_TRUE(r.ok());
  EXPECT_TRUE(r.take("more", 2).empty());
  EXPECT_FALSE(r.ok());
}

}  // namespace
}  // namespace mk
