#pragma once
// For the tests of this module: items, streams made of them, and sources that cut them anywhere.
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "base/test_data.h"
#include "mapi/canonical_json.h"
#include "mapi/item_reader.h"
#include "mapi/item_writer.h"
#include "model/tags.h"

namespace mk::mapi {

/// Gives the bytes in pieces of random sizes, most of them small.
class RandomPieces final : public ByteSource {
 public:
  RandomPieces(Bytes bytes, unsigned seed) : bytes_(bytes), random_(seed) {}
  Result<std::size_t> read(std::span<std::byte> out) override {
    const std::size_t most = std::min(bytes_.size(), out.size());
    const std::size_t n = std::min<std::size_t>(most, 1 + random_() % (random_() % 4 == 0 ? 5000 : 7));
    std::copy_n(bytes_.begin(), n, out.begin());
    bytes_ = bytes_.subspan(n);
    return n;
  }

 private:
  Bytes bytes_;
  std::minstd_rand random_;
};

/// A blob that is read in random pieces.
class RandomPiecesBlob final : public Blob {
 public:
  RandomPiecesBlob(ByteString bytes, unsigned seed) : bytes_(std::move(bytes)), seed_(seed) {}
  std::uint64_t size() const override { return bytes_.size(); }
  Result<std::unique_ptr<ByteSource>> open(std::uint64_t offset) const override {
    return std::unique_ptr<ByteSource>(
        std::make_unique<RandomPieces>(as_bytes(bytes_).subspan(offset), seed_));
  }

 private:
  ByteString bytes_;
  unsigned seed_;
};

inline ByteString slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// An item with every kind of value and part.
inline model::Item sample_item() {
  using model::PropTag, model::Value;
  namespace pid = model::pid;
  model::Item item;
  item.properties.add(PropTag(0x001A84E4), "IPM.Note");
  item.properties.set_text(pid::kSubject, "Größe");
  item.properties.set_boolean(pid::kRead, true);
  item.properties.set_integer32(pid::kMessageFlags, model::kFlagHasAttach | model::kFlagRead);
  item.properties.add({PropTag(0x80011003), model::lid_name(model::pset::kCommon, 0x8501),
                       Value::of_elements({le_bytes(1), le_bytes(-1)}), false});
  item.properties.add({PropTag(0x8002101F), model::string_name(model::pset::kPublicStrings, "Keywords"),
                       Value::of_elements({"", ByteString("a\0", 2)}), false});
  item.properties.add(PropTag(pid::kBodyHtml, model::PropType::kBinary), ByteString(100000, 'x'));
  item.recipients.emplace_back().set_text(pid::kDisplayName, "Ann");
  auto& attachment = item.attachments.emplace_back();
  attachment.properties.set_integer32(pid::kAttachMethod, model::kAttachEmbedded);
  attachment.embedded = std::make_unique<model::Item>();
  attachment.embedded->properties.set_text(pid::kSubject, "inner");
  return item;
}

inline ByteString exported(const model::Item& item) {
  ByteString out;
  StringSink sink(out);
  const auto written = write_exported_item(item, sink);
  EXPECT_TRUE(written) << written.error().what;
  return out;
}

inline ByteString bare(const model::Item& item) {
  ByteString out;
  StringSink sink(out);
  const auto written = write_message_content(item, sink);
  EXPECT_TRUE(written) << written.error().what;
  return out;
}

inline ByteString encoded(const Node& tree) {
  ByteString out;
  StringSink sink(out);
  const auto written = write_tree(tree, sink);
  EXPECT_TRUE(written) << written.error().what;
  return out;
}

inline std::string json_of(const PartialTree& tree) {
  std::string out;
  StringSink sink(out);
  const auto written = write_canonical_json(tree, sink);
  EXPECT_TRUE(written) << written.error().what;
  return out;
}

/// Properties of a tree, in stream order, that can be changed without changing their size.
inline void collect(Node& node, std::vector<model::Property*>& out) {
  for (Part& part : node.parts) {
    if (auto* p = std::get_if<model::Property>(&part)) {
      if (!p->value.bytes().empty()) out.push_back(p);
    } else {
      collect(std::get<Node>(part), out);
    }
  }
}

}  // namespace mk::mapi
