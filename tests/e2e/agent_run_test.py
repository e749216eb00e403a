"""mailkeepd runs schedules: to directories and vaults, by the clock, again after failures, and on after kill -9."""

import datetime
import json
import os
import random
import time
import unittest

import agent_harness
import harness
from agent_harness import AgentTest, utc

START = datetime.datetime(2026, 1, 1, 12, 0, 0)
GREEN = {"nothing-new", "complete"}
ROUNDS, SEED = int(os.environ.get("MK_KILL_ROUNDS", 20)), int(os.environ.get("MK_SEED", 5))


class Runs(AgentTest):
    def test_full_and_incremental_into_a_directory_and_a_vault(self):
        simulator = self.simulator(alice="synthetic:60:3000:1", bob="synthetic:20:3000:2")
        agent = self.started()
        agent.add_connection(simulator.url)
        plain, vault = self.work / "plain", f"vault:{self.work}/vault"
        agent.add_schedule("Office", ["alice@example.test", "Bob@example.test"], [plain, vault])
        found = agent.wait(agent.run_now("Office"))
        self.assertEqual("complete", found["run"]["state"], found)
        tasks = {(t["mailbox"], t["destination"]): t for t in found["tasks"]}
        self.assertEqual(4, len(tasks))
        self.assertEqual({60, 20}, {t["items"] for t in tasks.values()})
        for task in tasks.values():
            ledger = agent.api("GET", f"/runs/{found['run']['id']}/tasks/{task['id']}/ledger")
            self.assertTrue(ledger["genuine"])
            self.assertIn('"balanced":true', ledger["text"])
        fetched = simulator.counters()["ExportItems"]["items"]
        self.assertEqual(80, fetched, "each item once, though it went to two places")
        again = agent.wait(agent.run_now("Office", "incremental"))
        self.assertEqual(("nothing-new", "MK-RUN-002"), (again["run"]["state"], again["run"]["code"]))
        for directory in plain.iterdir():
            harness.run("mailkeep", "verify", "--from", directory)

    def test_one_destination_that_fails_does_not_keep_the_others_from_their_copy(self):
        simulator = self.simulator(alice="synthetic:20:3000:1")
        agent = self.started()
        agent.add_connection(simulator.url)
        blocked = self.work / "blocked"
        blocked.write_text("a file where a directory should be")
        plain, vault = str(self.work / "plain"), f"vault:{self.work}/vault"
        agent.add_schedule("Office", ["alice@example.test"], [f"vault:{blocked}", plain, vault], retry={"enabled": False})
        found = agent.wait(agent.run_now("Office"))
        states = {t["destination"]: t["state"] for t in found["tasks"]}
        self.assertEqual({f"vault:{blocked}": "failed", plain: "complete", vault: "complete"}, states)
        self.assertEqual(20, simulator.counters()["ExportItems"]["items"])

    def test_a_run_of_one_mailbox(self):
        simulator = self.simulator(alice="synthetic:10:3000:1", bob="synthetic:10:3000:2")
        agent = self.started()
        agent.add_connection(simulator.url)
        agent.add_schedule("Both", ["alice@example.test", "bob@example.test"], [self.work / "plain"])
        found = agent.wait(agent.run_now("Both", "full", ["bob@example.test"]))
        self.assertEqual(["bob@example.test"], [t["mailbox"] for t in found["tasks"]])

    def test_patterns_take_everybody_and_future_mailboxes(self):
        simulator = self.simulator(alice="empty", bob="empty", service="empty")
        people = self.work / "people.csv"
        people.write_text("address\nalice@example.test\nservice@example.test\n")
        agent = self.started()
        agent.add_connection(simulator.url, mailboxes_file=str(people))
        agent.add_schedule("All", [], [self.work / "plain"], sources=[
            {"connection": "exchange", "include": ["*@example.test"], "exclude": ["service@*"]}])
        found = agent.wait(agent.run_now("All"))
        self.assertEqual(["alice@example.test"], [t["mailbox"] for t in found["tasks"]])
        people.write_text("address\nalice@example.test\nbob@example.test\n")
        found = agent.wait(agent.run_now("All", "incremental"))
        self.assertEqual(["alice@example.test", "bob@example.test"], [t["mailbox"] for t in found["tasks"]])
        self.assertIn(found["run"]["state"], GREEN)

    def test_pause_resume_and_cancel(self):
        simulator = self.simulator(alice="synthetic:300:20000:1")
        agent = self.started()
        agent.add_connection(simulator.url)
        agent.add_schedule("Slow", ["alice@example.test"], [self.work / "plain"], bytes_per_second=500_000)
        number = agent.run_now("Slow")
        agent.wait_for(lambda: any(p["items"] > 5 for p in agent.run(number)["progress"]))
        with self.assertRaises(agent_harness.ApiError) as refused:
            agent.run_now("Slow")
        self.assertEqual(409, refused.exception.status)
        agent.api("POST", f"/runs/{number}/pause")
        agent.wait(number, {"paused"})
        agent.api("POST", f"/runs/{number}/resume")
        agent.wait_for(lambda: any(p["items"] > 10 for p in agent.run(number)["progress"]))
        agent.api("POST", f"/runs/{number}/cancel")
        self.assertEqual("MK-RUN-009", agent.wait(number)["run"]["code"])


class Retries(AgentTest):
    def test_what_a_cut_network_left_is_tried_again(self):
        simulator = self.simulator(alice="synthetic:30:3000:1")
        agent = self.started(clock=START)
        agent.add_connection("http://127.0.0.1:9/EWS/Exchange.asmx")
        agent.add_schedule("Office", ["alice@example.test"], [self.work / "plain"], retry={"times": 2})
        number = agent.run_now("Office")
        waiting = agent.wait_for(lambda: (r := agent.run(number)["run"])["next_retry"] and r)
        self.assertEqual("MK-RUN-016", waiting["code"])
        self.assertEqual(START + datetime.timedelta(minutes=5), utc(waiting["next_retry"]))
        saved = agent.api("GET", "/connections/exchange")
        agent.api("PUT", "/connections/exchange", {**saved["connection"], "server": simulator.url}, saved["version"])
        agent.set_clock(utc(waiting["next_retry"]))
        found = agent.wait(number)
        self.assertEqual(("complete", 2), (found["run"]["state"], found["run"]["attempt"]))

    def test_they_end(self):
        agent = self.started(clock=START)
        agent.add_connection("http://127.0.0.1:9/EWS/Exchange.asmx")
        agent.add_schedule("Office", ["alice@example.test"], [self.work / "plain"], retry={"times": 1})
        number = agent.run_now("Office")
        waiting = agent.wait_for(lambda: (r := agent.run(number)["run"])["next_retry"] and r)
        agent.set_clock(utc(waiting["next_retry"]))
        found = agent.wait(number)
        self.assertEqual(("failed", "MK-RUN-007"), (found["run"]["state"], found["run"]["code"]))

    def test_a_wrong_password_is_not_tried_again(self):
        simulator = self.simulator(alice="empty")
        agent = self.started()
        agent.add_connection(simulator.url, password="wrong")
        agent.add_schedule("Office", ["alice@example.test"], [self.work / "plain"])
        found = agent.wait(agent.run_now("Office"))
        self.assertEqual("failed", found["run"]["state"])
        self.assertNotIn("wrong", agent.log_text())


class Calendar(AgentTest):
    def test_a_month(self):
        """A full on the 1st, incrementals every night: each at its time, in the schedule's zone."""
        simulator = self.simulator(alice="synthetic:20:3000:1")
        agent = self.started(clock=START)
        agent.add_connection(simulator.url)
        agent.add_schedule(
            "Office", ["alice@example.test"], [f"vault:{self.work}/vault"], time_zone="Europe/Berlin",
            full={"kind": "monthly", "day": 1, "at": "03:00"}, incremental={"kind": "daily", "at": "22:30"},
            run_after_saving=True)
        agent.wait_for(lambda: [r for r in agent.runs("Office") if r["over"]])
        planned = agent.api("GET", "/schedules/Office/next?n=33")["next"]
        self.assertEqual("2026-01-01T21:30:00Z", planned[0]["at"])
        for run in planned:
            done = len(agent.runs("Office"))
            agent.set_clock(utc(run["at"]))
            agent.wait_for(lambda: len(r := agent.runs("Office")) == done + 1 and all(x["over"] for x in r))
        runs = agent.runs("Office")[::-1]
        self.assertEqual([("full", "after-saving")] + [(p["kind"], "timer") for p in planned],
                         [(r["kind"], r["trigger"]) for r in runs])
        self.assertEqual([p["at"] for p in planned], [r["queued"] for r in runs[1:]])
        self.assertEqual(1, sum(p["kind"] == "full" for p in planned))
        self.assertTrue(all(r["state"] in GREEN for r in runs), runs)

    def test_an_interval_runs_at_every_start_of_the_service(self):
        simulator = self.simulator(alice="empty")
        agent = self.started(clock=START)
        agent.add_connection(simulator.url)
        agent.add_schedule("Hourly", ["alice@example.test"], [self.work / "plain"],
                           full={"kind": "every", "every_minutes": 60})
        agent.wait_for(lambda: [r for r in agent.runs("Hourly") if r["over"]])
        agent.stop()
        agent.set_clock(START + datetime.timedelta(minutes=15))
        agent.start()
        agent.wait_for(lambda: len([r for r in agent.runs("Hourly") if r["over"]]) == 2)
        planned = agent.api("GET", "/schedules/Hourly/next?n=1")["next"]
        self.assertEqual("2026-01-01T13:15:00Z", planned[0]["at"])

    def test_what_is_missed_while_the_service_is_down_is_said(self):
        simulator = self.simulator(alice="empty")
        agent = self.started(clock=START)
        agent.add_connection(simulator.url)
        agent.add_schedule("Daily", ["alice@example.test"], [self.work / "plain"], full={"kind": "daily", "at": "13:00"})
        agent.stop()
        agent.set_clock(START + datetime.timedelta(hours=2))
        agent.start()
        runs = agent.wait_for(lambda: agent.runs("Daily"))
        self.assertEqual([("cancelled", "MK-RUN-006", "2026-01-01T13:00:00Z")],
                         [(r["state"], r["code"], r["queued"]) for r in runs])


class Kills(AgentTest):
    def test_killed_at_any_time_it_goes_on(self):
        """After kill -9 at random moments the run ends as an undisturbed one: each item once, in one point."""
        simulator = self.simulator(**{f"box{i}": f"synthetic:60:8000:{i}" for i in range(4)})
        boxes = [f"box{i}@example.test" for i in range(4)]
        agent = self.started("--workers", "2")
        agent.add_connection(simulator.url)
        plain, vault = self.work / "plain", f"vault:{self.work}/vault"
        agent.add_schedule("Office", boxes, [plain, vault], bytes_per_second=2_000_000)
        chance = random.Random(SEED)
        number, rounds, killed = None, 0, 0
        while killed < ROUNDS:
            if number is None or agent.run(number)["run"]["over"]:
                number = agent.run_now("Office", "full")
                rounds += 1
            time.sleep(chance.uniform(0, 0.6))
            agent.kill()
            killed += 1
            agent.start()
        found = agent.wait(number)
        self.assertEqual("complete", found["run"]["state"], found)
        self.assertEqual({60}, {sum_of(agent, number, t) for t in found["tasks"]})
        for directory in plain.iterdir():
            harness.run("mailkeep", "verify", "--from", directory)
            self.assertEqual(rounds, len(list((directory / "points").iterdir())))


def sum_of(agent, run, task):
    """Items in the ledger of a task: stored now or before."""
    text = agent.api("GET", f"/runs/{run}/tasks/{task['id']}/ledger")["text"]
    rows = json.loads(text)["rows"]
    return sum(row["on_server"]["items"] for row in rows)


if __name__ == "__main__":
    unittest.main()
