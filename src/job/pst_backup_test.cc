#include "job/pst_backup.h"

#include <sys/resource.h>

#include <csignal>

#include "job/pst_fixture_test.h"

namespace mk::job {
namespace {

/// Whether all is dumped before it is stored.
class PstBackupTest : public PstTest, public testing::WithParamInterface<bool> {
 protected:
  PstBackupTest() { dump_first = GetParam(); }

  /// PSTs in the temporary location, whole or not.
  std::size_t dumped() const {
    std::size_t n = 0;
    std::error_code none;
    for (std::filesystem::recursive_directory_iterator it(temporary, none), end; it != end;
         it.increment(none))
      n += it->path().extension() == ".pst" || it->path().extension() == ".partial";
    return n;
  }
  /// Nothing is put into the vault's store from the n-th put on.
  void cut_off_after(int n) {
    store.before = [n](vault::FaultStore::Op op, const std::string&) mutable -> std::optional<Error> {
      if (op != vault::FaultStore::Op::kPut || n-- > 0) return std::nullopt;
      return Error{Code::kUnavailable, "cut off"};
    };
  }
  void expect_each_back() {
    for (std::size_t n = 0; n < psts.size(); ++n) {
      EXPECT_EQ(psts[n].kept, archive::PstKept::kRegenerated) << n;
      const auto back = get("alice@example.test", n, file("part" + std::to_string(n)));
      ASSERT_TRUE(back) << back.error().what;
      EXPECT_TRUE(back->is_original);
    }
  }
};
INSTANTIATE_TEST_SUITE_P(, PstBackupTest, testing::Bool(),
                         [](const auto& p) { return p.param ? "DumpedFirst" : "UploadedWhileDumping"; });

TEST_P(PstBackupTest, BackupsInThisFormGoOnFromEachOtherAndFromItems) {
  fill(25);
  EXPECT_OUTCOME(pst_backup(), Outcome::kBalanced);
  ASSERT_EQ(psts.size(), 1u);
  EXPECT_EQ(psts[0].kept, archive::PstKept::kRegenerated);
  EXPECT_EQ(state(), on_server());
  server.add_item(projects, "new");
  server.delete_item(inbox, items[0]);
  server.change_item(inbox, items[1], "changed");
  EXPECT_OUTCOME(pst_backup(true), Outcome::kBalanced);
  ASSERT_EQ(psts.size(), 1u);
  EXPECT_EQ(psts[0].items, 2u);
  EXPECT_EQ(state(), on_server());
  ASSERT_TRUE(get("alice@example.test", 0, file("small.pst")));
  server.set_read(inbox, items[2], true);
  EXPECT_OUTCOME(backup(true), Outcome::kBalanced);  // in the form of items
  EXPECT_EQ(state(), on_server());
  server.add_item(inbox, "last");
  EXPECT_OUTCOME(pst_backup(true), Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
  expect_sound();
}

TEST_P(PstBackupTest, ARunThatIsCutOffAtAnyWriteIsContinued) {
  fill(8);
  bool is_done = false;
  for (int n = 0; n < 50 && !is_done; ++n) {
    int left = n;
    store.before = [&left](vault::FaultStore::Op op, const std::string&) -> std::optional<Error> {
      if (op != vault::FaultStore::Op::kPut || left-- > 0) return std::nullopt;
      return Error{Code::kUnavailable, "cut off"};
    };
    is_done = static_cast<bool>(pst_backup());
    store.before = nullptr;
  }
  ASSERT_TRUE(is_done);
  const auto opened = *open_vault();
  EXPECT_EQ(opened->points().size(), 1u);  // nothing is left unchecked
  EXPECT_EQ(state(), on_server());
  const auto back = get("alice@example.test", 0, file("b.pst"));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_TRUE(back->is_original);
  expect_sound();
}

TEST_P(PstBackupTest, ABackupOfSeveralPartsGivesEachBack) {
  max_pst_bytes = kThreeItems;
  fill_large(10);
  EXPECT_OUTCOME(pst_backup(), Outcome::kBalanced);
  EXPECT_GE(psts.size(), 3u);
  for (std::size_t n = 0; n < psts.size(); ++n) {
    EXPECT_EQ(psts[n].kept, archive::PstKept::kRegenerated) << n;
    const auto back = get("alice@example.test", n, file("part" + std::to_string(n)));
    ASSERT_TRUE(back) << back.error().what;
    EXPECT_TRUE(back->is_original);
  }
  expect_sound();
}

/// The point of uploading while dumping is that it takes less room.
TEST_P(PstBackupTest, NeedsRoomForEveryPartOrForThree) {
  max_pst_bytes = kThreeItems;
  piece_bytes = 1;
  fill_large(30);
  std::size_t most = 0, at_first_put = 0;
  store.before = [&](vault::FaultStore::Op op, const std::string& name) -> std::optional<Error> {
    if (op != vault::FaultStore::Op::kPut || !name.starts_with("packs/")) return std::nullopt;
    most = std::max(most, dumped());
    if (at_first_put == 0) at_first_put = dumped();
    return std::nullopt;
  };
  EXPECT_OUTCOME(pst_backup(), Outcome::kBalanced);
  EXPECT_GE(psts.size(), 10u);
  if (dump_first) {
    EXPECT_EQ(at_first_put, psts.size());
  }
  EXPECT_LE(most, dump_first ? psts.size() + 1 : 3u);
  EXPECT_EQ(dumped(), 0u);
}

TEST_P(PstBackupTest, ItemsThatChangeMeanwhileAreDumpedAsTheyAreInTheEnd) {
  max_pst_bytes = kThreeItems;
  server.page_size = 4;
  fill_large(10);
  const std::string id = server.add_item(inbox, "old");
  int lists = 0;
  server.before = [&](const std::string& operation, const std::string& folder) {
    if (operation == "count" && folder == inbox && lists++ == 0) server.change_item(inbox, id, "changed");
  };
  EXPECT_OUTCOME(pst_backup(), Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
  std::uint64_t n = 0;
  for (const auto& pst : psts) n += pst.items;
  EXPECT_EQ(n, 11u);
  expect_each_back();
}

TEST_P(PstBackupTest, AnIncrementalGoesOnWhereItWasCutOff) {
  fill(10);
  EXPECT_OUTCOME(pst_backup(), Outcome::kBalanced);
  for (int i = 0; i < 8; ++i) server.add_item(inbox, "new " + std::to_string(i));
  server.delete_item(inbox, items[0]);
  server.page_size = 2;
  piece_bytes = 1;
  server.fail_after_fetches = server.fetched + 4;
  EXPECT_FALSE(pst_backup(true));
  server.fail_after_fetches = -1;
  const int before = server.fetched;
  EXPECT_OUTCOME(pst_backup(true), Outcome::kBalanced);
  EXPECT_LT(server.fetched - before, 8);
  EXPECT_EQ(state(), on_server());
  ASSERT_EQ(psts.size(), 1u);
  EXPECT_EQ(psts[0].items, 8u);
  expect_each_back();
  expect_sound();
}

/// Whichever way the run goes that comes after it.
TEST_P(PstBackupTest, WhatWasDumpedFirstIsStoredByTheNextRun) {
  fill(10);
  const bool asked = std::exchange(dump_first, true);
  cut_off_after(0);
  EXPECT_FALSE(pst_backup());
  store.before = nullptr;
  const int before = server.fetched;
  dump_first = asked;
  const auto report = pst_backup();
  EXPECT_OUTCOME(report, Outcome::kBalanced);
  EXPECT_TRUE(report->resumed);
  EXPECT_EQ(server.fetched, before);
  EXPECT_EQ(state(), on_server());
  EXPECT_EQ(dumped(), 0u);
}

/// It holds what has changed only, so that PSTs made of it would not hold the mailbox. A dump has a run of
/// its own.
TEST_P(PstBackupTest, DoesNotGoOnWithAFullInTheFormOfItems) {
  fill(10);
  EXPECT_OUTCOME(backup(), Outcome::kBalanced);
  for (int i = 0; i < 4; ++i) server.change_item(inbox, items[static_cast<std::size_t>(i)], "changed");
  server.page_size = 2;
  piece_bytes = 1;
  server.fail_after_fetches = server.fetched + 2;
  EXPECT_FALSE(backup());
  server.fail_after_fetches = -1;
  if (!dump_first) {
    const auto refused = pst_backup();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::kInvalid);
    EXPECT_NE(refused.error().what.find("--restart"), std::string::npos);
    restart = true;
  }
  EXPECT_OUTCOME(pst_backup(), Outcome::kBalanced);
  EXPECT_EQ(psts.at(0).items, 12u);
  EXPECT_EQ(state(), on_server());
}

TEST_P(PstBackupTest, NamesATemporaryLocationThatCannotBeMade) {
  ASSERT_TRUE(write_file_atomically(file("dumps"), as_bytes("in the way")));
  const auto refused = pst_backup();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().what.find("the temporary location " + temporary.string() + " cannot be made"),
            std::string::npos)
      << refused.error().what;
  EXPECT_EQ(server.fetched, 0);
}

TEST_P(PstBackupTest, NamesATemporaryLocationWithTooLittleRoomAndGoesOnWhenThereIsMore) {
  fill_large(12);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{700'000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto refused = pst_backup();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kExhausted);
  EXPECT_NE(
      refused.error().what.find("the temporary location " + temporary.string() + " has too little room"),
      std::string::npos)
      << refused.error().what;
  EXPECT_OUTCOME(pst_backup(), Outcome::kBalanced);
  EXPECT_EQ(state(), on_server());
  expect_each_back();
}

/// Every path that the file system takes: the seed forbade most of them.
TEST_P(PstBackupTest, TakesATemporaryLocationOfAnyName) {
  fill(5);
  temporary = file("dumps");
  for (const std::string& name :
       {std::string("'single' \"double\" \\ ? : * < > | +"), std::string("line\nline\ttab"),
        std::string("Überwachung été 備份 резерв 🗄"), std::string(200, 'x'), std::string(255, 'y'),
        std::string("-rf"), std::string(" "), std::string("%s{}")})
    temporary /= name;
  EXPECT_GT(temporary.string().size(), 512u);
  EXPECT_OUTCOME(pst_backup(), Outcome::kBalanced);
  EXPECT_TRUE(std::filesystem::exists(temporary));
  EXPECT_EQ(dumped(), 0u);
  EXPECT_EQ(state(), on_server());
  expect_each_back();
}

}  // namespace
}  // namespace mk::job
