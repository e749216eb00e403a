#include "base/io.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace mk {
namespace {

/// Gives one byte at a time, then ends or fails.
class SlowSource final : public ByteSource {
 public:
  SlowSource(std::string text, bool fails) : text_(std::move(text)), fails_(fails) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    if (at_ == text_.size() && fails_) return Error{Code::kUnavailable, "line dropped"};
    if (at_ == text_.size() || out.empty()) return std::size_t{0};
    out[0] = static_cast<std::byte>(text_[at_++]);
    return std::size_t{1};
  }

 private:
  std::string text_;
  bool fails_;
  std::size_t at_ = 0;
};

TEST(Io, ReadFullAsksAgainUntilItHasAll) {
  SlowSource in("abcdef", false);
  std::vector<std::byte> out(4);
  EXPECT_EQ(*read_full(in, out), 4u);
  EXPECT_EQ(as_chars(out), "abcd");
  EXPECT_EQ(*read_full(in, out), 2u);
  EXPECT_EQ(*read_full(in, out), 0u);
}

TEST(Io, ReadAllStopsAtItsBound) {
  EXPECT_EQ(*read_all(*make_memory_source(as_bytes("abc")), 3), "abc");
  EXPECT_EQ(read_all(*make_memory_source(as_bytes("abcd")), 3).error().code, Code::kExhausted);
}

TEST(Io, FailuresOfEitherSideComeThrough) {
  SlowSource bad("ab", true);
  ByteString out;
  StringSink sink(out);
  EXPECT_EQ(copy(bad, sink).error().code, Code::kUnavailable);
  EXPECT_EQ(out, "ab");

  struct Full final : ByteSink {
    Status write(Bytes) override { return Error{Code::kExhausted, "full"}; }
  } full;
  EXPECT_EQ(copy(*make_memory_source(as_bytes("x")), full).error().code, Code::kExhausted);
}

TEST(Io, CopyMovesEverythingAndSaysHowMuch) {
  const std::string big(300'000, 'x');
  ByteString out;
  StringSink sink(out);
  EXPECT_EQ(*copy(*make_memory_source(as_bytes(big)), sink), big.size());
  EXPECT_EQ(out, big);
}

TEST(MemoryBlob, OpensAnywhereAndManyTimes) {
  const BlobPtr blob = make_memory_blob("0123456789");
  EXPECT_EQ(blob->size(), 10u);
  auto first = *blob->open(), second = *blob->open(7), behind = *blob->open(99);
  EXPECT_EQ(*read_all(*second, 99), "789");
  EXPECT_EQ(*read_all(*first, 99), "0123456789");
  EXPECT_EQ(*read_all(*behind, 99), "");
}

TEST(HeadBlob, EndsEarlyFromWhereverItIsRead) {
  const BlobPtr head = make_head_blob(make_memory_blob("abcdef"), 4);
  EXPECT_EQ(head->size(), 4u);
  for (const auto& [offset, text] : {std::pair{0, "abcd"}, {3, "d"}, {4, ""}, {9, ""}}) {
    auto in = head->open(static_cast<std::uint64_t>(offset));
    ASSERT_TRUE(in);
    EXPECT_EQ(*read_all(**in, 100), text);
  }
  EXPECT_EQ(make_head_blob(make_memory_blob("ab"), 100)->size(), 2u);
}

}  // namespace
}  // namespace mk
