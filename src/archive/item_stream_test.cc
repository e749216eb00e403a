#include "archive/item_stream.h"

#include "archive/fixture_test.h"
#include "base/file.h"
#include "vault/object.h"

namespace mk::archive {
namespace {

Result<ByteString> back(Nodes& nodes, const StoredStream& stream) {
  ByteString out;
  StringSink sink(out);
  TRY(read_item_stream(nodes, stream, sink));
  return out;
}

StoredStream store(Nodes& nodes, const ByteString& bytes) {
  const auto stream = write_item_stream(*make_memory_blob(bytes), nodes, kKeys.cut);
  EXPECT_TRUE(stream);
  return *stream;
}

/// Byte for byte, whole, cut anywhere, and what is no exported item at all.
TEST(ItemStream, ComesBackAsItCame) {
  const ByteString item = exported("hello", {noise(100'000, 1), noise(40'000, 2), "small"});
  std::vector<ByteString> all{item, exported(""), "", "x", noise(5'000, 3), noise(200'000, 4)};
  for (std::size_t n = 1; n < item.size(); n += n < 200 ? 1 : 9'973) all.push_back(item.substr(0, n));
  all.push_back(item + "behind");
  all.push_back(item.substr(0, 62));
  ByteString odd = item.substr(0, 62);  // empty buffers, one of another opcode
  for (const std::uint64_t op : {2u, 2u, 3u}) odd += le_bytes(op);
  all.push_back(odd.substr(0, 78));
  all.push_back(odd);
  for (const auto& bytes : all) {
    Nodes nodes;
    const auto stream = store(nodes, bytes);
    EXPECT_EQ(stream.bytes, bytes.size());
    const auto again = back(nodes, stream);
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_TRUE(*again == bytes) << bytes.size();
  }
}

TEST(ItemStream, OfEveryGoldenFileComesBackAsItCame) {
  int n = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(std::filesystem::path(MK_SOURCE_DIR) /
                                                                        "src/mapi/testdata")) {
    if (!file.is_regular_file()) continue;
    const auto bytes = read_file(file.path());
    ASSERT_TRUE(bytes);
    Nodes nodes;
    const auto again = back(nodes, store(nodes, *bytes));
    EXPECT_TRUE(again && *again == *bytes) << file.path();
    ++n;
  }
  EXPECT_GT(n, 5);
}

TEST(ItemStream, StoresAnAttachmentOnceWhateverStandsBeforeIt) {
  Nodes nodes;
  const ByteString attachment = noise(2 << 20, 5);
  store(nodes, exported("first", {attachment}));
  std::size_t bytes = 0;
  nodes.added.clear();
  store(nodes, exported("a second mail with a longer subject", {noise(50'000, 6), attachment, attachment}));
  for (const auto& id : nodes.added) bytes += nodes.all[id].plain.size();
  EXPECT_LT(bytes, 52'000u);  // the other attachment and what is around
}

TEST(ItemStream, SaysWhatIsDamaged) {
  Nodes nodes;
  const ByteString item = exported("hello", {noise(100'000, 7)});
  StoredStream stream = store(nodes, item);
  StoredStream wrong = stream;
  wrong.sha256[0] ^= std::byte{1};
  EXPECT_EQ(back(nodes, wrong).error().code, Code::kCorrupt);
  wrong = stream;
  ++wrong.bytes;
  EXPECT_EQ(back(nodes, wrong).error().code, Code::kCorrupt);
  wrong.object = *vault::write_object(*make_memory_source(as_bytes("\x02 no stream")), nodes, kKeys.cut);
  EXPECT_FALSE(back(nodes, wrong));
  nodes.all.erase(stream.object.id);
  EXPECT_EQ(back(nodes, stream).error().code, Code::kNotFound);
}

TEST(ItemStream, FailsWithTheStream) {
  class Broken final : public Blob {
   public:
    std::uint64_t size() const override { return 100; }
    Result<std::unique_ptr<ByteSource>> open(std::uint64_t) const override {
      class Source final : public ByteSource {
        Result<std::size_t> read(std::span<std::byte>) override { return Error{Code::kDenied, "no"}; }
      };
      return std::unique_ptr<ByteSource>(std::make_unique<Source>());
    }
  };
  Nodes nodes;
  EXPECT_EQ(write_item_stream(Broken(), nodes, kKeys.cut).error().code, Code::kDenied);
}

}  // namespace
}  // namespace mk::archive
