#include "pst/reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/file.h"
#include "base/test_data.h"
#include "model/tags.h"
#include "pst/ndb/storage.h"

namespace mk::pst {
namespace {

using testing::HasSubstr;

/// A row of the samples' index: what an independent reader counted.
struct Sample {
  std::string name, format, counted;
  std::filesystem::path path;
};

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> out;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, '\t');) out.push_back(cell);
  return out;
}

std::vector<Sample> samples() {
  const auto index = shared_data("pst/index.tsv");
  std::ifstream in(index);
  std::vector<Sample> out;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const auto c = cells_of(line);
    if (c.size() < 9) continue;
    Sample s{c[0], c[5], c[8], index.parent_path() / c[0]};
    const std::string npm = "npm-pst-extractor__";
    if (s.name.starts_with(npm))
      s.path = npm_data("pst-extractor/example/testdata/" + s.name.substr(npm.size()));
    if (!s.path.empty()) out.push_back(std::move(s));
  }
  return out;
}

/// Opening a file that an interrupted writer left: its header and the root page of its BBT are of different
/// times.
bool is_torn(const Sample& s) { return s.name == "aspose-c__AddingBulkMessagesWithImprovedPerformance.pst"; }

struct Counts {
  std::size_t folders = 1, items = 0, associated = 0, attachments = 0, damaged = 0;
  std::string text() const { return fmt::format("{}/{}/{}/{}", folders, items, associated, attachments); }
};

void drain(const model::PropertyList& list, Counts& c) {
  for (const auto& p : list) {
    if (!p.value.is_blob()) continue;
    std::array<std::byte, 16384> buffer;
    auto in = p.value.open();
    std::uint64_t n = 0;
    for (bool more = static_cast<bool>(in); more;) {
      const auto got = (*in)->read(buffer);
      more = got && *got > 0;
      n += got ? *got : 0;
    }
    if (n != p.value.size()) ++c.damaged;
  }
}

void count(const model::Item& item, Counts& c) {
  drain(item.properties, c);
  for (const auto& r : item.recipients) drain(r, c);
  for (const auto& a : item.attachments) {
    ++c.attachments;
    drain(a.properties, c);
    if (a.embedded) count(*a.embedded, c);
  }
}

/// Reads everything there is.
Counts count(const PstFile& file) {
  Counts c;
  std::vector<Nid> folders{file.root_folder()};
  if (const auto below = file.folders()) {
    for (const auto& f : *below) folders.push_back(f.nid);
    c.folders += below->size();
  }
  for (const Nid f : folders) {
    for (const bool associated : {false, true}) {
      const auto ids = file.items(f, associated);
      for (const Nid id : ids ? *ids : std::vector<Nid>()) {
        ++(associated ? c.associated : c.items);
        const auto item = file.read_item(id);
        if (item)
          count(*item, c);
        else
          ++c.damaged;
      }
    }
  }
  return c;
}

TEST(PstFile, CountsInEverySampleWhatAnIndependentReaderCounted) {
  const auto all = samples();
  if (all.empty()) GTEST_SKIP() << "other people's data is not part of the project";
  int n = 0;
  for (const auto& s : all) {
    SCOPED_TRACE(s.name);
    if (is_torn(s)) continue;
    const auto file = PstFile::open(s.path);
    ASSERT_TRUE(file) << file.error().what;
    const Counts c = count(**file);
    EXPECT_EQ(c.text(), s.counted);
    EXPECT_EQ(c.damaged, 0u);
    EXPECT_THAT((*file)->warnings(), testing::IsEmpty());
    ++n;
  }
  EXPECT_GE(n, 29);
}

TEST(PstFile, TellsTheForm) {
  const auto all = samples();
  if (all.empty()) GTEST_SKIP() << "other people's data is not part of the project";
  for (const auto& s : all) {
    SCOPED_TRACE(s.name);
    if (is_torn(s)) continue;
    const auto file = PstFile::open(s.path);
    ASSERT_TRUE(file) << file.error().what;
    const auto info = (*file)->info();
    ASSERT_TRUE(info);
    const Format wanted = s.format == "ANSI"         ? Format::kAnsi
                          : s.format == "4K-OST(SO)" ? Format::kUnicode4K
                                                     : Format::kUnicode;
    EXPECT_EQ(info->format, wanted);
    EXPECT_EQ(info->is_ost, s.format == "4K-OST(SO)");
  }
}

TEST(PstFile, RefusesAVersionThatNobodyKnows) {
  ByteString file("!BDN\0\0\0\0SM\x10\0", 12);
  file.resize(1024);
  const auto pst = PstFile::open_bytes(std::move(file));
  ASSERT_FALSE(pst);
  EXPECT_EQ(pst.error().code, Code::kUnsupported);
  EXPECT_THAT(pst.error().what, HasSubstr("HEADER.wVer 16"));
}

/// Counts what is read of a file.
class CountingStorage final : public ndb::Storage {
 public:
  explicit CountingStorage(std::shared_ptr<const ndb::Storage> file) : file_(std::move(file)) {}
  std::uint64_t size() const override { return file_->size(); }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    read += out.size();
    return file_->read_at(offset, out);
  }
  mutable std::uint64_t read = 0;

 private:
  std::shared_ptr<const ndb::Storage> file_;
};

TEST(PstFile, ReadsOneItemByItsEntryIdWithoutTheRest) {
  const auto path = npm_data("pst-extractor/example/testdata/enron.pst");
  MK_SKIP_IF_ABSENT(path);
  auto file = ndb::open_file_storage(path);
  ASSERT_TRUE(file);
  const auto counter = std::make_shared<CountingStorage>(*file);
  const auto pst = PstFile::open_storage(counter);
  ASSERT_TRUE(pst);
  EXPECT_LT(counter->read, 100'000u);  // store and names
  ByteString entry_id(4, '\0');
  entry_id += (*pst)->store_properties().get_binary(model::pid::kRecordKey).value_or("");
  append_le(entry_id, std::uint32_t{0x200024});
  const auto nid = (*pst)->node_of_entry_id(as_bytes(entry_id));
  ASSERT_TRUE(nid) << nid.error().what;
  const std::uint64_t before = counter->read;
  const auto item = (*pst)->read_item(*nid);
  ASSERT_TRUE(item) << item.error().what;
  EXPECT_GT(item->properties.size(), 20u);
  EXPECT_LT(counter->read - before, 60'000u);
  EXPECT_GT(counter->size(), 13'000'000u);
  entry_id[7] ^= 1;
  EXPECT_EQ((*pst)->node_of_entry_id(as_bytes(entry_id)).error().code, Code::kInvalid);
  EXPECT_EQ((*pst)->node_of_entry_id({}).error().code, Code::kInvalid);
}

TEST(PstFile, SaysThatATornFileIsDamaged) {
  const auto path = shared_data("pst/aspose-c__AddingBulkMessagesWithImprovedPerformance.pst");
  MK_SKIP_IF_ABSENT(path);
  const auto file = PstFile::open(path);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Code::kCorrupt);
  EXPECT_THAT(file.error().what, HasSubstr("HEADER.dwCRCPartial"));
}

}  // namespace
}  // namespace mk::pst
