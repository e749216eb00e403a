#include "mapi/lexer.h"

#include "mapi/streams_test.h"

namespace mk::mapi {
namespace {

ByteString hex(std::string_view digits) { return *from_hex(digits); }

struct LexedProperty {
  const char* name;
  const char* bytes;
  std::uint32_t tag;
  Shape shape;
  std::uint64_t left;
};

TEST(Lexer, ReadsTheHeadOfEveryKindOfValue) {
  const LexedProperty rows[] = {
      {"Integer16", "0200 1705 feff", 0x05170002, Shape::kFixed, 2},
      {"Boolean is two bytes", "0b00 690e 0100", 0x0E69000B, Shape::kFixed, 2},
      {"Guid", "4800 3368 00000000000000000000000000000000", 0x68330048, Shape::kFixed, 16},
      {"ErrorCode", "0a00 0110 0f010480", 0x1001000A, Shape::kFixed, 4},
      {"String", "1f00 3700 04000000 41000000", 0x0037001F, Shape::kVariable, 4},
      {"code page 1200", "b084 3700 02000000 0000", 0x003784B0, Shape::kVariable, 2},
      {"code page 1252", "e484 1a00 01000000 00", 0x001A84E4, Shape::kVariable, 1},
      {"zero-length Binary", "0201 1310 00000000", 0x10130102, Shape::kVariable, 0},
      {"Object", "0d00 0137 01000000 ff", 0x3701000D, Shape::kVariable, 1},
      {"ServerId", "fb00 0910 02000000 0001", 0x100900FB, Shape::kVariable, 2},
      {"Restriction", "fd00 0910 01000000 00", 0x100900FD, Shape::kVariable, 1},
      {"IdsetGiven, typed Integer32 with bytes", "0300 1740 03000000 010203", 0x40170003, Shape::kVariable,
       3},
      {"DnPrefix", "e484 0840 01000000 00", 0x400884E4, Shape::kVariable, 1},
      {"id 0", "0300 0000 07000000", 0x00000003, Shape::kFixed, 4},
      {"MultipleInteger32", "0310 2d80 0420060000000000c000000000000046 00 26800000 00000000", 0x802D1003,
       Shape::kManyFixed, 0},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    std::string digits = row.bytes;
    std::erase(digits, ' ');
    const ByteString bytes = hex(digits);
    auto in = make_memory_source(as_bytes(bytes));
    Lexer lexer(*in);
    auto token = lexer.next();
    ASSERT_TRUE(token) << token.error().what;
    ASSERT_EQ(token->kind, Token::kProperty);
    EXPECT_EQ(lexer.head().tag.value, row.tag);
    EXPECT_EQ(lexer.head().shape, row.shape);
    EXPECT_EQ(lexer.left(), row.left);
    auto end = lexer.next();
    ASSERT_TRUE(end) << end.error().what;
    EXPECT_EQ(end->kind, Token::kEnd);
    EXPECT_EQ(end->at, bytes.size());
  }
}

TEST(Lexer, TakesMarkersWhateverTheirTypeSays) {
  const ByteString bytes =
      hex("0b007440"
          "0b007540"
          "02017b40"
          "03000040");
  auto in = make_memory_source(as_bytes(bytes));
  Lexer lexer(*in);
  for (const Marker m : {Marker::kIncrSyncProgressMode, Marker::kIncrSyncProgressPerMsg,
                         Marker::kIncrSyncGroupInfo, Marker::kNewAttach}) {
    auto token = lexer.next();
    ASSERT_TRUE(token) << token.error().what;
    EXPECT_EQ(token->kind, Token::kMarker);
    EXPECT_EQ(token->marker, m);
  }
}

TEST(Lexer, ReadsNamesByLidAndByText) {
  const ByteString set =
      "04200600"
      "00000000"
      "c000000000000046";
  const ByteString bytes = hex("03000180" + set +
                               "00"
                               "feffffff"
                               "01000000") +
                           hex("03000280" + set +
                               "01"
                               "31044200"
                               "0000"
                               "02000000");
  auto in = make_memory_source(as_bytes(bytes));
  Lexer lexer(*in);
  ASSERT_TRUE(lexer.next());
  EXPECT_EQ(*lexer.head().name, model::lid_name(model::pset::kAddress, 0xFFFFFFFE));
  ASSERT_TRUE(lexer.next());
  EXPECT_EQ(*lexer.head().name, model::string_name(model::pset::kAddress, "бB"));
}

struct Damage {
  const char* name;
  const char* bytes;
  Code code;
  const char* says;
};

TEST(Lexer, NamesTagAndOffsetOfWhatItCannotRead) {
  const Damage rows[] = {
      {"cut tag", "0300", Code::kTruncated, "a tag at offset 0"},
      {"cut number",
       "03001700"
       "0100",
       Code::kTruncated, "value of property 0x00170003"},
      {"cut length",
       "1f003700"
       "0400",
       Code::kTruncated, "length of property 0x0037001F"},
      {"cut string",
       "1f003700"
       "04000000"
       "4100",
       Code::kTruncated, "value of property 0x0037001F"},
      {"cut name",
       "03000180"
       "0420",
       Code::kTruncated, "name of property 0x80010003"},
      {"cut text name",
       "03000180"
       "0420060000000000c000000000000046"
       "01"
       "4100",
       Code::kTruncated, "name of property"},
      {"cut element",
       "1f101766"
       "02000000"
       "02000000",
       Code::kTruncated, "property 0x6617101F"},
      {"unknown type", "99001700", Code::kCorrupt, "0x00170099 at offset 0: no such property type"},
      {"absurd length",
       "02011310"
       "ffffffff",
       Code::kCorrupt, "length 4294967295 is out of range"},
      {"kind of name",
       "03000180"
       "0420060000000000c000000000000046"
       "07"
       "00000000",
       Code::kCorrupt, "kind 7"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const ByteString bytes = hex(row.bytes);
    auto in = make_memory_source(as_bytes(bytes));
    Lexer lexer(*in);
    auto token = lexer.next();
    if (token) token = lexer.next();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().code, row.code);
    EXPECT_NE(token.error().what.find(row.says), std::string::npos) << token.error().what;
  }
}

TEST(Lexer, RefusesANameWithoutEnd) {
  const ByteString bytes = hex("030001800420060000000000c00000000000004601") + ByteString(200000, 'n');
  auto in = make_memory_source(as_bytes(bytes));
  Lexer lexer(*in);
  auto token = lexer.next();
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, Code::kCorrupt);
}

/// Zero bytes without end that are never stored anywhere.
class Zeros final : public ByteSource {
 public:
  Zeros(ByteString head, std::uint64_t n) : head_(std::move(head)), left_(n) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    std::size_t n = 0;
    for (; n < out.size() && !head_.empty(); ++n) {
      out[n] = static_cast<std::byte>(head_.front());
      head_.erase(0, 1);
    }
    const auto zeros = static_cast<std::size_t>(std::min<std::uint64_t>(out.size() - n, left_));
    std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(n), zeros, std::byte{});
    left_ -= zeros;
    return n + zeros;
  }

 private:
  ByteString head_;
  std::uint64_t left_;
};

TEST(Lexer, StepsOverALargeValueWithoutHoldingIt) {
  constexpr std::uint32_t kSize = 100'000'000;
  Zeros in(hex("02010137") + le_bytes(kSize), kSize);
  Lexer lexer(in);
  ASSERT_TRUE(lexer.next());
  EXPECT_EQ(lexer.left(), kSize);
  auto end = lexer.next();
  ASSERT_TRUE(end) << end.error().what;
  EXPECT_EQ(end->at, 8u + kSize);
}

}  // namespace
}  // namespace mk::mapi
