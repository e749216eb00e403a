// Streams that an independent server made, against what an independent decoder said of them.
#include <map>

#include "mapi/records.h"
#include "mapi/streams_test.h"
#include "mapi/verdict.h"

namespace mk::mapi {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, '\t');) out.push_back(field);
  return out;
}

struct Row {
  fs::path path;
  std::string root;
  std::uint64_t recipients = 0, attachments = 0;
};

/// Rows of index.tsv whose root is that of a stream.
std::vector<Row> corpus(const fs::path& dir) {
  std::vector<Row> rows;
  std::ifstream in(dir / "index.tsv");
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const auto fields = split(line);
    if (fields.size() < 11 || !fields[0].ends_with("s")) continue;
    const auto number = [](const std::string& s) { return s == "-" ? 0 : std::stoull(s); };
    rows.push_back({dir / fields[0], fields[7], number(fields[9]), number(fields[10])});
  }
  return rows;
}

/// With those of embedded messages, as index.tsv counts them.
std::uint64_t all_recipients(const model::Item& item) {
  std::uint64_t n = item.recipients.size();
  for (const auto& a : item.attachments)
    if (a.embedded) n += all_recipients(*a.embedded);
  return n;
}

class Corpus : public testing::Test {
 protected:
  void SetUp() override {
    const auto dir = shared_data("fts");
    MK_SKIP_IF_ABSENT(dir);
    for (auto& row : corpus(dir))
      (row.path.extension() == ".fxs" ? bare_ : framed_).push_back(std::move(row));
    ASSERT_GT(bare_.size(), 700u);
    ASSERT_GT(framed_.size(), 90u);
  }
  std::vector<Row> bare_, framed_;
};

TEST_F(Corpus, DecodesToTheJsonBesideEachStream) {
  for (const Row& row : bare_) {
    SCOPED_TRACE(row.path);
    const ByteString bytes = slurp(row.path);
    const auto tree = read_partial_tree(make_memory_blob(bytes), *parse_root(row.root), false);
    ASSERT_FALSE(tree.damage) << tree.damage->what;
    fs::path json = row.path;
    ASSERT_EQ(json_of(tree), slurp(json.replace_extension(".json")));
  }
}

TEST_F(Corpus, EncodesAgainFromTheDecodedValuesByteForByte) {
  for (const Row& row : bare_) {
    SCOPED_TRACE(row.path);
    const ByteString bytes = slurp(row.path);
    auto tree = read_tree(make_memory_blob(bytes), *parse_root(row.root));
    ASSERT_TRUE(tree) << tree.error().what;
    ASSERT_TRUE(encoded(*tree) == bytes);
  }
}

TEST_F(Corpus, ChangingOneValueChangesExactlyItsBytes) {
  std::minstd_rand random(3);
  for (const Row& row : bare_) {
    SCOPED_TRACE(row.path);
    const ByteString bytes = slurp(row.path);
    auto tree = read_tree(make_memory_blob(bytes), *parse_root(row.root));
    ASSERT_TRUE(tree) << tree.error().what;
    std::vector<model::Property*> properties;
    collect(*tree, properties);
    if (properties.empty()) continue;
    model::Property& p = *properties[random() % properties.size()];
    ByteString changed(as_chars(p.value.bytes()));
    const ByteString old = changed;
    for (char& c : changed) c = static_cast<char>(~c);
    p.value = model::Value::of_bytes(changed);
    const ByteString again = encoded(*tree);
    ASSERT_EQ(again.size(), bytes.size());
    const auto at = static_cast<std::size_t>(std::mismatch(bytes.begin(), bytes.end(), again.begin()).first -
                                             bytes.begin());
    EXPECT_EQ(bytes.substr(at, old.size()), old);
    EXPECT_EQ(again, bytes.substr(0, at) + changed + bytes.substr(at + changed.size()));
  }
}

TEST_F(Corpus, NoCutOfARealMessageIsWhole) {
  const Row& row = framed_.front();
  const ByteString stream = slurp(row.path);
  for (std::size_t n = 0; n < stream.size(); n += n < stream.size() / 2 ? 7 : 1) {
    auto in = make_memory_source(as_bytes(stream).first(n));
    const Verdict v = check_exported_item(*in, {stream.size(), row.attachments > 0});
    ASSERT_NE(v.wholeness, Wholeness::kWhole) << n << ": " << v.evidence;
  }
}

TEST_F(Corpus, DecodesTheSameFromPiecesOfAnySize) {
  unsigned seed = 1;
  for (const Row& row : bare_) {
    SCOPED_TRACE(row.path);
    const ByteString bytes = slurp(row.path);
    auto blob = std::make_shared<RandomPiecesBlob>(bytes, ++seed);
    auto tree = read_tree(blob, *parse_root(row.root));
    ASSERT_TRUE(tree) << tree.error().what;
    ASSERT_TRUE(encoded(*tree) == bytes);
  }
}

TEST_F(Corpus, GuessesTheRootWhereTheBytesTellIt) {
  std::map<std::string, int> missed;
  for (const Row& row : bare_) {
    const ByteString bytes = slurp(row.path);
    auto root = guess_root(*make_memory_source(as_bytes(bytes)));
    ASSERT_TRUE(root) << row.path << root.error().what;
    if (root_name(*root) != row.root) ++missed[row.root + " as " + std::string(root_name(*root))];
  }
  for (const auto& [what, n] : missed) ADD_FAILURE() << what << ": " << n;
}

TEST_F(Corpus, ReadsItemsAndWritesThemBackWithTheSameContent) {
  for (const Row& row : bare_) {
    if (row.root != "messageContent") continue;
    SCOPED_TRACE(row.path);
    auto item = read_message_content(make_memory_blob(slurp(row.path)));
    ASSERT_TRUE(item) << item.error().what;
    EXPECT_EQ(all_recipients(*item), row.recipients);
    auto again = read_exported_item(make_memory_blob(exported(*item)));
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_EQ(*content_hash(*again), *content_hash(*item));
    ASSERT_EQ(again->properties.size(), item->properties.size());
    for (std::size_t i = 0; i < item->properties.size(); ++i) {
      EXPECT_EQ(again->properties[i].tag, item->properties[i].tag);
      EXPECT_EQ(again->properties[i].name, item->properties[i].name);
    }
  }
}

TEST_F(Corpus, FramedStreamsHoldTheStreamTheyWereMadeFrom) {
  std::map<std::string, fs::path> twins;
  for (const Row& row : bare_) twins.emplace(slurp(row.path), row.path);
  for (const Row& row : framed_) {
    SCOPED_TRACE(row.path);
    const auto tree = read_partial_tree(make_memory_blob(slurp(row.path)), Root::kMessageContent, true);
    ASSERT_FALSE(tree.damage) << tree.damage->what;
    const ByteString inner = encoded(tree.tree);
    ASSERT_TRUE(twins.contains(inner));
    EXPECT_EQ(json_of(tree), slurp(fs::path(twins[inner]).replace_extension(".json")));
  }
}

TEST_F(Corpus, FramedStreamsAreWholeWhenTheServersFactsAgree) {
  for (const Row& row : framed_) {
    SCOPED_TRACE(row.path);
    const ByteString bytes = slurp(row.path);
    auto in = make_memory_source(as_bytes(bytes));
    const Verdict v = check_exported_item(*in, {bytes.size(), row.attachments > 0});
    EXPECT_EQ(v.wholeness, Wholeness::kWhole) << v.evidence;
    auto alone = make_memory_source(as_bytes(bytes));
    EXPECT_EQ(check_exported_item(*alone).wholeness, Wholeness::kCannotTell);
  }
}

TEST_F(Corpus, BareStreamsAreWholeOnlyWhereTheirRootHasAnEnd) {
  for (const Row& row : bare_) {
    SCOPED_TRACE(row.path);
    const ByteString bytes = slurp(row.path);
    auto in = make_memory_source(as_bytes(bytes));
    const Root root = *parse_root(row.root);
    const bool has_end = markers_of(element_of(root)).end != Marker::kNone;
    const Verdict v = check_stream(*in, root);
    EXPECT_EQ(v.wholeness, has_end ? Wholeness::kWhole : Wholeness::kCannotTell) << v.evidence;
  }
}

std::size_t count_properties(const Node& node) {
  std::size_t n = 0;
  for (const Part& part : node.parts)
    n += std::holds_alternative<Node>(part) ? count_properties(std::get<Node>(part)) : 1;
  return n;
}

struct Head {
  const char* file;
  std::size_t properties;  // that are complete in it
  const char* damage;
};

/// Heads of real Exchange exports, as Microsoft's documentation shows them: cut, or with bytes taken out.
TEST(Heads, OfRealExportsDecodeAsFarAsTheyGoAndSayWhereTheyEnd) {
  const auto dir = shared_data("protocol");
  MK_SKIP_IF_ABSENT(dir);
  const Head heads[] = {
      {"fts/msdocs-exportitems-operation-0.bin", 0, "Config.transferMethod at offset 0"},
      {"fts/msdocs-exportitems-operation-1.bin", 0, "at offset 48"},
      {"fts/msdocs-exportitems-operation-2.bin", 10,
       "TransferBuffer at offset 480: the data ends 7800 bytes before"},
      {"fts/msdocs-exportitems-operation-3.bin", 0, "Config.transferMethod at offset 0"},
      {"fts/msdocs-uploaditems-operation-0.bin", 8, "the data ends 8901 bytes before"},
      {"fts/msdocs-uploaditems-operation-1.bin", 8, "the data ends 7992 bytes before"},
      {"graph/graph-export-example-item1.bin", 0, "TellPartnerVersion at offset 56"},
      {"graph/graph-export-example-rejoined.bin", 5, "TransferBuffer at offset 135"},
      {"graph/graph-import-example-2024-12.bin", 1, "TransferBuffer at offset 93"},
  };
  for (const Head& head : heads) {
    SCOPED_TRACE(head.file);
    const ByteString bytes = slurp(dir / head.file);
    ASSERT_FALSE(bytes.empty());
    const auto tree =
        read_partial_tree(make_memory_blob(bytes), Root::kMessageContent, looks_framed(as_bytes(bytes)));
    EXPECT_EQ(count_properties(tree.tree), head.properties);
    ASSERT_TRUE(tree.damage);
    EXPECT_NE(tree.damage->what.find(head.damage), std::string::npos) << tree.damage->what;
    auto in = make_memory_source(as_bytes(bytes));
    EXPECT_EQ(check_exported_item(*in).wholeness, Wholeness::kNotWhole);
  }
}

TEST(Heads, OfAHierarchyFromExchangeDecodes) {
  const auto path = shared_data("protocol/fts/oxcfxics-blog-folder-stream.hex");
  MK_SKIP_IF_ABSENT(path);
  std::string digits;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);)
    if (!line.starts_with('#')) digits += line;
  std::erase_if(digits, [](char c) { return c == ' ' || c == '\r'; });
  const auto bytes = from_hex(digits);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*guess_root(*make_memory_source(as_bytes(*bytes))), Root::kHierarchySync);
  const auto tree = read_partial_tree(make_memory_blob(*bytes), Root::kHierarchySync, false);
  EXPECT_EQ(count_properties(tree.tree), 10u);
  EXPECT_NE(json_of(tree).find("\"value\":\"INBOX\""), std::string::npos);
}

}  // namespace
}  // namespace mk::mapi
