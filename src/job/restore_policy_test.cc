#include <set>

#include "job/fixture_test.h"
#include "job/restore_journal.h"
#include "mapi/item_reader.h"
#include "mapi/item_writer.h"
#include "model/tags.h"

namespace mk::job {
namespace {

using Action = RestoreEvent::Action;

/// What a restore does with items that are there already.
class RestorePolicyTest : public RestoreTest {
 protected:
  RestoreOptions with(IfPresent policy, const std::string& to = "bob@example.test") {
    auto o = restore_options(to);
    o.if_present = policy;
    o.on_event = [this](const RestoreEvent& e) { events.push_back(e); };
    return o;
  }
  Result<RestoreReport> restore_at_home(const RestoreOptions& o) {
    MemoryMailbox target(server);
    return run_restore(target, o);
  }
  std::multiset<Action> actions() const {
    std::multiset<Action> out;
    for (const auto& e : events) out.insert(e.action);
    return out;
  }
  std::filesystem::path journals() const { return options().directory / "restores"; }

  /// As somebody does who writes into a restored item: the marker stays. Gives its id.
  std::string write_into(const std::string& subject, const std::string& new_subject) {
    for (auto& [folder, f] : other.folders)
      for (auto& [id, item] : f.items)
        if (item.subject == subject) {
          auto content = mapi::read_exported_item(make_memory_blob(item.stream));
          MK_CHECK(content);
          content->properties.set_text(model::pid::kSubject, new_subject);
          other.change_item(folder, id, new_subject);
          item.stream.clear();
          StringSink sink(item.stream);
          MK_CHECK(mapi::write_exported_item(*content, sink));
          item.head.size_bytes = item.stream.size();
          return id;
        }
    return {};
  }

  std::vector<RestoreEvent> events;
};

TEST_F(RestorePolicyTest, ReplaceBringsWhatAnEarlierRestoreCreatedBackInPlace) {
  fill(12);
  ASSERT_TRUE(backup());
  ASSERT_TRUE(restore());
  const auto id = write_into("mail 3", "scribbled over");
  ASSERT_FALSE(id.empty());
  ASSERT_TRUE(restore()) << "skip leaves it";
  ASSERT_NE(in_other(), on_server());
  const auto report = restore(with(IfPresent::kReplace));
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->updated, 1u) << format_text(*report);
  EXPECT_EQ(report->created, 0u);
  EXPECT_EQ(report->present_by_marker, 13u);
  EXPECT_EQ(in_other(), on_server());
  EXPECT_EQ(other.folders[other_inbox].items.at(id).subject, "mail 3") << "the same item";
  const int uploaded = other.uploaded;
  const auto again = restore(with(IfPresent::kReplace));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->updated, 0u);
  EXPECT_EQ(again->present_by_marker, 14u) << "it has its marker again";
  EXPECT_EQ(other.uploaded, uploaded);
}

TEST_F(RestorePolicyTest, ReplaceInTheSameMailboxGoesByTheId) {
  fill(5);
  server.set_read(inbox, items[1], true);
  ASSERT_TRUE(backup());
  const auto then = on_server();
  const auto read = read_in(server);
  server.change_item(inbox, items[1], "changed since");
  server.folders[inbox].items.at(items[2]).head.change_key.value = "another, as servers give by themselves";
  const auto report = restore_at_home(with(IfPresent::kReplace, "alice@example.test"));
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->updated, 1u);
  EXPECT_EQ(report->present_by_id, 6u);
  EXPECT_TRUE(report->left.empty()) << report->left.front();
  EXPECT_EQ(on_server(), then);
  EXPECT_EQ(server.folders[inbox].items.at(items[1]).subject, "mail 1");
  EXPECT_EQ(read_in(server), read);
  const auto again = restore_at_home(with(IfPresent::kReplace, "alice@example.test"));
  EXPECT_EQ(again->updated, 0u);
  EXPECT_EQ(again->present_by_id, 7u);
}

TEST_F(RestorePolicyTest, ReplaceOfABackupWithoutVerbatimStreamsIsIdempotentToo) {
  fill(4);
  MemoryMailbox mailbox(server);
  auto o = options();
  o.verbatim = false;
  ASSERT_TRUE(run_backup(mailbox, o));
  ASSERT_TRUE(restore(with(IfPresent::kReplace)));
  const auto again = restore(with(IfPresent::kReplace));
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->updated + again->created + again->failed, 0u) << format_text(*again);
  ASSERT_FALSE(write_into("mail 1", "scribbled over").empty());
  EXPECT_EQ(restore(with(IfPresent::kReplace))->updated, 1u);
  EXPECT_EQ(in_other(), on_server());
}

TEST_F(RestorePolicyTest, WhatCannotBeComparedFailsAndIsLeft) {
  fill(5);
  ASSERT_TRUE(backup());
  ASSERT_TRUE(restore());
  other.broken[write_into("mail 2", "scribbled over")] = 100;
  const auto report = restore(with(IfPresent::kReplace));
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->failed, 1u);
  EXPECT_EQ(report->updated, 0u);
  const auto failed = std::ranges::find(events, Action::kFailed, &RestoreEvent::action);
  ASSERT_NE(failed, events.end());
  EXPECT_NE(failed->why.find("cannot be compared: "), std::string::npos) << failed->why;
}

TEST_F(RestorePolicyTest, WhatWasUpdatedIsNotAmongWhatWasCreated) {
  fill(5);
  ASSERT_TRUE(backup());
  auto o = with(IfPresent::kReplace);
  o.name = "first";
  o.items = {items[0], items[1]};
  ASSERT_TRUE(restore(o));
  const auto id = write_into("mail 1", "scribbled over");
  o.name = "second";
  o.items.clear();
  events.clear();
  ASSERT_TRUE(restore(o));
  const auto created = read_restored(journals(), "second"), updated = read_updated(journals(), "second");
  ASSERT_TRUE(created && updated);
  EXPECT_EQ(created->size(), 5u);
  for (const auto& item : *created) EXPECT_NE(item.id.value, id);
  ASSERT_EQ(updated->size(), 1u);
  EXPECT_EQ(updated->front().id.value, id);
  EXPECT_TRUE(read_updated(journals(), "first")->empty());
  for (const auto& e : events) EXPECT_EQ(e.created.empty(), e.action != Action::kCreate);
}

TEST_F(RestorePolicyTest, AnUpdateWithoutAnAnswerIsNotAmongWhatWasCreated) {
  fill(3);
  ASSERT_TRUE(backup());
  ASSERT_TRUE(restore());
  ASSERT_FALSE(write_into("mail 1", "scribbled over").empty());
  auto o = with(IfPresent::kReplace);
  o.name = "cut off";
  other.gone = true;
  ASSERT_FALSE(restore(o));
  other.gone = false;
  EXPECT_TRUE(read_restored(journals(), "cut off")->empty()) << "an undo would remove it";
  ASSERT_TRUE(restore(o));
  EXPECT_EQ(read_updated(journals(), "cut off")->size(), 1u) << "once, of both attempts";
  EXPECT_EQ(in_other(), on_server());
}

TEST_F(RestorePolicyTest, CopyCreatesAnotherOneOfEachAtEachRun) {
  fill(5);
  ASSERT_TRUE(backup());
  ASSERT_TRUE(restore());
  for (const int n : {2, 3}) {
    const auto report = restore(with(IfPresent::kCopy));
    ASSERT_TRUE(report) << report.error().what;
    EXPECT_EQ(report->created, 7u);
    for (const auto& [subject, count] : in_other()) EXPECT_EQ(count, n) << subject;
  }
  EXPECT_EQ(restore()->created, 0u) << "the items are there";
  EXPECT_EQ(restore(with(IfPresent::kReplace))->updated, 0u);
  const auto at_home = restore_at_home(with(IfPresent::kCopy, "alice@example.test"));
  ASSERT_TRUE(at_home) << at_home.error().what;
  EXPECT_EQ(at_home->created, 7u);
}

TEST_F(RestorePolicyTest, ACopyStandsForAnItemThatIsGone) {
  fill(2);
  ASSERT_TRUE(backup());
  ASSERT_TRUE(restore(with(IfPresent::kCopy)));
  EXPECT_EQ(restore()->created, 0u);
  const auto id = write_into("mail 1", "scribbled over");
  EXPECT_EQ(restore(with(IfPresent::kReplace))->updated, 1u);
  EXPECT_EQ(other.folders[other_inbox].items.at(id).subject, "mail 1");
  EXPECT_EQ(in_other(), on_server());
}

TEST_F(RestorePolicyTest, AnInterruptedCopyGoesOnAndCopiesNothingTwice) {
  fill(35);
  ASSERT_TRUE(backup());
  ASSERT_TRUE(restore());
  for (const char* const name : {"", "with a name"}) {
    auto o = with(IfPresent::kCopy);
    o.name = name;
    const auto before = in_other();
    other.fail_after_fetches = other.uploaded + 15;
    ASSERT_FALSE(restore(o));
    EXPECT_NE(in_other(), before);
    other.fail_after_fetches = -1;
    auto another = o;
    another.dry_run = true;
    another.folders = {"Inbox"};
    EXPECT_EQ(restore(another)->present_by_marker > 0, !o.name.empty()) << "by its name only, or its choice";
    const auto report = restore(o);
    ASSERT_TRUE(report) << report.error().what;
    EXPECT_GT(report->present_by_marker, 0u);
    for (const auto& [subject, count] : in_other()) EXPECT_EQ(count, before.at(subject) + 1) << subject;
  }
  auto named = with(IfPresent::kCopy);
  named.name = "with a name";
  EXPECT_EQ(restore(named)->created, 0u) << "the same restore, even where it came to its end";
  EXPECT_EQ(restore(with(IfPresent::kCopy))->created, 37u) << "a new one";
}

TEST_F(RestorePolicyTest, ADryRunListsWhatEachPolicyWouldDo) {
  fill(3);
  ASSERT_TRUE(backup());
  auto o = restore_options("bob@example.test");
  o.items = {items[0], items[1]};
  ASSERT_TRUE(restore(o));
  ASSERT_FALSE(write_into("mail 1", "scribbled over").empty());
  const auto before = in_other();
  const int uploaded = other.uploaded;
  const std::map<IfPresent, std::multiset<Action>> expected = {
      {IfPresent::kSkip,
       {Action::kPresent, Action::kPresent, Action::kCreate, Action::kCreate, Action::kCreate}},
      {IfPresent::kCopy,
       {Action::kCreate, Action::kCreate, Action::kCreate, Action::kCreate, Action::kCreate}},
      {IfPresent::kReplace,
       {Action::kPresent, Action::kUpdate, Action::kCreate, Action::kCreate, Action::kCreate}}};
  for (const auto& [policy, wanted] : expected) {
    events.clear();
    auto dry = with(policy);
    dry.dry_run = true;
    const auto report = restore(dry);
    ASSERT_TRUE(report) << report.error().what;
    EXPECT_EQ(actions(), wanted);
    EXPECT_EQ(report->updated, policy == IfPresent::kReplace ? 1u : 0u);
  }
  EXPECT_EQ(in_other(), before);
  EXPECT_EQ(other.uploaded, uploaded);
}

}  // namespace
}  // namespace mk::job
