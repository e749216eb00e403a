#include "pst/copy.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/file.h"
#include "base/test_data.h"
#include "model/tags.h"
#include "pst/subject_mark.h"

#ifdef __SANITIZE_THREAD__
/// iconv_close() unloads its converters under a lock of the dynamic linker, which the sanitizer does not
/// know.
extern "C" const char* __tsan_default_suppressions() { return "race:_dl_close_worker\n"; }
#endif

namespace mk::pst {
namespace {

namespace pid = model::pid;
using model::PropertyList;

/// Every sample that the reader opens.
std::vector<std::filesystem::path> originals() {
  std::vector<std::filesystem::path> out;
  const auto shared = shared_data("pst");
  if (!shared.empty())
    for (const auto& entry : std::filesystem::directory_iterator(shared))
      if (entry.path().extension() == ".pst" && PstFile::open(entry.path())) out.push_back(entry.path());
  for (const char* name : {"enron.pst", "pstextractortest@outlook.com.ost"})
    if (const auto path = npm_data(std::string("pst-extractor/example/testdata/") + name); !path.empty())
      out.push_back(path);
  std::sort(out.begin(), out.end());
  return out;
}

std::filesystem::path copy_of(const std::filesystem::path& original) {
  const auto dir = std::filesystem::path(testing::TempDir()) / "mk_copy_test";
  std::filesystem::create_directories(dir);
  const auto copy = dir / original.filename();
  std::filesystem::remove(copy);
  return copy;
}

/// Replication state, and what the writer fills in where it is missing; 0000 is a property of no type.
constexpr auto kCopyMayDiffer =
    std::to_array<std::uint16_t>({0x0000, 0x0E30, 0x0E33, 0x0E34, 0x0E38, 0x0E3C, 0x0E3D, pid::kMessageClass,
                                  pid::kCreationTime, pid::kSearchKey});

/// Ids whose name nobody knows are gone, and of two properties with one name the second.
PropertyList meaningful(const PropertyList& list) {
  PropertyList out;
  for (const auto& p : list) {
    const bool known = p.name ? out.find(*p.name) != nullptr : out.find(p.tag.id()) != nullptr;
    if (!known && (p.name || !p.tag.is_named())) out.add(p);
  }
  return out;
}

/// An empty value of a recipient makes no cell.
PropertyList without_empty(const PropertyList& list) {
  PropertyList out;
  for (const auto& p : list)
    if (p.value.size() > 0 || p.value.is_multiple()) out.add(p);
  return out;
}

/// Takes out what the copy may say otherwise (docs/formats/pst-writer.md).
void normalize(model::Item& item) {
  auto& list = item.properties;
  list = meaningful(list);
  for (const auto id : {pid::kDisplayTo, pid::kDisplayCc, pid::kDisplayBcc})
    if (const auto* p = list.find(id); p != nullptr && p->value.size() == 0) list.remove(id);
  for (const auto id : kCopyMayDiffer) list.remove(id);
  for (auto& r : item.recipients) {
    r = without_empty(meaningful(r));
    r.remove(pid::kRecipientType);
  }
  for (auto& a : item.attachments) {
    for (const auto id : {pid::kAttachMethod, pid::kRenderingPosition}) a.properties.remove(id);
    if (a.embedded) normalize(*a.embedded);
  }
}

/// Hashes of all items that can be read, sorted.
std::vector<ByteString> hashes(const PstFile& file) {
  std::vector<ByteString> out;
  std::vector<Nid> folders = {file.root_folder()};
  const auto below = *file.folders();
  for (const auto& f : below) folders.push_back(f.nid);
  for (const Nid folder : folders) {
    for (const bool associated : {false, true}) {
      const auto ids = file.items(folder, associated);
      if (!ids) continue;
      for (const Nid id : *ids) {
        auto item = file.read_item(id);
        if (!item) continue;
        remove_subject_marks(*item);
        normalize(*item);
        out.push_back(*model::content_hash(*item));
      }
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

TEST(CopyPst, KeepsTheContentOfEveryItemOfEverySample) {
  const auto files = originals();
  if (files.empty()) GTEST_SKIP() << "other people's data is not part of the project";
  for (const auto& original : files) {
    SCOPED_TRACE(original.filename());
    auto from = PstFile::open(original);
    ASSERT_TRUE(from);
    const auto copy = copy_of(original);
    const auto report = copy_pst(**from, copy);
    ASSERT_TRUE(report) << report.error().what;
    auto to = PstFile::open(copy);
    ASSERT_TRUE(to) << to.error().what;
    EXPECT_TRUE((*to)->warnings().empty());
    const auto before = hashes(**from), after = hashes(**to);
    EXPECT_EQ(before.size(), after.size());
    EXPECT_TRUE(before == after);
    EXPECT_EQ(report->items + report->associated, after.size());
  }
}

TEST(CopyPst, GivesTheSameBytesTwice) {
  const auto files = originals();
  if (files.empty()) GTEST_SKIP() << "other people's data is not part of the project";
  auto from = PstFile::open(files.front());
  ASSERT_TRUE(from);
  const auto copy = copy_of(files.front());
  ASSERT_TRUE(copy_pst(**from, copy));
  const auto first = *read_file(copy);
  std::filesystem::remove(copy);
  ASSERT_TRUE(copy_pst(**from, copy));
  EXPECT_TRUE(first == *read_file(copy));
}

}  // namespace
}  // namespace mk::pst
