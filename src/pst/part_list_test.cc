#include "pst/part_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/dying_test.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/test_data.h"
#include "model/tags.h"
#include "pst/copy.h"
#include "pst/write/block_file.h"

namespace mk::pst {
namespace {

/// A mailbox of some MB, and a folder for its parts.
class PartList : public testing::Test {
 protected:
  PartList() {
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory / "parts");
    auto pst = PstWriter::create(directory / "a.pst", {});
    MK_CHECK(pst);
    model::Item item;
    item.properties.set_text(model::pid::kSubject, "s");
    item.properties.set_binary(0x1013, ByteString(200'000, 'x'));
    for (int i = 0; i < 7; ++i) MK_CHECK((*pst)->add_item((*pst)->ipm_subtree(), item, false));
    MK_CHECK((*pst)->finish());
  }
  ~PartList() override { std::filesystem::remove_all(directory); }

  bool split(std::uint64_t max_bytes) const {
    const auto from = PstFile::open(directory / "a.pst");
    if (!from) return false;
    CopyOptions options;
    options.max_bytes = max_bytes;
    options.replace = true;
    return static_cast<bool>(split_pst(**from, directory / "parts" / "a.pst", SplitBy::kSize, options));
  }
  std::set<std::string> files(std::string_view suffix) const {
    std::set<std::string> out;
    for (const auto& f : std::filesystem::directory_iterator(directory / "parts"))
      if (f.path().string().ends_with(suffix)) out.insert(f.path().filename().string());
    return out;
  }
  /// Of each part that the list names, the file that has its SHA-256: whether that has the part's name.
  std::map<std::string, bool> listed() const {
    std::map<std::string, bool> out;
    const std::string text = *read_file(part_list_path(directory / "parts" / "a.pst"));
    const auto value_of = [&](const std::string& name, std::size_t from) {
      const std::size_t begin = text.find(name, from) + name.size();
      return text.substr(begin, text.find('"', begin) - begin);
    };
    const std::string file = "\"file\":\"", sha = "\"sha256\":\"";
    for (auto at = text.find(file); at != std::string::npos; at = text.find(file, at + 1)) {
      const auto path = directory / "parts" / value_of(file, at);
      const auto is_at = [&](const std::filesystem::path& p) {
        const auto bytes = read_file(p);
        return bytes && to_hex(sha256(as_bytes(*bytes))) == value_of(sha, at);
      };
      const bool is_named = is_at(path);
      EXPECT_TRUE(is_named || is_at(write::partial_path(path))) << path;
      out[path.filename().string()] = is_named;
    }
    return out;
  }

  const std::filesystem::path directory =
      fast_scratch() / ("mk_part_list_test-" + std::to_string(::getpid()));
};

TEST_F(PartList, IsThereBeforeAnyPartHasItsNameWhereverARunIsKilled) {
  bool some_named = false;
  for (long n = 1;; ++n) {
    SCOPED_TRACE("killed at step " + std::to_string(n));
    std::filesystem::remove_all(directory / "parts");
    std::filesystem::create_directories(directory / "parts");
    const int end = dying::run_child(n, [this] { return split(1'000'000); });
    const auto named = files(".pst");
    const bool is_listed = !files(".parts.json").empty();
    ASSERT_TRUE(named.empty() || is_listed) << *named.begin() << " looks like a whole mailbox";
    if (is_listed) {
      const auto parts = listed();
      EXPECT_EQ(parts.size(), 3u);
      for (const auto& name : named) EXPECT_TRUE(parts.contains(name) && parts.at(name)) << name;
      some_named = some_named || (!named.empty() && named.size() < parts.size());
    }
    if (end == 0) break;
    ASSERT_EQ(end, dying::kKilled);
  }
  EXPECT_TRUE(some_named) << "no step lies between two names";
  EXPECT_EQ(files(".pst").size(), 3u);
}

TEST_F(PartList, OfAnEarlierRunSaysWhichFilesAreWhichWhenTheyAreReplaced) {
  std::size_t n_listed = 0;
  for (long n = 1; n_listed != 3; n += 3) {
    SCOPED_TRACE("killed at step " + std::to_string(n));
    ASSERT_TRUE(split(1'500'000));
    ASSERT_EQ(listed().size(), 2u);
    ASSERT_NE(dying::run_child(n, [this] { return split(1'000'000); }), -1);
    n_listed = listed().size();  // which looks for each of them
  }
}

TEST_F(PartList, TakesAwayWhatAnEarlierRunHadMore) {
  ASSERT_TRUE(split(1'000'000));
  ASSERT_EQ(files(".pst").size(), 3u);
  ASSERT_TRUE(
      write_file_atomically(directory / "parts" / "a-4.pst", as_bytes(std::string_view("another's"))));
  ASSERT_TRUE(split(1'500'000));
  EXPECT_THAT(files(".pst"), testing::UnorderedElementsAre("a.pst", "a-2.pst", "a-4.pst"));
  EXPECT_EQ(listed().size(), 2u);
}

}  // namespace
}  // namespace mk::pst
