#include "archive/compare.h"

#include "archive/fixture_test.h"

namespace mk::archive {
namespace {

using Kind = Difference::Kind;

class CompareTest : public testing::Test {
 protected:
  CompareTest() {
    mailbox.add_folder("F1", "Inbox");
    mailbox.add_folder("F2", "Sent");
    for (int i = 0; i < 1'200; ++i) mailbox.add_item("F1", "I" + std::to_string(i), "mail");
    before = mailbox.write();
  }
  /// `KIND folder/item` and the place before, in the order they come.
  std::multiset<std::string> differences() {
    constexpr const char* kNames[] = {"added", "removed", "changed", "read", "moved"};
    std::multiset<std::string> out;
    const auto a = *RestorePoint::open(nodes, before), b = *RestorePoint::open(nodes, mailbox.write());
    nodes.n_read = 0;
    EXPECT_TRUE(compare_points(nodes, *a, *b, [&](const Difference& d) -> Status {
      out.insert(std::string(kNames[static_cast<int>(d.kind)]) + " " + d.folder.name +
                 (d.is_folder ? "" : "/" + d.item.head.id.value) +
                 (d.from.id.empty() ? "" : " from " + d.from.name));
      return ok;
    }));
    return out;
  }
  Nodes nodes;
  Mailbox mailbox{nodes};
  vault::TreeWriter::Root before;
};

TEST_F(CompareTest, TellsWhatBecameOfItems) {
  mailbox.add_item("F1", "new", "a new mail");
  mailbox.items.erase({"F1", "I5"});
  mailbox.items[{"F1", "I6"}].head.change_key.value = "version 2";
  mailbox.items[{"F1", "I7"}].head.read = true;
  auto moved = mailbox.items.extract({"F1", "I8"});
  moved.key() = {"F2", "M8"};
  moved.mapped().head.id.value = "M8";
  mailbox.items.insert(std::move(moved));
  EXPECT_EQ(differences(),
            (std::multiset<std::string>{"added Inbox/new", "removed Inbox/I5", "changed Inbox/I6",
                                        "read Inbox/I7", "moved Sent/M8 from Inbox"}));
  EXPECT_LT(nodes.n_read, 60u);
}

TEST_F(CompareTest, TellsWhatBecameOfFoldersAndKeepsTheirCountsToItself) {
  mailbox.folders["F1"].held.items = 7;
  mailbox.folders["F1"].state.value = "another";
  EXPECT_TRUE(differences().empty());
  mailbox.folders["F1"].folder.name = "Posteingang";
  mailbox.folders["F2"].folder.parent.value = "F1";
  mailbox.add_folder("F3", "New");
  EXPECT_EQ(differences(), (std::multiset<std::string>{"changed Posteingang from Inbox",
                                                       "moved Sent from Sent", "added New"}));
  mailbox.folders.erase("F2");
  EXPECT_TRUE(differences().contains("removed Sent"));
}

TEST_F(CompareTest, SaysThatANodeIsDamaged) {
  const auto a = *RestorePoint::open(nodes, before);
  mailbox.items.erase({"F1", "I5"});
  const auto b = *RestorePoint::open(nodes, mailbox.write());
  nodes.all.erase(before.id);
  EXPECT_EQ(compare_points(nodes, *a, *b, [](const Difference&) -> Status { return ok; }).error().code,
            Code::kNotFound);
}

}  // namespace
}  // namespace mk::archive
