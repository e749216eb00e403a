#include "undo/undo.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "ews/string_transport.h"
#include "undo/delete_item.h"

namespace mk::undo {
namespace {

/// A mailbox of which a test says what is in it.
class FakeMailbox final : public Removable {
 public:
  struct Item {
    std::string change_key, content, folder, marker;
    bool read = false, stuck = false;
  };
  std::map<std::string, Item> items;  // by id
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
  UndoReport undo(const std::vector<job::RestoredItem>& items, bool dry_run = false) {
    UndoOptions options;
    options.dry_run = dry_run;
    options.on_event = [this](const UndoEvent& e) { events[e.item.id.value] = e; };
    const auto report = run_undo(mailbox, items, options);
    EXPECT_TRUE(report) << report.error().what;
    return report ? *report : UndoReport{};
  }
  FakeMailbox mailbox;
  std::map<std::string, UndoEvent> events;
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

TEST_F(UndoTest, StopsWhenItIsCancelled) {
  const std::atomic<bool> cancel{true};
  UndoOptions options;
  options.cancel = &cancel;
  const auto report = run_undo(mailbox, {created("mine")}, options);
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

}  // namespace
}  // namespace mk::undo
