#include "agent/restore/proof.h"

#include "agent/restore/fixture_test.h"

namespace mk::agent {
namespace {

class ProofTest : public RestoreTest {
 protected:
  Proof drill(const ProofRule& rule, std::size_t destination = 1) {
    const std::atomic<bool> cancel{false};
    const auto proof = run_drill({schedule, schedule.destinations[destination].place, kAlice}, rule, *state,
                                 workshop, doors, cancel);
    EXPECT_TRUE(proof) << proof.error().what;
    return proof ? *proof : Proof{};
  }
  static ProofRule rule(unsigned percent, bool scratch = false) {
    ProofRule r;
    r.enabled = true;
    r.percent = percent;
    if (scratch) r.connection = "exchange", r.mailbox = "scratch@example.test";
    return r;
  }
};

TEST_F(ProofTest, EverythingHasItsTurn) {
  fill(40);
  ASSERT_NO_FATAL_FAILURE(back_up());
  std::uint64_t sampled = 0, largest = 0;
  for (std::uint64_t n = 1; n <= 5; ++n) {
    const auto proof = drill(rule(20), n % 2);
    EXPECT_EQ(proof.same, proof.sampled) << proof.error;
    EXPECT_EQ(proof.of, 41u);
    EXPECT_EQ(proof.proven, proof.tried);
    EXPECT_EQ(proof.way, "memory");
    sampled += n % 2 == 1 ? proof.sampled : 0;
    largest = std::max(largest, proof.sampled);
  }
  EXPECT_LT(largest, 30u) << "a drill is a sample";
  for (std::uint64_t n = 0; n < 2; ++n) sampled += drill(rule(20), 1).sampled;
  EXPECT_EQ(sampled, 41u) << "five drills of this destination";
}

TEST(ProofParts, AreDisjointAndComplete) {
  for (int i = 0; i < 200; ++i) {
    int parts = 0;
    for (std::uint64_t part = 0; part < 7; ++part)
      parts += is_in_part("item " + std::to_string(i), "seed", 7, part);
    EXPECT_EQ(parts, 1);
  }
}

TEST_F(ProofTest, AScratchMailboxIsCleanAfterwards) {
  fill(10);
  other.add(other_inbox, TestServer::stream_of("of somebody"));
  ASSERT_NO_FATAL_FAILURE(back_up());
  for (const std::size_t d : {0u, 1u}) {
    const auto proof = drill(rule(100, true), d);
    EXPECT_EQ(proof.sampled, 11u);
    EXPECT_EQ(proof.same, 11u) << proof.error;
    EXPECT_EQ(proof.way, "scratch mailbox");
    EXPECT_EQ(other.size(), 1u);
  }
}

TEST_F(ProofTest, WhatAnInterruptedDrillLeftIsRemovedByTheNext) {
  fill(30);
  ASSERT_NO_FATAL_FAILURE(back_up());
  other.uploads_until_it_breaks = 12;
  const std::atomic<bool> cancel{false};
  auto removable = doors.removable;
  doors.removable = [](const Connection&, const std::string&) {
    class Broken final : public undo::Removable {
      Error gone() const { return {Code::kUnavailable, "the server went away"}; }
      Result<std::vector<std::optional<model::ItemHead>>> look(const std::vector<model::ItemId>&) override {
        return gone();
      }
      Result<std::vector<model::ItemMark>> marked(const model::FolderId&) override { return gone(); }
      Result<ByteString> content(const model::ItemHead&) override { return gone(); }
      Result<std::vector<Status>> remove(const std::vector<model::ItemId>&) override { return gone(); }
      Result<std::optional<undo::FolderNow>> look_at_folder(const model::FolderId&) override {
        return gone();
      }
      Status discard_folder(const model::FolderId&) override { return gone(); }
      Status remove_folder(const model::FolderId&) override { return gone(); }
    };
    return Result<std::unique_ptr<undo::Removable>>(std::make_unique<Broken>());
  };
  const auto broken = run_drill({schedule, schedule.destinations[1].place, kAlice}, rule(100, true), *state,
                                workshop, doors, cancel);
  ASSERT_TRUE(broken) << broken.error().what;
  EXPECT_NE(broken->error.find("the server went away"), std::string::npos) << "and so in the list";
  EXPECT_FALSE(broken->proven);
  EXPECT_GT(other.size(), 0u);
  other.uploads_until_it_breaks = -1;
  doors.removable = removable;
  const auto proof = drill(rule(100, true));
  EXPECT_EQ(proof.same, 31u) << proof.error;
  EXPECT_EQ(other.size(), 0u);
}

TEST_F(ProofTest, FindsWhatCannotBeRestored) {
  fill(20);
  ASSERT_NO_FATAL_FAILURE(back_up());
  const auto proven = drill(rule(100), 0).proven;
  ASSERT_TRUE(proven);
  for (const auto& f : std::filesystem::recursive_directory_iterator(dir / "plain"))
    if (f.path().extension() == ".segment") {
      auto file = File::open(f.path(), File::Mode::kReadWrite);
      ASSERT_TRUE(file->write_at(*file->size() / 2, as_bytes("damage")));
    }
  const auto proof = drill(rule(100), 0);
  EXPECT_GT(proof.unreadable + proof.differ, 0u);
  EXPECT_LT(proof.same, proof.sampled);
  EXPECT_FALSE(proof.error.empty());
  EXPECT_EQ(proof.proven, proven) << "the last time that all was well";
  EXPECT_EQ(state->proofs().list("nightly")->size(), 1u);
}

TEST_F(ProofTest, ADestinationThatIsGoneIsAResult) {
  const auto proof = drill(rule(100), 0);
  EXPECT_FALSE(proof.proven);
  EXPECT_FALSE(proof.error.empty());
}

TEST_F(ProofTest, IsDueWhenTheRuleSaysSo) {
  fill(3);
  ASSERT_NO_FATAL_FAILURE(back_up());
  EXPECT_TRUE(due_drills(*state, workshop)->empty()) << "not enabled";
  auto weekly = rule(50);
  ASSERT_TRUE(set_proof_rule(state->settings(), weekly));
  EXPECT_EQ(*proof_rule(state->settings()), weekly);
  EXPECT_EQ(due_drills(*state, workshop)->size(), 2u) << "both destinations";
  drill(weekly, 0), drill(weekly, 1);
  EXPECT_TRUE(due_drills(*state, workshop)->empty());
  clock.skip_days(6);
  EXPECT_TRUE(due_drills(*state, workshop)->empty());
  clock.skip_days(1);
  EXPECT_EQ(due_drills(*state, workshop)->size(), 2u);
  weekly.percent = 0;
  EXPECT_FALSE(set_proof_rule(state->settings(), weekly));
}

}  // namespace
}  // namespace mk::agent
