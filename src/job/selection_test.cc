#include "job/selection.h"

#include <gtest/gtest.h>

#include <random>

namespace mk::job {
namespace {

model::Folder folder(const std::string& id, const std::string& parent, const std::string& name) {
  model::Folder f;
  f.id.value = id;
  f.parent.value = parent;
  f.name = name;
  return f;
}

std::vector<model::Folder> mailbox() {
  auto top = folder("T", "", "Top of Information Store");
  top.well_known = "msgfolderroot";
  return {top,
          folder("1", "T", "Inbox"),
          folder("2", "1", "A/B"),
          folder("3", "1", "Twin"),
          folder("4", "1", "Twin"),
          folder("5", "2", "Deep"),
          folder("6", "T", "Sent")};
}

TEST(FolderPath, SlashesInNamesAreEscaped) {
  EXPECT_EQ(*parse_folder_path("Inbox/A\\/B/C\\\\D"), (std::vector<std::string>{"Inbox", "A/B", "C\\D"}));
  for (const auto* bad : {"", "/", "Inbox/", "/Inbox", "a//b", "a\\", "a\\b"}) {
    SCOPED_TRACE(bad);
    ASSERT_FALSE(parse_folder_path(bad));
    EXPECT_EQ(parse_folder_path(bad).error().code, Code::kInvalid);
  }
}

TEST(FolderPath, AnyNamesSurviveEscapingAndParsing) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::string> names(1 + random() % 4);
    std::string path;
    for (auto& name : names) {
      for (std::size_t i = 0; i < 1 + random() % 6; ++i) name += "/\\ab.:\xC3\xA9\n"[random() % 9];
      path += (path.empty() ? "" : "/") + escape_folder_name(name);
    }
    ASSERT_EQ(*parse_folder_path(path), names);
  }
}

TEST(FolderTree, FindsByPathAndIdAndNamesWhatIsMissing) {
  const auto all = mailbox();
  std::vector<const model::Folder*> pointers;
  for (const auto& f : all) pointers.push_back(&f);
  const FolderTree tree(pointers);
  EXPECT_EQ(*tree.find("Inbox/A\\/B/Deep"), 5u);
  EXPECT_EQ(*tree.find("inbox"), 1u) << "without regard to case when nothing fits exactly";
  EXPECT_EQ(*tree.find("id:4"), 4u);
  EXPECT_EQ(tree.path(5), "Inbox/A\\/B/Deep");
  const auto missing = tree.find("Inbox/Nope/Deep");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().what.find("no \"Nope\" in Inbox"), std::string::npos) << missing.error().what;
  const auto twins = tree.find("Inbox/Twin");
  ASSERT_FALSE(twins);
  EXPECT_NE(twins.error().what.find("id:3"), std::string::npos);
  EXPECT_NE(twins.error().what.find("id:4"), std::string::npos);
}

TEST(FolderTree, ParentsInACircleDoNotHang) {
  const std::vector<model::Folder> all = {folder("1", "2", "a"), folder("2", "1", "b")};
  const FolderTree tree({&all[0], &all[1]});
  EXPECT_FALSE(tree.path(0).empty());
}

TEST(SelectFolders, TheInnermostSelectedFolderOwnsAFolder) {
  Manifest m;
  m.mailbox = "alice@example.test";
  ASSERT_TRUE(select_folders(mailbox(), {"Inbox/A\\/B", "Inbox", "id:1"}, m));
  ASSERT_EQ(m.sets.size(), 2u);
  std::map<std::string, int> sets;
  for (const auto& f : m.folders) sets[f.folder.id.value] = f.set;
  EXPECT_EQ(sets["5"], 0);
  EXPECT_EQ(sets["1"], 1);
  EXPECT_EQ(sets["3"], 1);
  EXPECT_FALSE(sets.contains("6"));
}

TEST(PstFileName, NeverLeavesTheDirectoryAndIsNeverTakenTwice) {
  std::vector<std::string> taken;
  const std::string names[] = {"..",
                               ".",
                               "",
                               "/etc/passwd",
                               "a\\b",
                               "CON",
                               "com1.txt",
                               "Inbox",
                               "INBOX",
                               " . ",
                               std::string(300, 'x'),
                               "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E",
                               std::string("a\0b", 3),
                               "a:b*c?"};
  for (const auto& name : names) {
    SCOPED_TRACE(name);
    const auto file = pst_file_name(name, taken);
    EXPECT_EQ(std::filesystem::path(file).filename().string(), file);
    EXPECT_LE(file.size(), 110u);
    EXPECT_TRUE(file.ends_with(".pst") && file[0] != '.' && file != "_.pst." && file.size() > 4);
    EXPECT_EQ(std::count(taken.begin(), taken.end(), file), 0);
    taken.push_back(file);
  }
  EXPECT_EQ(taken[8], "INBOX (2).pst");
  EXPECT_EQ(taken[5], "_CON.pst");
}

TEST(PstFileName, IsNeverThatOfAPartOfAnother) {
  EXPECT_EQ(pst_file_name("inbox-2", {"Inbox.pst"}), "inbox-2 (2).pst");
  EXPECT_EQ(pst_file_name("Inbox", {"Inbox-12.pst"}), "Inbox (2).pst");
  for (const char* other : {"Inbox-.pst", "Inbox-2a.pst", "Inbox2.pst", "Inbox - 2.pst"})
    EXPECT_EQ(pst_file_name("Inbox", {other}), "Inbox.pst") << other;
}

}  // namespace
}  // namespace mk::job
