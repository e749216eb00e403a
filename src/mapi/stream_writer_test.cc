#include "mapi/stream_writer.h"

#include "mapi/property_reader.h"
#include "mapi/streams_test.h"

namespace mk::mapi {
namespace {

using model::Property;
using model::PropTag;
using model::Value;

Status write(const Property& p) {
  ByteString out;
  StringSink sink(out);
  auto pieces = make_bare_sink(sink);
  return StreamWriter(*pieces).property(p);
}

/// A blob that has fewer bytes than it says, or says more than anybody can write.
class LyingBlob final : public Blob {
 public:
  explicit LyingBlob(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<std::unique_ptr<ByteSource>> open(std::uint64_t) const override {
    return make_memory_source(as_bytes("few"));
  }

 private:
  std::uint64_t size_;
};

struct Unwritable {
  const char* name;
  Property p;
  Code code;
};

TEST(StreamWriter, RefusesValuesThatAreNotOfTheirType) {
  const Unwritable rows[] = {
      {"short integer", {PropTag(0x00170003), {}, Value::of_bytes("ab")}, Code::kInvalid},
      {"one-byte Boolean", {PropTag(0x0E69000B), {}, Value::of_bytes("\1")}, Code::kInvalid},
      {"array without elements", {PropTag(0x66171003), {}, Value::of_bytes("")}, Code::kInvalid},
      {"elements without array", {PropTag(0x66170003), {}, Value::of_elements({"abcd"})}, Code::kInvalid},
      {"short element", {PropTag(0x66171003), {}, Value::of_elements({"abc"})}, Code::kInvalid},
      {"named without name", {PropTag(0x80010003), {}, Value::of_bytes("abcd")}, Code::kInvalid},
      {"null", {PropTag(0x00170001), {}, Value::of_bytes("")}, Code::kInvalid},
      {"blob that ends early",
       {PropTag(0x37010102), {}, Value::of_blob(std::make_shared<LyingBlob>(100))},
       Code::kTruncated},
      {"above 2 GiB",
       {PropTag(0x37010102), {}, Value::of_blob(std::make_shared<LyingBlob>(1ull << 31))},
       Code::kExhausted},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const Status written = write(row.p);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, row.code) << written.error().what;
    EXPECT_NE(written.error().what.find(format_tag(row.p.tag)), std::string::npos);
  }
}

TEST(StreamWriter, StreamsABlobOfAnySizeIncludingNone) {
  for (const std::size_t n : {0u, 1u, 2u, 3u, 31680u, 100000u}) {
    SCOPED_TRACE(n);
    const Property p{
        PropTag(0x3701001F), {}, Value::of_blob(make_memory_blob(ByteString(n, 'a'))), n % 2 != 0};
    const Property inline_p{p.tag, {}, Value::of_bytes(ByteString(n, 'a')), n % 2 != 0};
    EXPECT_EQ(encoded({Element::kMessageContent, {p}}), encoded({Element::kMessageContent, {inline_p}}));
  }
}

/// Remembers where one piece must not be cut.
class Pieces final : public PieceSink {
 public:
  Status whole(Bytes bytes) override {
    sizes.push_back(bytes.size());
    return ok;
  }
  Status cuttable(Bytes bytes) override {
    cut_bytes += bytes.size();
    return ok;
  }
  Status finish() override { return ok; }
  std::vector<std::size_t> sizes;
  std::size_t cut_bytes = 0;
};

TEST(StreamWriter, LetsBuffersEndOnlyBetweenPropertiesOrInsideALargeValue) {
  Pieces pieces;
  StreamWriter writer(pieces);
  ASSERT_TRUE(writer.property({PropTag(0x00170003), {}, Value::of_bytes("abcd")}));
  ASSERT_TRUE(writer.property({PropTag(0x3001001F), {}, Value::of_bytes(ByteString(64, 'a'))}));
  ASSERT_TRUE(writer.property({PropTag(0x10130102), {}, Value::of_bytes(ByteString(1000, 'a'))}));
  EXPECT_EQ(pieces.sizes, (std::vector<std::size_t>{8, 8 + 64 + 2, 8 + 2}));
  EXPECT_EQ(pieces.cut_bytes, 998u);
}

TEST(ItemWriter, LeavesOutWhatNoStreamCanHoldAndNumbersWhatHasNoNumber) {
  model::Item item;
  item.properties.add(PropTag(0x80010003), le_bytes(1));  // its name is not known
  item.properties.set_text(model::pid::kSubject, "x");
  item.recipients.resize(2);
  item.attachments.resize(2);
  item.attachments[1].properties.add(PropTag(0x3701000D), "object");
  item.attachments[1].embedded = std::make_unique<model::Item>();
  auto read = read_exported_item(make_memory_blob(exported(item)));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->properties.size(), 1u);
  EXPECT_EQ(read->recipients.at(1).get_integer(model::pid::kRowId), 1);
  EXPECT_EQ(read->attachments.at(1).properties.get_integer(model::pid::kAttachNumber), 1);
  EXPECT_EQ(read->attachments[1].properties.size(), 1u) << "the object is the embedded message itself";
}

TEST(ItemWriter, RefusesMessagesEmbeddedTooDeep) {
  auto item = std::make_unique<model::Item>();
  for (int i = 0; i <= model::kMaxEmbeddingDepth; ++i) {
    auto outer = std::make_unique<model::Item>();
    outer->attachments.emplace_back().embedded = std::move(item);
    item = std::move(outer);
  }
  ByteString out;
  StringSink sink(out);
  EXPECT_EQ(write_exported_item(*item, sink).error().code, Code::kCorrupt);
}

TEST(PropertyReader, StopsAtMorePropertiesThanOneItemCanHave) {
  ByteString stream;
  for (std::size_t i = 0; i <= PropertyReader::Limits{}.properties; ++i)
    stream += "\x0b" + ByteString("\0\x69\x0e\0\0", 5);
  const auto item = read_message_content(make_memory_blob(stream));
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error().code, Code::kCorrupt);
  EXPECT_NE(item.error().what.find("more than 524288 properties"), std::string::npos);
}

}  // namespace
}  // namespace mk::mapi
