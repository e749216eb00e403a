#include "agent/run/agent.h"

#include <thread>

#include "agent/state/state_test.h"

namespace mk::agent {
namespace {

/// What an agent does with what an earlier one left; mailboxes are not reached. Runs by the clock, and with
/// mailboxes: tests/e2e/agent_run_test.py
class AgentTest : public StateTest {
 protected:
  using Run = agent::Run;
  void SetUp() override {
    StateTest::SetUp();
    make_connection();
    auto paused = schedule();
    paused.paused = true;
    schedule_id = state().schedules().add(paused, at(1))->id;
  }
  RunId add_run(RunState of_tasks) {
    Run r;
    r.schedule = schedule_id;
    r.schedule_name = "nightly";
    r.queued = at(10);
    Task task;
    task.connection = "headquarters", task.mailbox = "anna@example.com",
    task.destination = "vault:/backup/mail";
    const RunId run = *state().runs().add(r, {task});
    r = *state().runs().get(run);
    r.state = RunState::kRunning;
    EXPECT_TRUE(state().runs().update(r));
    task = state().runs().tasks(run)->front();
    task.state = of_tasks;
    if (is_complete(of_tasks))
      EXPECT_TRUE(state().runs().complete(task, {}, at(20)));
    else
      EXPECT_TRUE(state().runs().update(task));
    return run;
  }
  /// The run as an agent leaves it that was started and ended.
  Run after_start(RunId run) {
    opened.reset();
    AgentOptions options;
    options.directory = dir.path;
    auto agent = Agent::start(options);
    EXPECT_TRUE(agent) << (agent ? "" : agent.error().what);
    const Run found = *(*agent)->state().runs().get(run);
    agent = Error{Code::kCancelled, ""};
    open();
    return found;
  }
  ScheduleId schedule_id;
};

TEST_F(AgentTest, EndsARunWhoseTasksWereAllDone) {
  const Run run = after_start(add_run(RunState::kComplete));
  EXPECT_EQ(run.state, RunState::kComplete);
  EXPECT_TRUE(run.finished);
}

TEST_F(AgentTest, LeavesAPausedRunAlone) {
  const RunId id = add_run(RunState::kPaused);
  Run run = *state().runs().get(id);
  run.state = RunState::kPaused;
  ASSERT_TRUE(state().runs().update(run));
  EXPECT_EQ(after_start(id).state, RunState::kPaused);
}

TEST_F(AgentTest, EndsARunWhoseScheduleIsGone) {
  const RunId id = add_run(RunState::kQueued);
  const auto saved = *state().schedules().get(schedule_id);
  ASSERT_TRUE(state().schedules().remove(schedule_id, saved.version));
  EXPECT_EQ(after_start(id).state, RunState::kFailed);
}

/// Does something once when it is asked for the time by its own thread, and `when` holds.
class InterruptingClock final : public Clock {
 public:
  std::chrono::system_clock::time_point now() const override {
    if (std::this_thread::get_id() == mine_ && when && when()) std::exchange(when, nullptr), then();
    return system_clock().now();
  }
  std::chrono::steady_clock::time_point steady() const override { return system_clock().steady(); }
  void sleep_for(std::chrono::milliseconds d) override { system_clock().sleep_for(d); }
  mutable std::function<bool()> when;
  std::function<void()> then;

 private:
  const std::thread::id mine_ = std::this_thread::get_id();
};

TEST_F(AgentTest, RunsAScheduleOnceAtATimeThoughTwoWantItAtOnce) {
  auto nobody = connection("nobody");
  nobody.server = "127.0.0.1:9";
  ASSERT_TRUE(state().connections().add(nobody));
  auto wanted = schedule("wanted");
  wanted.sources = {{"nobody", {{"anna@example.com", {}}}, {}, {}}};
  wanted.destinations = {{(dir.path / "plain").string(), {}, {}, {}, {}}};
  wanted.paused = true;
  const ScheduleId id = state().schedules().add(wanted, at(2))->id;
  opened.reset();
  InterruptingClock clock;
  AgentOptions options;
  options.directory = dir.path;
  options.clock = &clock;
  const auto agent = Agent::start(options);
  ASSERT_TRUE(agent);
  bool other_came = false;
  clock.then = [&] {
    other_came = true;
    EXPECT_ERROR((*agent)->run_now(id, RunKind::kFull, {}), Code::kConflict, "under way");
    const auto saved = (*agent)->state().schedules().get(id);
    EXPECT_ERROR((*agent)->remove_schedule(id, saved->version), Code::kConflict, "under way");
  };
  clock.when = [&] { return !(*agent)->state().runs().unfinished()->empty(); };
  EXPECT_TRUE((*agent)->run_now(id, RunKind::kFull, {}));
  EXPECT_TRUE(other_came) << "nothing was tested";
}

TEST_F(AgentTest, RefusesToPauseWhatIsOver) {
  const RunId id = add_run(RunState::kComplete);
  opened.reset();
  AgentOptions options;
  options.directory = dir.path;
  const auto agent = Agent::start(options);
  ASSERT_TRUE(agent);
  EXPECT_ERROR((*agent)->pause(id), Code::kConflict, "over");
  EXPECT_ERROR((*agent)->cancel(id), Code::kConflict, "over");
  EXPECT_ERROR((*agent)->resume(id), Code::kConflict, "not paused");
  EXPECT_ERROR((*agent)->run_now(ScheduleId{99}, RunKind::kFull, {}), Code::kNotFound, "schedule");
}

}  // namespace
}  // namespace mk::agent
