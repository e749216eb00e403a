#include "job/vault_backup.h"

#include <algorithm>
#include <random>
#include <set>

#include "archive/keys.h"
#include "job/fixture_test.h"
#include "job/state_export.h"
#include "mapi/item_writer.h"
#include "model/tags.h"
#include "pst/reader.h"
#include "vault/session.h"

namespace mk::job {
namespace {

ByteString noise(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  ByteString out(n, '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

class VaultBackupTest : public RestoreTest {
 protected:
  VaultBackupTest() { where = Where::kVault; }

  /// An item that does not compress.
  std::string add_with_attachment(MemoryServer& at, const std::string& folder, const std::string& subject,
                                  const ByteString& attachment) {
    const std::string id = at.add_item(folder, subject);
    model::Item item = MemoryServer::make_item(subject, 200, "key of " + id);
    model::Attachment a;
    a.properties.set_integer32(model::pid::kAttachMethod, model::kAttachByValue);
    a.properties.set_binary(model::pid::kAttachDataBinary, attachment);
    item.attachments.push_back(std::move(a));
    auto& kept = at.folders[folder].items.at(id);
    kept.stream.clear();
    StringSink sink(kept.stream);
    MK_CHECK(mapi::write_exported_item(item, sink));
    kept.head.size_bytes = kept.stream.size();
    kept.head.has_attachments = true;
    return id;
  }
  std::vector<std::string> points() {
    std::vector<std::string> names;
    const auto opened = open_vault();
    if (opened)
      for (const auto& p : (*opened)->points()) names.push_back(p.name);
    return names;
  }
  /// The server's whole content, by subject.
  void change_a_lot() {
    for (int i = 0; i < 6; ++i) server.add_item(projects, "new " + std::to_string(i));
    server.delete_item(inbox, items[0]);
    server.change_item(inbox, items[1], "changed");
    server.set_read(inbox, items[2], true);
    server.move_item(inbox, items[3], trash);
  }
};

TEST_F(VaultBackupTest, ASecondFullFetchesAndAddsNothing) {
  for (unsigned i = 0; i < 60; ++i)
    add_with_attachment(server, inbox, "mail " + std::to_string(i), noise(60'000, i));
  ASSERT_TRUE(backup());
  const std::uint64_t before = vault_bytes();
  const int fetched = server.fetched;
  const auto second = backup();
  EXPECT_OUTCOME(second, Outcome::kBalanced);
  EXPECT_EQ(server.fetched, fetched);
  EXPECT_EQ(second->manifest.ledger().total().unchanged.items, 60u);
  EXPECT_LE(vault_bytes() - before, before / 200);
  auto o = options();
  o.reread = true;
  const auto third = backup(o);
  EXPECT_OUTCOME(third, Outcome::kBalanced);
  EXPECT_EQ(server.fetched, fetched + 60);
  EXPECT_LE(vault_bytes() - before, before / 100);
  EXPECT_EQ(state(), on_server());
  expect_sound();
}

TEST_F(VaultBackupTest, TakesWhatAnotherPlaceHoldsFromThereAndFetchesTheRest) {
  fill(25);
  ASSERT_TRUE(backup());
  change_a_lot();
  const auto opened = *open_vault();
  std::mutex turn;
  archive::NodeCache chunks(*opened, turn);
  const auto held = *VaultState::open(chunks, archive::mail_points(opened->points()).back());
  const auto elsewhere = vault::make_memory_store();
  ASSERT_TRUE(vault::create_vault(*elsewhere, SecretString(ByteString(32, 'm')), vault_key(), "key", {1}));
  const auto vault = *vault::Vault::open(*elsewhere, vault_key());
  VaultPlace place(*vault, directory.path() / "elsewhere");
  auto o = options();
  o.also_held = held.get();
  MemoryMailbox mailbox(server);
  const int fetched = server.fetched;
  EXPECT_OUTCOME(run_backup(mailbox, place, o), Outcome::kBalanced);
  EXPECT_GE(server.fetched - fetched, 9) << "new, changed, moved, and read since";
  EXPECT_LE(server.fetched - fetched, 10) << "the server lists what changed twice";
  const auto copy = *VaultState::open(*vault, archive::mail_points(vault->points()).back());
  std::map<std::string, int> copied;
  ASSERT_TRUE(copy->for_each(
      [&](const MailboxState::Held& item) -> Status { return ++copied[item.line.label.subject], ok; }));
  EXPECT_EQ(copied, on_server());
}

TEST_F(VaultBackupTest, AFullFindsWhatChangedWithoutAnySyncState) {
  fill(25);
  ASSERT_TRUE(backup());
  change_a_lot();
  const int fetched = server.fetched;
  EXPECT_OUTCOME(backup(), Outcome::kBalanced);
  EXPECT_EQ(server.fetched - fetched, 8);
  EXPECT_EQ(state(), on_server());
  expect_sound();
}

TEST_F(VaultBackupTest, StoresAnAttachmentOnceForTwoMailboxes) {
  const ByteString attachment = noise(2 << 20, 1);
  add_with_attachment(server, inbox, "from alice", attachment);
  ASSERT_TRUE(backup());
  const std::uint64_t before = vault_bytes("packs/");
  MemoryServer bobs;
  const auto bobs_inbox = bobs.add_folder(bobs.add_folder("", "Top", "msgfolderroot"), "Inbox", "inbox");
  add_with_attachment(bobs, bobs_inbox, "to bob, with a longer subject", attachment);
  MemoryMailbox mailbox(bobs);
  const auto opened = *open_vault();
  VaultPlace place(*opened, directory.path() / "bob");
  auto o = options();
  o.mailbox = "bob@example.test";
  EXPECT_OUTCOME(run_backup(mailbox, place, o), Outcome::kBalanced);
  EXPECT_LT(vault_bytes("packs/") - before, 20'000u);
  EXPECT_EQ(archive::mail_points(opened->points()).size(), 2u);
  EXPECT_EQ(state(), on_server());  // alice's is still hers
}

TEST_F(VaultBackupTest, EveryPointIsWholeAndStaysWhenOthersAreForgotten) {
  fill(25);
  ASSERT_TRUE(backup());
  const auto monday = on_server();
  const FileTime then = to_file_time(clock.now());
  change_a_lot();
  ASSERT_TRUE(backup(true));
  auto o = restore_options("bob@example.test");
  o.at = then;
  ASSERT_TRUE(restore(o));
  EXPECT_EQ(in_other(), monday);
  empty_other();
  {
    const auto opened = *open_vault();
    vault::LogHead head;
    head.type = vault::LogType::kForget;
    head.target = opened->points().front().number;
    ASSERT_TRUE(opened->append(head, {}, {}, FileTime{1}));
  }
  ASSERT_TRUE(restore());
  EXPECT_EQ(in_other(), on_server());
  EXPECT_EQ(read_in(other), read_in(server));
  EXPECT_EQ(restore()->created, 0u);
}

/// Where each item lies, by subject.
class VaultGroupTest : public VaultBackupTest {
 protected:
  std::map<std::string, std::pair<vault::ChunkId, std::uint32_t>> places() {
    std::map<std::string, std::pair<vault::ChunkId, std::uint32_t>> out;
    EXPECT_TRUE(with_state([&](const MailboxState& state) {
      return state.for_each([&](const MailboxState::Held& held) -> Status {
        const auto& object = held.line.stored.object;
        out[held.line.label.subject] = {object.id, object.offset};
        return ok;
      });
    }));
    return out;
  }
};

TEST_F(VaultGroupTest, ShortMailsShareChunksAndEachIsReadOnceForAll) {
  struct Reads final : vault::ChunkSource {
    vault::Vault& vault;
    int of_data = 0;
    explicit Reads(vault::Vault& v) : vault(v) {}
    Result<vault::Chunk> get(const vault::ChunkId& id, vault::ChunkKind kind) override {
      of_data += kind == vault::ChunkKind::kData ? 1 : 0;
      return vault.get(id, kind);
    }
  };
  fill(300);
  ASSERT_TRUE(backup());
  std::set<vault::ChunkId> chunks;
  for (const auto& [subject, place] : places()) chunks.insert(place.first);
  EXPECT_LE(chunks.size(), 40u);  // a page of the listing makes one at least
  const auto opened = *open_vault();
  Reads reads(*opened);
  std::mutex mutex;
  archive::NodeCache cache(reads, mutex);
  const auto state = *VaultState::open(cache, archive::mail_points(opened->points()).back());
  reads.of_data = 0;
  int n = 0;
  ASSERT_TRUE(state->for_each([&](const MailboxState::Held& held) -> Status {
    TRY(state->stream(held));
    return ++n, ok;
  }));
  EXPECT_EQ(n, 302);
  EXPECT_EQ(reads.of_data, static_cast<int>(chunks.size()));
}

TEST_F(VaultGroupTest, VerifyNamesEveryMailOfADamagedGroup) {
  fill(60);
  ASSERT_TRUE(backup());
  std::map<vault::ChunkId, std::uint64_t> in_chunk;
  for (const auto& [subject, place] : places()) ++in_chunk[place.first];
  const auto by_number = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto [group, n] = *std::max_element(in_chunk.begin(), in_chunk.end(), by_number);
  ASSERT_GT(n, 5u);
  const auto lies = *(*open_vault())->index().find(group);
  store.change = [&](const std::string& name, std::uint64_t offset, ByteString& bytes) {
    if (name == vault::pack_name(lies.pack) && offset == lies.offset && bytes.size() == lies.length)
      bytes[bytes.size() / 2] ^= 1;
  };
  const auto report = verify();
  const auto restored = restore();
  store.change = nullptr;
  EXPECT_EQ(report->n_problems, n);
  EXPECT_EQ(restored->failed, n);
}

TEST_F(VaultGroupTest, WhatIsExportedAgainLiesWhereItLayWhateverComesFirst) {
  server.page_size = 50;
  fill(300);
  ASSERT_TRUE(backup());
  const auto before = places();
  auto o = options();
  o.reread = true;
  o.connections = 4;
  EXPECT_OUTCOME(backup(o), Outcome::kBalanced);
  EXPECT_TRUE(places() == before);
  server.change_item(inbox, items[7], "changed");
  EXPECT_OUTCOME(backup(true), Outcome::kBalanced);
  auto after = places();
  EXPECT_EQ(after.erase("changed"), 1u);
  for (const auto& [subject, place] : after) EXPECT_TRUE(before.at(subject) == place) << subject;
  expect_sound();
}

/// All in one tree, as earlier mailkeeps wrote it.
TEST_F(VaultBackupTest, ARunGoesOnFromAPointOfVersion1) {
  fill(30);
  ASSERT_TRUE(backup());
  {
    const auto opened = *open_vault();
    const auto point = opened->points().back();
    vault::Session session(*opened);
    vault::TreeWriter tree(session, opened->keys().tree_cut);
    const auto take = [&](vault::Entry e) -> Result<bool> {
      if (e.key == archive::kItemsKey) return false;
      if (e.key == archive::kPointKey) e.attributes[0] = 1;
      TRY(tree.add(std::move(e)));
      return true;
    };
    const auto new_form = *archive::RestorePoint::open(*opened, point.root);
    ASSERT_TRUE(vault::visit_tree(*opened, point.root, "", take));
    ASSERT_TRUE(vault::visit_tree(*opened, *new_form->items(), "", take));
    ASSERT_TRUE(session.commit(point.name, *tree.finish(), FileTime{1}));
    vault::LogHead head;
    head.type = vault::LogType::kForget;
    head.target = point.number;
    ASSERT_TRUE(opened->append(head, {}, {}, FileTime{1}));
  }
  EXPECT_EQ(state(), on_server());
  expect_sound();
  change_a_lot();
  EXPECT_OUTCOME(backup(true), Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
  expect_sound();
}

TEST_F(VaultBackupTest, AFolderThatIsGoneTakesItsItemsWithIt) {
  fill(25);
  ASSERT_TRUE(backup());
  server.folders.erase(projects);
  EXPECT_OUTCOME(backup(true), Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
  EXPECT_FALSE(state().contains("plan"));
  expect_sound();
}

TEST_F(VaultBackupTest, AnotherSelectionIsAFullOfItsOwn) {
  fill(10);
  ASSERT_TRUE(backup());
  EXPECT_OUTCOME(backup(false, {"Inbox/A\\/B"}), Outcome::kBalanced);
  EXPECT_EQ(state(), (std::map<std::string, int>{{"plan", 1}}));
  expect_sound();
}

/// Everything of the vault fails from the n-th operation on, as when the process was killed there.
class VaultKillTest : public VaultBackupTest {
 protected:
  /// True when the run came to its end.
  bool run_until(long n, bool incremental) {
    long left = n;
    store.before = [&left](vault::FaultStore::Op, const std::string&) -> std::optional<Error> {
      return --left <= 0 ? std::optional(Error{Code::kInternal, "killed"}) : std::nullopt;
    };
    const auto report = backup(incremental);
    store.before = nullptr;
    return static_cast<bool>(report);
  }
  void expect_continued(bool incremental) {
    EXPECT_OUTCOME(backup(incremental), Outcome::kBalanced);
    EXPECT_EQ(state(), on_server());
    for (const auto& name : points()) EXPECT_TRUE(name.starts_with("mail/")) << name;
    expect_sound();
  }
  /// The vault becomes what it was when `kept` was made of it.
  std::map<std::string, ByteString> keep() {
    std::map<std::string, ByteString> kept;
    MK_CHECK(memory->list("", [&](const std::string& name, std::uint64_t n) -> Status {
      TRY_ASSIGN(kept[name], memory->get(name, 0, n));
      return ok;
    }));
    return kept;
  }
  void start_over(const std::map<std::string, ByteString>& kept) {
    for (const auto& [name, bytes] : keep()) MK_CHECK(memory->remove(name));
    for (const auto& [name, bytes] : kept) MK_CHECK(memory->put(name, as_bytes(bytes)));
  }
};

TEST_F(VaultKillTest, AFullContinuesFromEveryStep) {
  server.page_size = 4;
  piece_bytes = 2'000;
  fill(12);
  const auto empty = keep();
  for (long n = 1;; ++n) {
    SCOPED_TRACE("killed at operation " + std::to_string(n));
    start_over(empty);
    const bool lived = run_until(n, false);
    if (n % 2 == 0) std::filesystem::remove_all(directory.path() / "work");  // on another machine
    expect_continued(false);
    if (lived || HasFailure()) break;
  }
}

TEST_F(VaultKillTest, AnIncrementalContinuesFromEveryStep) {
  server.page_size = 4;
  piece_bytes = 1;
  fill(12);
  ASSERT_TRUE(backup());
  change_a_lot();
  const auto full = keep();
  for (long n = 1;; ++n) {
    SCOPED_TRACE("killed at operation " + std::to_string(n));
    start_over(full);
    const bool lived = run_until(n, true);
    expect_continued(true);
    if (lived || HasFailure()) break;
  }
}

TEST_F(VaultKillTest, WhatAPieceHoldsIsNotFetchedAgain) {
  server.page_size = 4;
  piece_bytes = 1;
  fill(40);
  server.fail_after_fetches = 30;
  ASSERT_FALSE(backup());
  server.fail_after_fetches = -1;
  const auto report = backup();
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_TRUE(report->resumed);
  EXPECT_LE(server.fetched, 42 + 12);
}

TEST_F(VaultKillTest, APieceThatIsMissingMakesTheRunBeginAnew) {
  server.page_size = 4;
  fill(30);
  for (const int after : {10, 22}) {
    server.fail_after_fetches = after;
    ASSERT_FALSE(backup());
  }
  server.fail_after_fetches = -1;
  {
    const auto opened = *open_vault();
    const auto pieces = archive::pieces_of(opened->points(), "alice@example.test");
    ASSERT_EQ(pieces.size(), 2u);
    vault::LogHead head;
    head.type = vault::LogType::kForget;
    head.target = pieces[0].point.number;
    ASSERT_TRUE(opened->append(head, {}, {}, FileTime{1}));
  }
  const auto report = backup();
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_FALSE(report->resumed);
  expect_continued(true);
}

TEST_F(VaultKillTest, RestartThrowsAnInterruptedRunAway) {
  fill(20);
  server.fail_after_fetches = 15;
  ASSERT_FALSE(backup());
  server.fail_after_fetches = -1;
  auto o = options();
  o.restart = true;
  const auto report = backup(o);
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_FALSE(report->resumed);
  expect_continued(true);
}

/// A byte of every pack in turn: verify says so, and all that is not lost is restored.
TEST_F(VaultBackupTest, ADamagedPackCostsOnlyWhatIsInIt) {
  fill(40);
  ASSERT_TRUE(backup());
  const auto all = on_server();
  std::vector<std::string> packs;
  ASSERT_TRUE(memory->list(
      "packs/", [&](const std::string& name, std::uint64_t) -> Status { return packs.push_back(name), ok; }));
  std::uint64_t partly = 0;
  for (const auto& pack : packs)
    for (int part = 1; part < 12; ++part) {
      SCOPED_TRACE(pack + " part " + std::to_string(part));
      const std::uint64_t at = *memory->head(pack) * static_cast<std::uint64_t>(part) / 13;
      store.change = [&](const std::string& name, std::uint64_t offset, ByteString& bytes) {
        if (name == pack && at >= offset && at - offset < bytes.size()) bytes[at - offset] ^= 1;
      };
      const auto verified = verify();
      const auto state_of = restore();
      store.change = nullptr;
      ASSERT_TRUE(verified);
      EXPECT_GT(verified->n_problems, 0u);
      if (!state_of) {  // the point's own entry, its run, a folder that no other can stand for
        EXPECT_TRUE(state_of.error().code == Code::kCorrupt || state_of.error().code == Code::kNotFound)
            << state_of.error().what;
        empty_other();
        continue;
      }
      std::uint64_t restored = 0;
      for (const auto& [subject, n] : in_other()) {
        EXPECT_TRUE(all.contains(subject));
        restored += static_cast<std::uint64_t>(n);
      }
      EXPECT_EQ(restored + state_of->failed, 42u) << format_text(*state_of);
      partly += restored > 0 && state_of->failed > 0 ? 1 : 0;
      empty_other();
    }
  EXPECT_GT(partly, 3u);
}

TEST_F(VaultBackupTest, ARunOnADamagedPointSaysHowToGoOn) {
  fill(300);
  ASSERT_TRUE(backup());
  server.change_item(inbox, items[0], "changed");
  std::string nodes;
  {
    const auto opened = *open_vault();
    const auto root = opened->points().back().root;
    const auto place = opened->index().find(root.id);
    ASSERT_TRUE(place);
    nodes = vault::pack_name(place->pack);
  }
  store.change = [&](const std::string& name, std::uint64_t offset, ByteString& bytes) {
    if (name == nodes && offset == 32 && bytes.size() > 100) bytes[90] ^= 1;  // the first leaf
  };
  const auto report = backup(true);
  store.change = nullptr;
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Code::kCorrupt);
  EXPECT_NE(report.error().what.find("--reread"), std::string::npos) << report.error().what;
  ASSERT_TRUE(memory->remove(nodes));
  auto o = options();
  o.reread = true;
  EXPECT_OUTCOME(backup(o), Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
  EXPECT_EQ(restore()->failed, 0u);
  EXPECT_EQ(in_other(), on_server());
}

TEST_F(VaultBackupTest, ASecondRunOfAMailboxAtTheSameTimeIsRefused) {
  fill(5);
  server.before = [&](const std::string& operation, const std::string&) {
    if (operation != "list") return;
    server.before = nullptr;
    const auto opened = *open_vault();
    VaultPlace place(*opened, directory.path() / "work");
    MemoryMailbox mailbox(server);
    EXPECT_EQ(run_backup(mailbox, place, options()).error().code, Code::kConflict);
  };
  EXPECT_OUTCOME(backup(), Outcome::kBalanced);
}

/// PSTs of a point of a vault and of a chain in a directory hold the same.
class StateExportTest : public VaultBackupTest, public ::testing::WithParamInterface<Where> {
 protected:
  StateExportTest() { where = GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(From, StateExportTest, ::testing::Values(Where::kDirectory, Where::kVault));

TEST_P(StateExportTest, WritesAStateIntoPsts) {
  fill(12);
  ASSERT_TRUE(backup());
  change_a_lot();
  ASSERT_TRUE(backup(true));
  const auto to = directory.path() / "export";
  StateExportReport report, part;
  ASSERT_TRUE(with_state([&](const MailboxState& state) -> Status {
    TRY_ASSIGN(report, export_state(state, to));
    EXPECT_EQ(export_state(state, to).error().code, Code::kInvalid);  // not empty any more
    StateExportOptions only;
    only.folders = {"Inbox/A\\/B"};
    TRY_ASSIGN(part, export_state(state, to / "part", only));
    only.folders = {"no such folder"};
    EXPECT_EQ(export_state(state, to / "none", only).error().code, Code::kNotFound);
    return ok;
  }));
  EXPECT_EQ(part.items, 7u);
  EXPECT_EQ(part.files, std::vector<std::string>{"A_B.pst"});
  EXPECT_EQ(report.items, 19u);
  EXPECT_EQ(report.skipped, 0u);
  ASSERT_EQ(report.files, std::vector<std::string>{"alice@example.test.pst"});
  const auto pst = pst::PstFile::open(to / report.files[0]);
  ASSERT_TRUE(pst);
  std::uint64_t n = 0;
  const auto folders = *(*pst)->folders();
  for (const auto& f : folders) n += f.items + f.associated;
  EXPECT_EQ(n, 19u);
}

}  // namespace
}  // namespace mk::job
