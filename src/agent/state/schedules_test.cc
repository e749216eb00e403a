#include "agent/state/schedules.h"

#include "agent/state/state_test.h"

namespace mk::agent {
namespace {

class SchedulesTest : public StateTest {
 protected:
  void SetUp() override {
    StateTest::SetUp();
    make_connection();
  }
  Schedules& schedules() { return state().schedules(); }
  Connections& connections() { return state().connections(); }
};

TEST_F(SchedulesTest, AreKeptWithVersionTimesAndPlan) {
  const auto added = schedules().add(schedule(), at(1));
  ASSERT_TRUE(added) << added.error().what;
  ASSERT_TRUE(schedules().set_plan(added->id, "{\"next\":5}"));
  Schedule other = schedule("täglich 😀");
  const auto replaced = schedules().replace(added->id, 1, other, at(2));
  ASSERT_TRUE(replaced) << replaced.error().what;
  open();
  const auto there = *schedules().get(added->id);
  EXPECT_EQ(there.schedule, other);
  EXPECT_EQ(there.version, 2);
  EXPECT_EQ(there.created, at(1));
  EXPECT_EQ(there.changed, at(2));
  EXPECT_EQ(there.plan, "{\"next\":5}");
  EXPECT_EQ(schedules().find("täglich 😀")->id, added->id);
  EXPECT_EQ(schedules().find("nightly").error().code, Code::kNotFound);
  ASSERT_TRUE(schedules().add(schedule("a"), at(3)));
  EXPECT_EQ(schedules().list()->at(0).schedule.name, "a");
}

TEST_F(SchedulesTest, OfAnOlderVersionChangeNothing) {
  const auto id = schedules().add(schedule(), at(1))->id;
  ASSERT_TRUE(schedules().replace(id, 1, schedule("one"), at(2)));
  EXPECT_ERROR(schedules().replace(id, 1, schedule("two"), at(3)), Code::kConflict, "version 2 now, not 1");
  EXPECT_ERROR(schedules().remove(id, 1), Code::kConflict, "version 2");
  EXPECT_EQ(schedules().get(id)->schedule.name, "one");
  ASSERT_TRUE(schedules().remove(id, 2));
  EXPECT_EQ(schedules().get(id).error().code, Code::kNotFound);
  EXPECT_EQ(schedules().set_plan(id, "").error().code, Code::kNotFound);
  EXPECT_GT(schedules().add(schedule(), at(4))->id, id);  // no number is given twice
}

TEST_F(SchedulesTest, NeedANameOfTheirOwnAndWhatTheyName) {
  const auto id = schedules().add(schedule(), at(1))->id;
  EXPECT_ERROR(schedules().add(schedule(), at(1)), Code::kConflict, "one of that name");
  ASSERT_TRUE(schedules().add(schedule("other"), at(1)));
  EXPECT_ERROR(schedules().replace(id, 1, schedule("other"), at(1)), Code::kConflict, "one of that name");
  Schedule bad = schedule("bad");
  bad.sources[0].connection = "nowhere";
  EXPECT_ERROR(schedules().add(bad, at(1)), Code::kInvalid,
               "sources[0].connection: there is no connection nowhere");
  bad = schedule("bad");
  bad.encryption = {Encryption::Mode::kCustom, "blowfish", 448, "lost"};
  EXPECT_ERROR(schedules().replace(id, 1, bad, at(1)), Code::kInvalid, "no secret lost");
  bad.destinations.clear();
  EXPECT_ERROR(schedules().add(bad, at(1)), Code::kInvalid, "destinations");
}

TEST_F(SchedulesTest, ProtectTheirConnectionsAndSecrets) {
  ASSERT_TRUE(state().secrets().put("own", SecretString("x"), at(0)));
  Schedule s = schedule();
  s.encryption = {Encryption::Mode::kCustom, "aes-256-gcm", 0, "own"};
  const auto id = schedules().add(s, at(1))->id;
  EXPECT_ERROR(connections().remove("headquarters", 1), Code::kConflict, "schedules use it: nightly");
  EXPECT_ERROR(connections().replace("headquarters", 1, connection("branch")), Code::kConflict,
               "not renamed");
  EXPECT_ERROR(state().secrets().remove("own"), Code::kConflict, "schedule nightly");
  EXPECT_ERROR(state().secrets().remove("backup password"), Code::kConflict, "connection headquarters");
  ASSERT_TRUE(schedules().remove(id, 1));
  EXPECT_TRUE(connections().replace("headquarters", 1, connection("branch")));
  EXPECT_TRUE(connections().remove("branch", 2));
  EXPECT_TRUE(state().secrets().remove("backup password"));
}

TEST_F(SchedulesTest, ConnectionsAreVersionedAndUnique) {
  ASSERT_TRUE(state().secrets().put("restore", SecretString("x"), at(0)));
  Connection c = connection();
  c.restore = {{"restore@example.com", Auth::kBearer, "restore", true}, at(77)};
  EXPECT_EQ(connections().replace("headquarters", 1, c)->version, 2);
  EXPECT_ERROR(connections().replace("headquarters", 1, c), Code::kConflict, "version 2 now, not 1");
  EXPECT_ERROR(connections().add(c), Code::kConflict, "one of that name");
  EXPECT_ERROR(state().secrets().remove("restore"), Code::kConflict, "connection headquarters");
  const auto there = *connections().get("headquarters");
  EXPECT_EQ(there.value, c);
  EXPECT_TRUE(there.value.restore->is_valid_at(at(76)));
  EXPECT_FALSE(there.value.restore->is_valid_at(at(77)));
  c.restore->account.secret = "lost";
  EXPECT_ERROR(connections().replace("headquarters", 2, c), Code::kInvalid, "restore.secret");
  EXPECT_EQ(connections().get("nobody").error().code, Code::kNotFound);
  EXPECT_EQ(connections().remove("nobody", 1).error().code, Code::kNotFound);
  ASSERT_TRUE(connections().add(connection("branch")));
  EXPECT_ERROR(connections().replace("branch", 1, connection()), Code::kConflict, "one of that name");
  EXPECT_EQ(connections().list()->size(), 2u);
}

TEST_F(SchedulesTest, ThatAreDamagedInTheFileAreNamed) {
  ASSERT_TRUE(schedules().add(schedule(), at(1)));
  run_raw("UPDATE schedule SET json = '{}'; UPDATE connection SET json = 'x'");
  EXPECT_ERROR(schedules().list(), Code::kCorrupt, "schedule nightly: name: is missing");
  EXPECT_ERROR(connections().get("headquarters"), Code::kCorrupt, "connection headquarters: not JSON");
}

}  // namespace
}  // namespace mk::agent
