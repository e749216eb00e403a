// Damage: no change to a file may crash, hang or exhaust the reader, and what the change does not touch stays
// readable.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "base/file.h"
#include "base/test_data.h"
#include "model/tags.h"
#include "pst/disk/crc.h"
#include "pst/disk/page.h"
#include "pst/reader.h"

namespace mk::pst {
namespace {

using testing::HasSubstr;

struct Tally {
  std::size_t items = 0, damaged = 0, folders = 0;
};

void drain(const model::PropertyList& list) {
  for (const auto& p : list) {
    if (!p.value.is_blob()) continue;
    std::array<std::byte, 65536> buffer;
    auto in = p.value.open();
    while (in) {
      const auto n = (*in)->read(buffer);
      if (!n || *n == 0) break;
    }
  }
}

void drain(const model::Item& item) {
  drain(item.properties);
  for (const auto& r : item.recipients) drain(r);
  for (const auto& a : item.attachments) {
    drain(a.properties);
    if (a.embedded) drain(*a.embedded);
  }
}

Tally walk(const PstFile& file) {
  Tally t;
  const auto folders = file.folders();
  if (!folders) return t;
  t.folders = folders->size();
  for (const auto& f : *folders) {
    for (const bool associated : {false, true}) {
      const auto ids = file.items(f.nid, associated);
      if (!ids) continue;
      for (const Nid id : *ids) {
        const auto item = file.read_item(id);
        if (item) drain(*item);
        ++(item ? t.items : t.damaged);
      }
    }
  }
  return t;
}

/// What reading the first item says that cannot be read.
std::string first_error(const PstFile& file) {
  const auto folders = file.folders();
  for (const FolderEntry& f : folders ? *folders : std::vector<FolderEntry>()) {
    const auto ids = file.items(f.nid, false);
    for (const Nid id : ids ? *ids : std::vector<Nid>())
      if (const auto item = file.read_item(id); !item) return item.error().what;
  }
  return {};
}

std::vector<std::string> sample_names() {
  return {"aspose-c__Outlook.pst",
          "aspose-c__PersonalStorageFile1.pst",
          "hughbe-hughbe__archive1.pst",
          "outlook-pst-rs__Empty.pst",
          "process-pst__flags_john_doe.pst",
          "tika__testPST.pst",
          "pst2john__2003_no-encryption_quickquick.pst"};
}

ByteString sample(const std::string& name) {
  const auto path = shared_data("pst/" + name);
  if (path.empty()) return {};
  auto file = read_file(path);
  return file ? *std::move(file) : ByteString();
}

/// Opens a changed file without checksums, which would hide the change from all that comes after them.
void survive(ByteString file) {
  for (const bool verify : {true, false}) {
    const auto pst = PstFile::open_bytes(file, {verify});
    if (!pst) continue;
    walk(**pst);
    static_cast<void>((*pst)->info());
  }
}

class Damage : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    file_ = sample(GetParam());
    if (file_.empty()) GTEST_SKIP() << "other people's data is not part of the project";
    began_ = std::chrono::steady_clock::now();
  }
  void TearDown() override {
    EXPECT_LT(std::chrono::steady_clock::now() - began_, std::chrono::seconds(120));
  }
  ByteString file_;
  std::chrono::steady_clock::time_point began_;
  std::mt19937 random_{7};  // the same changes in every run
  std::size_t place() { return std::uniform_int_distribution<std::size_t>(0, file_.size() - 1)(random_); }
};

TEST_P(Damage, FlippedBitsNeverCrash) {
  for (int i = 0; i < 20; ++i) {
    ByteString changed = file_;
    for (int k = 0; k < 64; ++k) changed[place()] ^= static_cast<char>(1 << (k % 8));
    survive(std::move(changed));
  }
}

TEST_P(Damage, CutsNeverCrash) {
  for (int i = 0; i < 12; ++i) survive(file_.substr(0, place()));
}

TEST_P(Damage, ZeroedRangesNeverCrash) {
  for (int i = 0; i < 15; ++i) {
    ByteString changed = file_;
    const std::size_t at = std::max<std::size_t>(place(), 1024),
                      n = std::min<std::size_t>(4096, changed.size() - at);
    std::fill_n(changed.begin() + static_cast<std::ptrdiff_t>(at), n, '\0');
    survive(std::move(changed));
  }
}

/// Copies of one part of the file over another: everything points somewhere plausible, and wrong.
TEST_P(Damage, MisplacedPagesNeverCrash) {
  for (int i = 0; i < 15; ++i) {
    ByteString changed = file_;
    const std::size_t from = place() & ~std::size_t{511},
                      to = std::max<std::size_t>(place() & ~std::size_t{511}, 1024);
    const std::size_t n = std::min<std::size_t>({512, changed.size() - from, changed.size() - to});
    changed.replace(to, n, file_, from, n);
    survive(std::move(changed));
  }
}

TEST_P(Damage, OfOneBlockCostsOnlyTheItemsThatUseIt) {
  const auto whole = PstFile::open_bytes(file_);
  ASSERT_TRUE(whole);
  const Tally before = walk(**whole);
  std::size_t lost = 0, all = 0;
  for (int i = 0; i < 40; ++i) {
    ByteString changed = file_;
    // 0x8000 and up: blocks mostly; the header and the first maps are other tests' matter
    changed[std::max<std::size_t>(place(), 0x8000)] ^= 0x10;
    const auto pst = PstFile::open_bytes(std::move(changed));
    if (!pst) continue;  // the root page of a B-tree was hit
    const Tally after = walk(**pst);
    lost += after.damaged;
    all += before.items;
    EXPECT_LE(after.damaged + after.items, before.items);
    EXPECT_TRUE(after.items + after.damaged == before.items || !(*pst)->warnings().empty());
  }
  EXPECT_LE(lost * 4, all);
}

INSTANTIATE_TEST_SUITE_P(Samples, Damage, testing::ValuesIn(sample_names()), [](const auto& p) {
  std::string name = p.param.substr(0, p.param.size() - 4);
  std::replace_if(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

TEST(PstFile, NamesStructureAndOffsetOfADamagedBlock) {
  const ByteString file = sample("process-pst__flags_john_doe.pst");
  if (file.empty()) GTEST_SKIP() << "other people's data is not part of the project";
  const auto whole = PstFile::open_bytes(file);
  ASSERT_TRUE(whole);
  const Tally before = walk(**whole);
  std::string said;
  for (std::size_t at = 0x8000; at < file.size() && said.empty(); at += 192) {
    ByteString changed = file;
    changed[at] ^= 1;
    const auto pst = PstFile::open_bytes(std::move(changed));
    if (!pst) continue;
    said = first_error(**pst);
    if (said.find(": block") == std::string::npos) said.clear();  // a page of a B-tree costs more
    EXPECT_TRUE(said.empty() || walk(**pst).damaged == 1u) << said;
  }
  EXPECT_THAT(said,
              testing::MatchesRegex(
                  "item 0x[0-9a-f]+: .*block 0x[0-9a-f]+ at offset 0x[0-9a-f]+: BLOCKTRAILER.dwCRC .*"));
  EXPECT_GT(before.items, 5u);
}

TEST(PstFile, ReadsAFolderWhoseTableIsDamagedFromTheNodes) {
  const ByteString file = sample("process-pst__flags_john_doe.pst");
  if (file.empty()) GTEST_SKIP() << "other people's data is not part of the project";
  const auto whole = PstFile::open_bytes(file);
  ASSERT_TRUE(whole);
  const Tally before = walk(**whole);
  int worked_around = 0;
  for (std::size_t at = 0x8000; at < file.size(); at += 1216) {
    ByteString changed = file;
    changed[at] ^= 1;
    const auto pst = PstFile::open_bytes(std::move(changed));
    if (!pst) continue;
    const Tally after = walk(**pst);
    bool table = false;
    for (const auto& w : (*pst)->warnings())
      table = table || w.find("its table is damaged") != std::string::npos;
    if (!table || (*pst)->warnings().size() > 1) continue;
    EXPECT_EQ(after.items + after.damaged, before.items) << (*pst)->warnings().front();
    ++worked_around;
  }
  EXPECT_GT(worked_around, 0);
}

TEST(PstFile, TellsACutFileFromADamagedOne) {
  const ByteString file = sample("outlook-pst-rs__Empty.pst");
  if (file.empty()) GTEST_SKIP() << "other people's data is not part of the project";
  const auto cut = PstFile::open_bytes(file.substr(0, file.size() - 1));
  ASSERT_FALSE(cut);
  EXPECT_EQ(cut.error().code, Code::kTruncated);
  EXPECT_THAT(cut.error().what, HasSubstr("ROOT.ibFileEof"));
  ByteString changed = file;
  changed[200] ^= 1;
  const auto damaged = PstFile::open_bytes(std::move(changed));
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, Code::kCorrupt);
  EXPECT_THAT(damaged.error().what, HasSubstr("HEADER.dwCRCPartial"));
  const auto none = PstFile::open_bytes("");
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().what, HasSubstr("not a PST file"));
}

}  // namespace
}  // namespace mk::pst
