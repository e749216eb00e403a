#include "undo/undo.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "ews/string_transport.h"
#include "undo/deletions.h"

namespace mk::undo {
namespace {

/// A mailbox of which a test says what is in it.
class FakeMailbox final : public Removable {
 public:
  struct Item {
    std::string change_key, content, folder, marker;
    bool read = false, stuck = false;
  };
  std::map<std::string, Item> items;            // by id
  std::map<std::string, FolderNow> folders;     // by id; what is in them is counted
  std::vector<std::string> discarded, removed;  // folders
  std::function<void()> on_discard;
  int asked = 0, compared = 0;

  Result<std::vector<std::optional<model::ItemHead>>> look(const std::vector<model::ItemId>& ids) override {
    std::vector<std::optional<model::ItemHead>> out;
    for (const auto& id : ids) {
      const auto it = items.find(id.value);
      if (it == items.end()) {
        out.emplace_back();
        continue;
      }
      model::ItemHead head;
      head.id = id;
      head.change_key.value = it->second.change_key;
      head.read = it->second.read;
      out.emplace_back(head);
    }
    ++asked;
    return out;
  }
  Result<std::vector<model::ItemMark>> marked(const model::FolderId& folder) override {
    std::vector<model::ItemMark> out;
    for (const auto& [id, item] : items)
      if (item.folder == folder.value && !item.marker.empty()) out.push_back({{id}, item.marker, {}, 0});
    return out;
  }
  Result<ByteString> content(const model::ItemHead& head) override {
    ++compared;
    const auto& item = items.at(head.id.value);
    if (item.content.empty()) return Error{Code::kCorrupt, "no stream"};
    return item.content;
  }
  Result<std::vector<Status>> remove(const std::vector<model::ItemId>& ids) override {
    std::vector<Status> out;
    for (const auto& id : ids) {
      const bool stuck = items.at(id.value).stuck;
      out.push_back(stuck ? Status(Error{Code::kDenied, "ErrorCannotDeleteObject"}) : Status(ok));
      if (!stuck) items.erase(id.value);
    }
    return out;
  }
  Result<std::optional<FolderNow>> look_at_folder(const model::FolderId& id) override {
    const auto it = folders.find(id.value);
    if (it == folders.end()) return std::optional<FolderNow>();
    FolderNow now = it->second;
    if (now.items) {
      now.items = std::count_if(items.begin(), items.end(),
                                [&](const auto& i) { return i.second.folder == id.value; });
      now.folders =
          std::count_if(folders.begin(), folders.end(), [&](const auto& f) { return f.second.parent == id; });
    }
    return std::optional(std::move(now));
  }
  Status discard_folder(const model::FolderId& id) override {
    discarded.push_back(id.value);
    folders.at(id.value).parent.value = "deleted items";
    if (on_discard) on_discard();
    return ok;
  }
  Status remove_folder(const model::FolderId& id) override {
    removed.push_back(id.value);
    folders.erase(id.value);
    return ok;
  }
};

job::RestoredItem created(const std::string& id, const std::string& change_key = "K") {
  job::RestoredItem item;
  item.to.value = "F";
  item.marker = "marker of " + id;
  item.id.value = id;
  item.change_key.value = change_key;
  item.hash = "content";
  return item;
}

class UndoTest : public testing::Test {
 protected:
  UndoTest() { mailbox.items["mine"] = {"K", "content", "F", "marker of mine"}; }
  UndoReport undo(const std::vector<job::RestoredItem>& items, bool dry_run = false,
                  const std::vector<job::MadeFolder>& folders = {}) {
    UndoOptions options;
    options.dry_run = dry_run;
    options.on_event = [this](const UndoEvent& e) { events[e.item.id.value] = e; };
    options.on_folder = [this](const UndoFolderEvent& e) { left[e.folder.id.value] = e.why; };
    const auto report = run_undo(mailbox, {items, folders}, options);
    EXPECT_TRUE(report) << report.error().what;
    return report ? *report : UndoReport{};
  }
  /// Folder `id` in `parent`, as a restore made it.
  job::MadeFolder made(const std::string& id, const std::string& parent = "top") {
    mailbox.folders[id] = {{parent}, "name of " + id, 0, 0};
    return {{id}, {parent}, "name of " + id, parent + "/" + id};
  }
  FakeMailbox mailbox;
  std::map<std::string, UndoEvent> events;
  std::map<std::string, std::string> left;  // folders; with an empty reason: removed
};

TEST_F(UndoTest, RemovesWhatTheRestoreCreatedAndNothingElse) {
  mailbox.items["somebody's"] = {"K", "content", "F", ""};
  mailbox.items["of another restore"] = {"K", "content", "F", "another marker"};
  const auto report = undo({created("mine")});
  EXPECT_EQ(report.removed, 1u);
  EXPECT_EQ(mailbox.items.size(), 2u);
  EXPECT_FALSE(mailbox.items.contains("mine"));
  EXPECT_EQ(mailbox.compared, 0) << "the change key says it";
}

TEST_F(UndoTest, LeavesWhatSomebodyChanged) {
  mailbox.items["mine"] = {"K2", "other content", "F", "marker of mine"};
  const auto report = undo({created("mine")});
  EXPECT_EQ(report.changed, 1u);
  EXPECT_EQ(report.removed, 0u);
  EXPECT_TRUE(mailbox.items.contains("mine"));
  EXPECT_FALSE(events["mine"].why.empty());
}

TEST_F(UndoTest, LeavesWhatSomebodyRead) {
  mailbox.items["mine"].change_key = "K2";
  mailbox.items["mine"].read = true;
  EXPECT_EQ(undo({created("mine")}).changed, 1u);
  EXPECT_TRUE(mailbox.items.contains("mine"));
}

TEST_F(UndoTest, ANewChangeKeyAloneIsNoChange) {
  mailbox.items["mine"].change_key = "given by the server itself";
  EXPECT_EQ(undo({created("mine")}).removed, 1u);
  EXPECT_EQ(mailbox.compared, 1);
}

TEST_F(UndoTest, LeavesWhatCannotBeCompared) {
  mailbox.items["mine"] = {"K2", "", "F", "marker of mine"};
  EXPECT_EQ(undo({created("mine")}).changed, 1u);
  auto without_hash = created("mine");
  without_hash.hash.clear();
  EXPECT_EQ(undo({without_hash}).changed, 1u);
  EXPECT_TRUE(mailbox.items.contains("mine"));
}

TEST_F(UndoTest, FindsByItsMarkerWhatWasCreatedWithoutAnAnswer) {
  auto unanswered = created("mine", "");
  unanswered.id.value.clear();
  auto never = created("never created", "");
  never.id.value.clear();
  const auto report = undo({unanswered, never});
  EXPECT_EQ(report.removed, 1u);
  EXPECT_EQ(report.gone, 1u);
  EXPECT_TRUE(mailbox.items.empty());
}

TEST_F(UndoTest, ADryRunSaysTheSameAndRemovesNothing) {
  mailbox.items["changed"] = {"K2", "other", "F", "m"};
  const auto dry = undo({created("mine"), created("changed"), created("gone")}, true);
  EXPECT_EQ(mailbox.items.size(), 2u);
  const auto real = undo({created("mine"), created("changed"), created("gone")});
  EXPECT_EQ(dry.removed, real.removed);
  EXPECT_EQ(dry.changed, real.changed);
  EXPECT_EQ(dry.gone, real.gone);
  EXPECT_EQ(mailbox.items.size(), 1u);
}

TEST_F(UndoTest, ASecondRunFindsEverythingGone) {
  undo({created("mine")});
  const auto again = undo({created("mine")});
  EXPECT_EQ(again.removed, 0u);
  EXPECT_EQ(again.gone, 1u);
}

TEST_F(UndoTest, SaysWhatTheServerDidNotRemove) {
  mailbox.items["mine"].stuck = true;
  EXPECT_EQ(undo({created("mine")}).failed, 1u);
  EXPECT_EQ(events["mine"].why, "ErrorCannotDeleteObject");
}

TEST_F(UndoTest, AsksInBatches) {
  std::vector<job::RestoredItem> many;
  for (int i = 0; i < 120; ++i) {
    const std::string id = "item " + std::to_string(i);
    mailbox.items[id] = {"K", "content", "F", "m"};
    many.push_back(created(id));
  }
  EXPECT_EQ(undo(many).removed, 120u);
  EXPECT_EQ(mailbox.asked, 3);
}

TEST_F(UndoTest, RemovesTheFoldersThatTheRestoreMadeFromTheInnermostOn) {
  const std::vector folders{made("F"), made("F1", "F"), made("F2", "F1")};
  mailbox.folders["somebody's"] = {{"top"}, "somebody's", 0, 0};
  const auto dry = undo({created("mine")}, true, folders);
  EXPECT_EQ(dry.folders_removed, 3u) << "as if the items were gone";
  EXPECT_TRUE(mailbox.discarded.empty());
  EXPECT_EQ(undo({created("mine")}, false, folders).folders_removed, 3u);
  EXPECT_EQ(mailbox.removed, (std::vector<std::string>{"F2", "F1", "F"}));
  EXPECT_EQ(mailbox.discarded, mailbox.removed);
  EXPECT_EQ(mailbox.folders.size(), 1u);
  EXPECT_EQ(undo({created("mine")}, false, folders).folders_left, 0u) << "they are gone";
}

TEST_F(UndoTest, LeavesFoldersThatAreNotEmptyAnyMore) {
  const std::vector folders{made("F"), made("with item", "F"), made("with folder", "F"), made("hidden", "F")};
  mailbox.items["somebody's"] = {"K", "content", "with item", ""};
  mailbox.folders["theirs"] = {{"with folder"}, "theirs", 0, 0};
  mailbox.folders["hidden"].items.reset();  // the server does not count
  for (const bool dry_run : {true, false}) {
    const auto report = undo({created("mine")}, dry_run, folders);
    EXPECT_EQ(report.folders_left, 4u) << "and so the one that they are in";
    EXPECT_EQ(report.folders_removed, 0u);
  }
  EXPECT_NE(left["with item"].find("not empty"), std::string::npos);
  EXPECT_NE(left["hidden"].find("does not tell"), std::string::npos);
  EXPECT_TRUE(mailbox.discarded.empty());
}

TEST_F(UndoTest, LeavesFoldersThatSomebodyRenamedOrMoved) {
  const std::vector folders{made("renamed"), made("moved")};
  mailbox.folders["renamed"].name = "My projects";
  mailbox.folders["moved"].parent.value = "elsewhere";
  EXPECT_EQ(undo({}, false, folders).folders_left, 2u);
  EXPECT_TRUE(mailbox.discarded.empty());
}

TEST_F(UndoTest, LosesNothingThatComesIntoAFolderInThatMoment) {
  const std::vector folders{made("empty")};
  mailbox.on_discard = [&] { mailbox.items["new"] = {"K", "content", "empty", ""}; };
  EXPECT_EQ(undo({}, false, folders).folders_left, 1u);
  EXPECT_TRUE(mailbox.removed.empty());
  EXPECT_NE(left["empty"].find("deleted items"), std::string::npos);
}

TEST_F(UndoTest, LeavesAFolderWhoseItemsAreLeft) {
  const std::vector folders{made("F")};
  mailbox.items["mine"].change_key = "K2";
  mailbox.items["mine"].read = true;
  for (const bool dry_run : {true, false})
    EXPECT_EQ(undo({created("mine")}, dry_run, folders).folders_left, 1u);
}

TEST_F(UndoTest, StopsWhenItIsCancelled) {
  const std::atomic<bool> cancel{true};
  UndoOptions options;
  options.cancel = &cancel;
  const auto report = run_undo(mailbox, {{created("mine")}, {}}, options);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kCancelled);
  EXPECT_EQ(mailbox.items.size(), 1u);
}

TEST(DeleteItems, RemovesForGoodAndSendsNothing) {
  using ews::failure, ews::soap, ews::success;
  ews::StringTransport t(
      {{.body = soap("DeleteItem", success("DeleteItem", "") + failure("DeleteItem", "ErrorItemNotFound"))}});
  ews::Session session{t};
  const auto results = delete_items(session, {{"A&"}, {"B"}});
  ASSERT_TRUE(results) << results.error().what;
  EXPECT_EQ(t.last_body(),
            R"(<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone" )"
            R"(AffectedTaskOccurrences="AllOccurrences"><m:ItemIds><t:ItemId Id="A&amp;"/><t:ItemId Id="B"/>)"
            R"(</m:ItemIds></m:DeleteItem>)");
  EXPECT_TRUE((*results)[0]);
  EXPECT_EQ((*results)[1].error().code, Code::kNotFound);
}

TEST(DeleteFolder, SaysHow) {
  using ews::failure, ews::soap, ews::success;
  ews::StringTransport t({{.body = soap("DeleteFolder", success("DeleteFolder", ""))},
                          {.body = soap("DeleteFolder", failure("DeleteFolder", "ErrorItemNotFound"))}});
  ews::Session session{t};
  EXPECT_TRUE(delete_folder(session, {"F&"}, FolderDeletion::kMoveToDeletedItems));
  EXPECT_EQ(t.last_body(), R"(<m:DeleteFolder DeleteType="MoveToDeletedItems"><m:FolderIds>)"
                           R"(<t:FolderId Id="F&amp;"/></m:FolderIds></m:DeleteFolder>)");
  const auto gone = delete_folder(session, {"F&"}, FolderDeletion::kHardDelete);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Code::kNotFound);
  EXPECT_NE(t.last_body().find("\"HardDelete\""), std::string::npos);
}

}  // namespace
}  // namespace mk::undo
