"""Disks that are full or read-only, wherever the agent writes: each is named by its code, no run is green that is not
whole, and what was stored stays and is gone on with."""

import contextlib
import datetime
import time
import unittest

import harness
from agent_harness import OVER, AgentTest, utc

ALICE = "alice@example.test"
ITEMS, BYTES = 40, 20000
START = datetime.datetime(2026, 1, 1, 12, 0, 0)
NO_RETRY = {"enabled": False}


class DiskTest(AgentTest):
    def connected(self, clock=None):
        self.server = self.simulator(alice=f"synthetic:{ITEMS}:{BYTES}:1")
        agent = self.started(clock=clock)
        agent.add_connection(self.server.url)
        return agent

    def disk(self, size, options=""):
        return self.enterContext(harness.Disk(size, options))

    def expect_failed(self, agent, code, kind="full"):
        found = agent.wait(agent.run_now("Office", kind))
        self.assertEqual(("failed", code), (found["run"]["state"], found["tasks"][0]["code"]), found)
        return found

    def expect_whole(self, agent, kind="full", items=ITEMS):
        found = agent.wait(agent.run_now("Office", kind))
        self.assertIn(found["run"]["state"], {"complete", "nothing-new"}, found)
        for task in found["tasks"]:
            ledger = agent.api("GET", f"/runs/{found['run']['id']}/tasks/{task['id']}/ledger")
            self.assertIn('"balanced":true', ledger["text"])
        return found

    def exported(self):
        return self.server.counters()["ExportItems"]["items"]


class FullDisks(DiskTest):
    def test_a_destination(self):
        for name in ("plain", "vault"):
            with self.subTest(name):
                agent = self.connected() if name == "plain" else agent
                disk = self.disk("600k")
                place = disk / "backup" if name == "plain" else f"vault:{disk.place}/vault"
                saved = agent.add_schedule("Office", [ALICE], [place], retry=NO_RETRY)
                found = self.expect_failed(agent, "MK-DST-002")
                self.assertIn(str(disk.place), found["tasks"][0]["error"])
                disk.remount("size=100m")
                self.assertEqual("complete", self.expect_whole(agent)["run"]["state"])
                if name == "plain":
                    self.assertLess(self.exported(), 2 * ITEMS, "what was stored is not fetched again")
                self.expect_whole(agent, "incremental")
                if name == "plain":
                    harness.run("mailkeep", "verify", "--from", next((disk / "backup").iterdir()))
                agent.api("DELETE", f"/schedules/Office?version={saved['version']}")

    def test_a_run_waits_for_room_and_goes_on(self):
        agent = self.connected(clock=START)
        disk = self.disk("600k")
        agent.add_schedule("Office", [ALICE], [disk / "backup"], retry={"times": 2})
        number = agent.run_now("Office")
        waiting = agent.wait_for(lambda: (r := agent.run(number)["run"])["next_retry"] and r)
        self.assertEqual(("queued", "MK-RUN-016"), (waiting["state"], waiting["code"]))
        self.assertIn("MK-DST-002", [line["code"] for line in agent.api("GET", f"/runs/{number}/log")["lines"]])
        disk.remount("size=100m")
        agent.set_clock(utc(waiting["next_retry"]))
        found = agent.wait(number)
        self.assertEqual(("complete", 2), (found["run"]["state"], found["run"]["attempt"]), found)

    def test_the_place_for_dumps(self):
        agent = self.connected()
        for order in (True, False):
            with self.subTest(upload_while_dumping=order):
                disk = self.disk("600k")
                saved = agent.add_schedule(
                    "Office", [ALICE], [f"vault:{self.work}/vault-{order}"], retry=NO_RETRY, form="pst",
                    temporary=str(disk / "dumps"), upload_while_dumping=order)
                self.expect_failed(agent, "MK-TMP-001")
                disk.remount("size=100m")
                self.assertEqual("complete", self.expect_whole(agent)["run"]["state"])
                self.assertEqual([], list((disk / "dumps").rglob("*.pst*")))
                agent.api("DELETE", f"/schedules/Office?version={saved['version']}")

    def test_the_place_of_the_agents_own_state(self):
        """Nothing can be noted there: the run is not over until it can be, and not green before it is whole."""
        disk = self.disk("20m")
        self.server = self.simulator(alice=f"synthetic:{ITEMS}:{BYTES}:1")
        work, self.work = self.work, disk.place
        agent = self.started()
        self.work = work
        agent.add_connection(self.server.url)
        agent.add_schedule("Office", [ALICE], [work / "plain", f"vault:{work}/vault"], bytes_per_second=1_500_000)
        number = agent.run_now("Office")
        agent.wait_for(lambda: any(p["items"] > 3 for p in agent.run(number)["progress"]))
        ballast = disk / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb") as file:
            while True:
                file.write(b"x" * 4096)
                file.flush()
        agent.wait_for(lambda: "could not be noted" in agent.log_text())
        time.sleep(1.1)  # in which it tries to
        self.assertNotIn(agent.run(number)["run"]["state"], OVER)
        with self.assertRaises(Exception):
            agent.run_now("Office")
        ballast.unlink()
        found = agent.wait(number)
        self.assertEqual("complete", found["run"]["state"], found)
        self.assertEqual({"complete"}, {t["state"] for t in found["tasks"]})
        self.assertIn("MK-RUN-017", [line["code"] for line in agent.api("GET", f"/runs/{number}/log")["lines"]])
        self.assertEqual("nothing-new", self.expect_whole(agent, "incremental")["run"]["state"])
        harness.run("mailkeep", "verify", "--from", next((work / "plain").iterdir()))


class ReadOnlyDisks(DiskTest):
    def test_a_destination_and_the_place_for_dumps(self):
        agent = self.connected()
        disk = self.disk("100m")
        for name, place, code, more in (
            ("plain", disk / "plain", "MK-DST-003", {}),
            ("vault", f"vault:{disk.place}/vault", "MK-DST-003", {}),
            ("dumps", f"vault:{self.work}/vault", "MK-TMP-002", {"form": "pst", "temporary": str(disk / "dumps")}),
        ):
            with self.subTest(name):
                saved = agent.add_schedule("Office", [ALICE], [place], retry=NO_RETRY, **more)
                self.expect_whole(agent)
                disk.remount("ro")
                self.expect_failed(agent, code, "incremental")
                disk.remount("rw")
                self.expect_whole(agent, "incremental")
                agent.api("DELETE", f"/schedules/Office?version={saved['version']}")


if __name__ == "__main__":
    unittest.main()
