#include "pst/part_writer.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/file.h"
#include "model/tags.h"
#include "pst/reader.h"

namespace mk::pst {
namespace {

namespace pid = model::pid;

std::filesystem::path fresh(const char* name) {
  const auto dir = std::filesystem::path(testing::TempDir()) / "mk_part_writer_test" / name;
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);
  return dir / "a.pst";
}

model::Item item_of(std::size_t body_bytes, const std::string& subject) {
  model::Item item;
  item.properties.set_text(pid::kSubject, subject);
  item.properties.set_binary(0x1013, ByteString(body_bytes, 'x'));
  return item;
}

/// Subjects of all lengths, so that rows fill their blocks badly.
Status fill(PartWriter& parts, int items) {
  model::PropertyList name;
  name.set_text(pid::kDisplayName, "Inbox");
  TRY_ASSIGN(const Nid inbox, parts.add_folder(parts.ipm_subtree(), name));
  for (int i = 0; i < items; ++i) {
    const auto n = static_cast<std::size_t>(i);
    TRY(parts.add_item(inbox, item_of(n * 7919 % 60000, std::string(n * 131 % 3000, 's')), i % 9 == 0));
  }
  return ok;
}

TEST(PartWriter, KeepsEveryPartWithinTheLimitAndLosesNoItem) {
  const auto path = fresh("limit");
  auto parts =
      PartWriter::create(path, {.writer = {}, .max_bytes = 1'500'000, .label = "", .replace = false});
  ASSERT_TRUE(parts);
  ASSERT_TRUE(fill(**parts, 600));
  ASSERT_TRUE((*parts)->publish());
  std::uint64_t items = 0;
  for (const auto& p : (*parts)->parts()) {
    EXPECT_LE(std::filesystem::file_size(p.path), 1'500'000u);
    EXPECT_EQ(std::filesystem::file_size(p.path), p.bytes);
    auto file = PstFile::open(p.path);
    ASSERT_TRUE(file) << file.error().what;
    const auto folders = (*file)->folders();
    for (const auto& f : *folders) items += f.items + f.associated;
  }
  EXPECT_EQ(items, 600u);
  EXPECT_GT((*parts)->parts().size(), 5u);
}

TEST(PartWriter, PutsAnItemAboveTheLimitIntoAPartOfItsOwn) {
  const auto path = fresh("large");
  auto parts =
      PartWriter::create(path, {.writer = {}, .max_bytes = 1'000'000, .label = "", .replace = false});
  ASSERT_TRUE(parts);
  const Nid top = (*parts)->ipm_subtree();
  for (const std::size_t bytes : {1000U, 3'000'000U, 1000U})
    ASSERT_TRUE((*parts)->add_item(top, item_of(bytes, "s"), false));
  ASSERT_TRUE((*parts)->publish());
  ASSERT_EQ((*parts)->parts().size(), 3u);
  EXPECT_TRUE((*parts)->parts()[1].is_oversized);
  EXPECT_FALSE((*parts)->parts()[2].is_oversized);
}

TEST(PartWriter, LeavesNothingWhenItIsNotPublished) {
  const auto path = fresh("left");
  {
    auto parts =
        PartWriter::create(path, {.writer = {}, .max_bytes = 1'000'000, .label = "", .replace = false});
    ASSERT_TRUE(parts);
    ASSERT_TRUE(fill(**parts, 100));
    ASSERT_GT((*parts)->parts().size(), 1u);
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_TRUE(std::filesystem::exists(path.string() + ".partial"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(path.parent_path()));
}

TEST(PartWriter, SaysInWhichPartAnItemIs) {
  const auto path = fresh("placed");
  auto parts = PartWriter::create(path, {.writer = {}, .max_bytes = 600'000, .label = "", .replace = false});
  ASSERT_TRUE(parts);
  std::map<std::string, PlacedItem> placed;
  for (int i = 0; i < 20; ++i) {
    const std::string subject = "item " + std::to_string(i);
    const auto added = (*parts)->add_item((*parts)->ipm_subtree(), item_of(90'000, subject), false);
    ASSERT_TRUE(added);
    placed[subject] = *added;
  }
  ASSERT_TRUE((*parts)->publish());
  for (const auto& [subject, place] : placed) {
    auto file = PstFile::open(part_path(path, place.part));
    ASSERT_TRUE(file) << place.part;
    const auto item = (*file)->read_item(place.nid);
    ASSERT_TRUE(item);
    EXPECT_TRUE(item->properties.get_text(pid::kSubject)->ends_with(subject));
  }
  EXPECT_GT(placed["item 19"].part, 3u);
}

TEST(PartWriter, AFolderThatComesLateIsInThePartAtHandAndThoseAfterIt) {
  const auto path = fresh("late");
  auto parts = PartWriter::create(path, {.writer = {}, .max_bytes = 600'000, .label = "", .replace = false});
  ASSERT_TRUE(parts);
  std::map<Nid, std::uint32_t> made_in;
  for (int i = 0; i < 400; ++i) {
    model::PropertyList name;
    name.set_text(pid::kDisplayName, "folder " + std::to_string(i));
    const auto folder = (*parts)->add_folder((*parts)->ipm_subtree(), name);
    ASSERT_TRUE(folder);
    const auto added = (*parts)->add_item(*folder, item_of(5000, "s"), false);
    ASSERT_TRUE(added) << added.error().what;
    made_in[*folder] = added->part;
    if ((*parts)->parts().size() == 4) break;
  }
  ASSERT_TRUE((*parts)->publish());
  ASSERT_EQ((*parts)->parts().size(), 4u);
  for (std::uint32_t n = 1; n <= 4; ++n) {
    EXPECT_LE(std::filesystem::file_size(part_path(path, n)), 600'000u);
    auto file = PstFile::open(part_path(path, n));
    ASSERT_TRUE(file);
    const auto folders = (*file)->folders();
    ASSERT_TRUE(folders);
    std::set<Nid> here;
    for (const auto& f : *folders) here.insert(f.nid);
    for (const auto& [nid, part] : made_in)
      EXPECT_TRUE(part > n || here.contains(nid)) << "part " << n << " folder of part " << part;
    EXPECT_EQ((*parts)->parts()[n - 1].folders, folders->size());
  }
}

TEST(PartWriter, FoldersAboveTheLimitAreToldWithTheFirstItem) {
  const auto path = fresh("folders");
  auto parts = PartWriter::create(path, {.writer = {}, .max_bytes = 600'000, .label = "", .replace = false});
  ASSERT_TRUE(parts);
  model::PropertyList name;
  name.set_text(pid::kDisplayName, "folder");
  for (int i = 0; i < 400; ++i) ASSERT_TRUE((*parts)->add_folder((*parts)->ipm_subtree(), name));
  EXPECT_EQ((*parts)->add_item((*parts)->ipm_subtree(), item_of(10, "s"), false).error().code,
            Code::kInvalid);
}

TEST(PartWriter, RefusesNamesThatAreTakenAndLimitsBelowTheFolders) {
  const auto path = fresh("taken");
  ASSERT_TRUE(write_file_atomically(part_path(path, 2), as_bytes("x")));
  EXPECT_EQ(PartWriter::create(path, {}).error().code, Code::kInvalid);
  EXPECT_EQ(
      PartWriter::create(fresh("small"), {.writer = {}, .max_bytes = 1000, .label = "", .replace = false})
          .error()
          .code,
      Code::kInvalid);
  EXPECT_FALSE(parse_part_bytes("51GiB"));
  EXPECT_FALSE(parse_part_bytes("999KB"));
  EXPECT_EQ(*parse_part_bytes("50GB"), 50'000'000'000u);
}

}  // namespace
}  // namespace mk::pst
