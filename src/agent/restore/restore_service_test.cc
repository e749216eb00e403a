#include "agent/restore/restore_service.h"

#include "agent/restore/fixture_test.h"

namespace mk::agent {
namespace {

class RestoreServiceTest : public RestoreTest {
 protected:
  RestoreService::Options options() {
    RestoreService::Options o;
    o.doors = doors;
    o.look_every = std::chrono::milliseconds(50);
    return o;
  }
  template <class F>
  bool comes(F what) {
    for (int i = 0; i < 2000 && !what(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return what();
  }
};

TEST_F(RestoreServiceTest, MakesDrillsWhenTheyAreDueAndWhenTheyAreWanted) {
  fill(3);
  ASSERT_NO_FATAL_FAILURE(back_up());
  ProofRule rule;
  rule.enabled = true;
  ASSERT_TRUE(set_proof_rule(state->settings(), rule));
  auto o = options();
  std::atomic<int> made{0};
  o.on_proof = [&](const Proof&) { ++made; };
  const auto service = RestoreService::start(*state, workshop, o);
  ASSERT_TRUE(service) << service.error().what;
  EXPECT_TRUE(comes([&] { return made == 2; }));
  (*service)->drill_now({schedule, schedule.destinations[0].place, kAlice});
  EXPECT_TRUE(comes([&] { return made == 3; }));
}

TEST_F(RestoreServiceTest, BringsCatalogsUpToDateAfterARun) {
  fill(3);
  ASSERT_NO_FATAL_FAILURE(back_up());
  const auto service = RestoreService::start(*state, workshop, options());
  (*service)->run_ended(schedule);
  EXPECT_TRUE(comes([&] {
    std::error_code none;
    return !std::filesystem::is_empty(workshop.directory / "catalog", none) && !none;
  }));
}

TEST_F(RestoreServiceTest, GoesOnWithRestoresThatWereLeft) {
  fill(3);
  ASSERT_NO_FATAL_FAILURE(back_up());
  Restore left;
  left.request = request();
  left.requested = now();
  const auto id = state->restores().add(left);
  ASSERT_TRUE(id);
  const auto service = RestoreService::start(*state, workshop, options());
  EXPECT_EQ(wait_for(*id).state, RunState::kComplete);
}

}  // namespace
}  // namespace mk::agent
