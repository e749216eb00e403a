#include "mapi/marker.h"

#include "base/text.h"
#include "mapi/records.h"
#include "mapi/streams_test.h"

namespace mk::mapi {
namespace {

using model::Item;
using model::Property;
namespace pid = model::pid;

Property mark() {
  return {model::PropTag(0x8FFF001F), model::string_name(model::pset::kPublicStrings, "mailkeep-source"),
          model::Value::of_bytes(utf16_from_utf8("source")), false};
}

Result<ByteString> marked(ByteSource& in) {
  ByteString out;
  StringSink sink(out);
  TRY(add_property(in, mark(), sink));
  return out;
}

ByteString inner(const ByteString& framed) {
  auto raw = make_memory_source(as_bytes(framed));
  RecordReader records(*raw);
  auto bytes = read_all(records, 1 << 30);
  EXPECT_TRUE(bytes) << bytes.error().what;
  return bytes ? *bytes : "";
}

ByteString encoded_mark() {
  Node node{Element::kMessageContent, {mark()}};
  return encoded(node);
}

/// Items whose property list ends in the middle of a buffer, at its end, and far behind the first one.
std::vector<Item> items() {
  std::vector<Item> out;
  for (const std::size_t body : {std::size_t{0}, std::size_t{10}, std::size_t{31660}, std::size_t{300000}}) {
    Item& item = out.emplace_back(sample_item());
    item.properties.set_binary(pid::kBodyHtml, ByteString(body, 'x'));
  }
  Item& arrays = out.emplace_back();
  arrays.properties.add({model::PropTag(0x66171102),
                         {},
                         model::Value::of_elements({ByteString(90000, 'a'), ByteString(90000, 'b')}),
                         false});
  out.emplace_back();
  return out;
}

TEST(AddProperty, ChangesNothingElse) {
  for (const Item& item : items()) {
    const ByteString before = exported(item);
    auto in = make_memory_source(as_bytes(before));
    auto after = marked(*in);
    ASSERT_TRUE(after) << after.error().what;
    const ByteString a = inner(before), b = inner(*after), m = encoded_mark();
    const std::size_t at = b.find(m);
    ASSERT_NE(at, ByteString::npos);
    EXPECT_EQ(b.substr(0, at) + b.substr(at + m.size()), a);
    auto read = read_exported_item(make_memory_blob(*after));
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(read->properties[read->properties.size() - 1].name, mark().name);
    EXPECT_EQ(read->properties.size(), item.properties.size() + 1);
    EXPECT_EQ(*content_hash(*read), *content_hash(item)) << "the marker must not change what it marks";
  }
}

TEST(AddProperty, DoesTheSameHoweverTheStreamArrives) {
  for (const Item& item : items()) {
    const ByteString before = exported(item);
    auto whole = make_memory_source(as_bytes(before));
    RandomPieces pieces(as_bytes(before), 7);
    auto a = marked(*whole), b = marked(pieces);
    ASSERT_TRUE(a && b);
    EXPECT_EQ(*a, *b);
  }
}

TEST(AddProperty, ReportsDamageBeforeThePlaceAndRefusesWhatDoesNotFit) {
  const ByteString stream = exported(sample_item());
  auto cut = make_memory_source(as_bytes(stream).first(500));
  auto result = marked(*cut);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kTruncated);
  auto in = make_memory_source(as_bytes(stream));
  ByteString out;
  StringSink sink(out);
  Property large = mark();
  large.value = model::Value::of_bytes(ByteString(kMaxTransferBuffer, 'x'));
  EXPECT_EQ(add_property(*in, large, sink).error().code, Code::kInvalid);
  Property nameless = mark();
  nameless.name.reset();
  EXPECT_EQ(add_property(*in, nameless, sink).error().code, Code::kInvalid);
}

}  // namespace
}  // namespace mk::mapi
