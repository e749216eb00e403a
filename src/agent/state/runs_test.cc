#include "agent/state/runs.h"

#include "agent/state/state_test.h"

namespace mk::agent {
namespace {

job::LedgerRow row(std::uint64_t on_server, std::uint64_t stored, std::uint64_t unchanged = 0,
                   std::uint64_t skipped = 0) {
  job::LedgerRow r;
  r.path = "Inbox/Füße";
  r.before = r.on_server = {on_server, 1};
  r.stored = {stored, 0};
  r.unchanged = {unchanged, 1};
  r.skipped = {skipped, 0};
  return r;
}
const job::Ledger kBalanced{{row(5, 3, 2), row(1, 0, 1)}}, kSkipped{{row(5, 3, 1, 1)}},
    kUnbalanced{{row(5, 3, 1)}}, kUnchanged{{row(4, 0, 4)}};

class RunsTest : public StateTest {
 protected:
  using Run = agent::Run;  // not testing::Test::Run()
  void SetUp() override {
    StateTest::SetUp();
    make_connection();
    schedule_id = state().schedules().add(schedule(), at(1))->id;
    run = add();
  }
  Runs& runs() { return state().runs(); }
  RunId add() {
    Run r;
    r.schedule = schedule_id;
    r.schedule_name = "nightly";
    r.queued = at(10);
    Task anna, bert;
    anna.mailbox = "anna@example.com", bert.mailbox = "bert@example.com";
    anna.connection = bert.connection = "headquarters";
    anna.destination = bert.destination = "vault:/backup/mail";
    return *runs().add(r, {anna, bert});
  }
  Task task(std::size_t i) { return runs().tasks(run)->at(i); }
  Status complete(std::size_t i, RunState as, const job::Ledger& ledger) {
    Task t = task(i);
    t.state = as;
    t.point = "2026-11-27";
    return runs().complete(t, ledger, at(20));
  }
  Status end(RunState as) {
    Run r = *runs().get(run);
    r.state = as;
    r.finished = at(30);
    return runs().update(r);
  }
  ScheduleId schedule_id;
  RunId run;
};

TEST_F(RunsTest, AreGivenBackAsTheyWereUpdated) {
  Run r = *runs().get(run);
  EXPECT_EQ(r.schedule, schedule_id);
  EXPECT_EQ(r.state, RunState::kQueued);
  EXPECT_FALSE(r.started);
  r.started = at(11), r.finished = at(12), r.next_retry = at(13);
  r.state = RunState::kFailed, r.attempt = 3, r.code = "MK-1", r.error = "disk\x01 full";
  ASSERT_TRUE(runs().update(r));
  open();
  const Run there = *runs().get(run);
  EXPECT_EQ(there.started, at(11));
  EXPECT_EQ(there.finished, at(12));
  EXPECT_EQ(there.next_retry, at(13));
  EXPECT_EQ(there.state, RunState::kFailed);
  EXPECT_EQ(there.attempt, 3u);
  EXPECT_EQ(there.code, "MK-1");
  EXPECT_EQ(there.error, "disk\xEF\xBF\xBD full");
  EXPECT_EQ(there.schedule_name, "nightly");
  EXPECT_EQ(runs().get({99}).error().code, Code::kNotFound);
  r.id = {99};
  EXPECT_EQ(runs().update(r).error().code, Code::kNotFound);
}

TEST_F(RunsTest, TasksAreGivenBackAsTheyWereUpdated) {
  Task t = task(0);
  t.state = RunState::kFailed, t.attempts = 2;
  t.items = 7, t.bytes = 1ull << 40, t.skipped = 1;
  t.point = "p", t.code = "MK-2", t.error = "no such mailbox";
  ASSERT_TRUE(runs().update(t));
  const Task there = task(0);
  EXPECT_EQ(there.mailbox, "anna@example.com");
  EXPECT_EQ(there.connection, "headquarters");
  EXPECT_EQ(there.destination, "vault:/backup/mail");
  EXPECT_EQ(there.state, RunState::kFailed);
  EXPECT_EQ(there.attempts, 2u);
  EXPECT_EQ(there.items, 7u);
  EXPECT_EQ(there.bytes, 1ull << 40);
  EXPECT_EQ(there.skipped, 1u);
  EXPECT_EQ(there.point + there.code + there.error, "pMK-2no such mailbox");
  t.id = {99};
  EXPECT_EQ(runs().update(t).error().code, Code::kNotFound);
}

TEST_F(RunsTest, AreListedFromTheNewestByScheduleAndState) {
  const RunId second = add(), third = add();
  ASSERT_TRUE(end(RunState::kCancelled));
  const auto ids = [&](const RunQuery& query) {
    const auto found = *runs().list(query);
    std::vector<RunId> out;
    for (const Run& r : found) out.push_back(r.id);
    return out;
  };
  EXPECT_EQ(ids({}), (std::vector{third, second, run}));
  EXPECT_EQ(ids({{}, {}, {}, 1}), std::vector{third});
  EXPECT_EQ(ids({{}, {}, third, 100}), (std::vector{second, run}));
  EXPECT_EQ(ids({{}, RunState::kCancelled, {}, 100}), std::vector{run});
  EXPECT_EQ(ids({ScheduleId{99}, {}, {}, 100}), std::vector<RunId>{});
  const auto unfinished = *runs().unfinished();
  ASSERT_EQ(unfinished.size(), 2u);
  EXPECT_EQ(unfinished[0].id, second);
}

TEST_F(RunsTest, StayWhenTheirScheduleGoes) {
  ASSERT_TRUE(state().schedules().remove(schedule_id, 1));
  EXPECT_FALSE(runs().get(run)->schedule);
  EXPECT_EQ(runs().get(run)->schedule_name, "nightly");
}

TEST_F(RunsTest, AreNeverCompleteWithoutALedgerThatBalances) {
  Task t = task(0);
  for (const RunState green : {RunState::kComplete, RunState::kCompleteWithSkipped, RunState::kNothingNew}) {
    t.state = green;
    EXPECT_ERROR(runs().update(t), Code::kInvalid, "needs its ledger");
    EXPECT_EQ(runs().add_task(t).error().code, Code::kInvalid);
    EXPECT_ERROR(complete(0, green, kUnbalanced), Code::kInvalid, "does not balance");
    EXPECT_ERROR(end(green), Code::kInvalid, "task 1 is queued");
    Run fresh;
    fresh.state = green;
    EXPECT_EQ(runs().add(fresh, {}).error().code, Code::kInvalid);
  }
  EXPECT_EQ(task(0).state, RunState::kQueued);
  EXPECT_FALSE(*runs().ledger(task(0).id));
  EXPECT_ERROR(complete(0, RunState::kComplete, kSkipped), Code::kInvalid, "skipped items");
  EXPECT_ERROR(complete(0, RunState::kNothingNew, kBalanced), Code::kInvalid, "stored items");
  EXPECT_ERROR(complete(0, RunState::kFailed, kBalanced), Code::kInvalid, "that are complete");
  job::Ledger unreadable = kBalanced;
  unreadable.rows[0].status = job::LedgerRow::Status::kUnreadable;
  EXPECT_ERROR(complete(0, RunState::kComplete, unreadable), Code::kInvalid, "unreadable");
  EXPECT_TRUE(complete(0, RunState::kCompleteWithSkipped, unreadable));
}

TEST_F(RunsTest, AreAsGoodAsTheirWorstTask) {
  ASSERT_TRUE(complete(0, RunState::kNothingNew, kUnchanged));
  ASSERT_TRUE(complete(1, RunState::kCompleteWithSkipped, kSkipped));
  EXPECT_ERROR(end(RunState::kComplete), Code::kInvalid, "task 2 is complete-with-skipped");
  EXPECT_ERROR(end(RunState::kNothingNew), Code::kInvalid, "task 2");
  EXPECT_TRUE(end(RunState::kCompleteWithSkipped));
  // what is over stays as it is
  Task t = task(0);
  t.state = RunState::kFailed;
  EXPECT_ERROR(runs().update(t), Code::kInvalid, "it is over");
  EXPECT_ERROR(runs().add_task(t), Code::kInvalid, "it is over");
  EXPECT_ERROR(runs().put_ledger(t, kUnbalanced, at(40)), Code::kInvalid, "it is over");
  Run none;
  none.id = *runs().add(none, {});
  none.state = RunState::kComplete;
  EXPECT_ERROR(runs().update(none), Code::kInvalid, "it has no tasks");
  EXPECT_EQ(name_of(best_state(kUnbalanced)), "incomplete");
}

TEST_F(RunsTest, LedgersAreSignedAndGivenBack) {
  ASSERT_TRUE(complete(0, RunState::kComplete, kBalanced));
  ASSERT_TRUE(runs().put_ledger(task(1), kUnbalanced, at(21)));
  const SignedLedger kept = **runs().ledger(task(0).id);
  const PublicKey& key = state().signing_key().public_key();
  EXPECT_TRUE(verify(key, kept));
  EXPECT_EQ(kept.run, run);
  EXPECT_EQ(kept.mailbox, "anna@example.com");
  EXPECT_EQ(kept.point, "2026-11-27");
  EXPECT_EQ(kept.signed_at, at(20));
  const auto ledger = parse_ledger(kept.text);
  ASSERT_TRUE(ledger) << ledger.error().what;
  EXPECT_EQ(ledger->rows[0].path, "Inbox/Füße");
  EXPECT_EQ(ledger_json(*ledger), kept.text);
  EXPECT_EQ(ledger->rows[0].unchanged.items, 2u);
  EXPECT_EQ(ledger->rows[0].unchanged.associated, 1u);
  EXPECT_FALSE(parse_ledger((*runs().ledger(task(1).id))->text)->balanced());
  EXPECT_EQ(parse_ledger("{}").error().code, Code::kCorrupt);
  std::string endless = kept.text;
  endless.replace(endless.find("\"items\":5"), 9, "\"items\":18446744073709551615");
  EXPECT_EQ(parse_ledger(endless).error().code, Code::kCorrupt);
  const SigningKey other(SecretString(std::string(32, 'x')));
  EXPECT_FALSE(verify(other.public_key(), kept));
  const std::vector<std::function<void(SignedLedger&)>> changes{
      [](SignedLedger& l) { l.run.value += 1; },
      [](SignedLedger& l) { l.task.value += 1; },
      [](SignedLedger& l) { l.mailbox = "bert"; },
      [](SignedLedger& l) { l.destination += "x"; },
      [](SignedLedger& l) { l.point = ""; },
      [](SignedLedger& l) { l.signed_at.ticks += 1; },
      [](SignedLedger& l) { l.text += " "; },
      [](SignedLedger& l) { l.signature[5] ^= std::byte{1}; },
      [](SignedLedger& l) { std::swap(l.point, l.text); }};
  for (const auto& change : changes) {
    SignedLedger changed = kept;
    change(changed);
    EXPECT_FALSE(verify(key, changed));
  }
}

TEST_F(RunsTest, ChangedLedgersAreNoticed) {
  ASSERT_TRUE(complete(0, RunState::kComplete, kBalanced));
  ASSERT_TRUE(complete(1, RunState::kCompleteWithSkipped, kSkipped));
  ASSERT_TRUE(end(RunState::kCompleteWithSkipped));
  EXPECT_TRUE(runs().verify_ledgers()->empty());
  const auto reason = [&](const std::string& change, const std::string& back) {
    run_raw(change);
    const auto bad = *runs().verify_ledgers();
    run_raw(back);
    EXPECT_TRUE(runs().verify_ledgers()->empty()) << back;
    return bad.size() == 1 ? bad[0].why : std::to_string(bad.size()) + " are bad";
  };
  EXPECT_EQ(reason("UPDATE ledger SET text = replace(text, '\"items\":5', '\"items\":4') WHERE task = 2",
                   "UPDATE ledger SET text = replace(text, '\"items\":4', '\"items\":5') WHERE task = 2"),
            "the ledger is not what was signed");
  EXPECT_NE(reason("UPDATE task SET state = 'complete' WHERE id = 2",
                   "UPDATE task SET state = 'complete-with-skipped' WHERE id = 2")
                .find("skipped items"),
            std::string::npos);
  EXPECT_EQ(reason("UPDATE task SET point = 'p2' WHERE id = 1",
                   "UPDATE task SET point = '2026-11-27' WHERE id = 1"),
            "the ledger is of another mailbox, destination or point");
  run_raw("DELETE FROM ledger WHERE task = 1");
  EXPECT_EQ(runs().verify_ledgers()->at(0).why, "it has no ledger");
}

TEST_F(RunsTest, ATaskMayRunAgainAndGetsAnotherLedger) {
  ASSERT_TRUE(complete(0, RunState::kCompleteWithSkipped, kSkipped));
  EXPECT_ERROR(runs().put_ledger(task(0), kUnbalanced, at(22)), Code::kInvalid, "another ledger");
  Task t = task(0);
  t.state = RunState::kRunning;
  ASSERT_TRUE(runs().update(t));
  ASSERT_TRUE(complete(0, RunState::kComplete, kBalanced));
  EXPECT_EQ((*runs().ledger(t.id))->text, ledger_json(kBalanced));
  EXPECT_TRUE(runs().verify_ledgers()->empty());
}

TEST_F(RunsTest, LinesAreReadInOrderAndInPieces) {
  ASSERT_TRUE(runs().add_lines({{0, run, at(1), "MK-1", "first"}, {0, run, at(2), "MK-2", "two\nlines"}}));
  ASSERT_TRUE(runs().add_lines({{0, add(), at(2), "MK-2", "of another run"}}));
  ASSERT_TRUE(runs().add_lines({{0, run, at(3), "MK-3", "third"}}));
  const auto some = *runs().lines(run, 0, 2);
  ASSERT_EQ(some.size(), 2u);
  EXPECT_EQ(some[0].text, "first");
  EXPECT_EQ(some[1].text, "two\xEF\xBF\xBDlines");
  EXPECT_EQ(some[1].code, "MK-2");
  const auto rest = *runs().lines(run, some[1].number, 10);
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].text, "third");
  EXPECT_EQ(rest[0].time, at(3));
  EXPECT_FALSE(runs().add_lines({{0, {99}, at(3), "MK-3", "of no run"}}));
}

TEST_F(RunsTest, AreForgottenWithAllThatIsTheirs) {
  ASSERT_TRUE(complete(0, RunState::kComplete, kBalanced));
  ASSERT_TRUE(complete(1, RunState::kComplete, kBalanced));
  ASSERT_TRUE(runs().add_lines({{0, run, at(1), "MK-1", "first"}}));
  const RunId running = add();
  ASSERT_TRUE(end(RunState::kComplete));
  EXPECT_EQ(*runs().forget_before(at(30)), 0u);
  EXPECT_EQ(*runs().forget_before(at(31)), 1u);
  EXPECT_EQ(runs().get(run).error().code, Code::kNotFound);
  EXPECT_TRUE(runs().get(running));
  EXPECT_TRUE(runs().tasks(run)->empty());
  EXPECT_TRUE(runs().lines(run, 0, 10)->empty());
  std::int64_t ledgers = -1;
  EXPECT_TRUE(raw()->query("SELECT count(*) FROM ledger", {}, [&](const sql::Row& r) -> Result<bool> {
    ledgers = r.integer(0);
    return true;
  }));
  EXPECT_EQ(ledgers, 0);
}

}  // namespace
}  // namespace mk::agent
