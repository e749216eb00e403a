"""What mailkeepd makes of a bad network, bad places and bad requests: a clear code, nothing lost, and no secret told."""

import datetime
import pathlib
import unittest

import harness
import s3_service
from agent_harness import AgentTest

ALICE = "alice@example.test"
SLOWLY = {"bytes_per_second": 400_000}  # so that a test can be in the midst of a run


class Faults(AgentTest):
    def run_of(self, agent, place, name="Office", **more):
        agent.add_schedule(name, [ALICE], [place], retry={"enabled": False}, **more)
        return agent.wait(agent.run_now(name))

    def test_a_bad_network_costs_time_and_nothing_else(self):
        simulator = self.simulator(alice="synthetic:60:20000:1")
        agent = self.started()
        agent.add_connection(simulator.url)
        simulator.faults({"fault": "reset", "operation": "ExportItems", "bytes": 50000, "times": 2},
                         {"fault": "busy", "operation": "SyncFolderItems", "times": 2, "backoff_ms": 50},
                         {"fault": "unavailable", "operation": "GetFolder", "times": 1})
        found = self.run_of(agent, self.work / "plain")
        self.assertEqual(("complete", 60), (found["run"]["state"], found["tasks"][0]["items"]), found)
        self.assertGreater(sum(o["faults"] for o in simulator.counters().values()), 2)

    def test_a_slow_network_is_waited_for_and_a_stuck_one_asked_again(self):
        simulator = self.simulator(alice="synthetic:20:5000:1")
        agent = self.started()
        agent.add_connection(simulator.url, timeout_seconds=1)
        simulator.faults({"fault": "trickle", "operation": "SyncFolderItems", "bytes": 20_000, "times": 2},
                         {"fault": "delay", "operation": "ExportItems", "delay_ms": 2500, "times": 1})
        found = self.run_of(agent, self.work / "plain")
        self.assertEqual(("complete", 20), (found["run"]["state"], found["tasks"][0]["items"]), found)
        self.assertGreater(simulator.counters()["ExportItems"]["items"], 20, "the stuck request was sent again")

    def test_an_expired_certificate(self):
        users, ca = ["service:secret:full=*"], [self.work / "old.pem", self.work / "new.pem"]
        old, new = (self.enterContext(harness.Simulator({ALICE: "synthetic:5:3000:1"}, users, "--tls-generate", file, "--tls-days", days))
                    for file, days in zip(ca, ("-2", "90")))
        agent = self.started()
        agent.add_connection(old.url, ca_file=str(ca[0]))
        found = self.run_of(agent, self.work / "plain")
        self.assertEqual(("failed", "MK-SRV-004"), (found["run"]["state"], found["tasks"][0]["code"]), found)
        self.assertEqual([], list((self.work / "plain").rglob("*.pst")))
        saved = agent.api("GET", "/connections/exchange")
        renewed = {**saved["connection"], "server": new.url, "ca_file": str(ca[1])}
        agent.api("PUT", "/connections/exchange", renewed, saved["version"])
        self.assertEqual("complete", agent.wait(agent.run_now("Office"))["run"]["state"])

    def test_a_place_that_cannot_be_made(self):
        simulator = self.simulator(alice="empty")
        agent = self.started()
        agent.add_connection(simulator.url)
        (self.work / "file").write_text("in the way")
        found = self.run_of(agent, self.work / "file/plain")
        self.assertEqual("failed", found["run"]["state"])
        self.assertEqual("MK-DST-001", found["tasks"][0]["code"], found)
        self.assertIn(str(self.work / "file"), found["tasks"][0]["error"])

    def test_one_bad_place_does_not_keep_the_other_from_its_copy(self):
        simulator = self.simulator(alice="synthetic:5:3000:1")
        agent = self.started()
        agent.add_connection(simulator.url)
        (self.work / "file").write_text("in the way")
        agent.add_schedule("Office", [ALICE], [self.work / "file/plain", self.work / "plain"], retry={"enabled": False})
        found = agent.wait(agent.run_now("Office"))
        self.assertEqual({"failed", "complete"}, {t["state"] for t in found["tasks"]})
        self.assertEqual("failed", found["run"]["state"])

    def test_a_damaged_vault_is_named(self):
        simulator = self.simulator(alice="synthetic:5:3000:1")
        agent = self.started()
        agent.add_connection(simulator.url)
        place = self.work / "vault"
        self.assertEqual("complete", self.run_of(agent, f"vault:{place}")["run"]["state"])
        record = max((p for p in place.rglob("*") if p.is_file() and "log" in p.parts), key=lambda p: p.name)
        bytes_there = bytearray(record.read_bytes())
        bytes_there[len(bytes_there) // 2] ^= 0xFF
        record.chmod(0o600)
        record.write_bytes(bytes_there)
        found = agent.wait(agent.run_now("Office"))
        self.assertEqual(("failed", "MK-DST-004"), (found["run"]["state"], found["tasks"][0]["code"]), found)

    def test_a_vault_of_another_key_is_left_alone(self):
        simulator = self.simulator(alice="synthetic:5:3000:1")
        agent = self.started()
        agent.add_connection(simulator.url)
        place = f"vault:{self.work}/vault"
        self.assertEqual("complete", self.run_of(agent, place)["run"]["state"])
        agent.api("PUT", "/secrets/own", {"value": "another password"})
        found = self.run_of(agent, place, "Other", encryption={"mode": "custom", "secret": "own"})
        self.assertEqual(("failed", "MK-KEY-001"), (found["run"]["state"], found["tasks"][0]["code"]), found)
        self.assertNotIn("another password", agent.log_text() + str(found))

    def test_a_pst_that_cannot_be_made(self):
        """Something has its name by the time it is whole; what was fetched is not fetched again."""
        simulator = self.simulator(alice="synthetic:40:20000:1")
        agent = self.started()
        agent.add_connection(simulator.url)
        plain, dumps = self.work / "plain", self.work / "dumps"
        for name, place, where, more in (("Plain", plain, plain, {}),
                                         ("Dumped", f"vault:{self.work}/vault", dumps, {"form": "pst", "temporary": str(dumps)})):
            with self.subTest(name):
                agent.add_schedule(name, [ALICE], [place], retry={"enabled": False}, bytes_per_second=2_000_000, **more)
                before = simulator.counters().get("ExportItems", {"items": 0})["items"]
                number = agent.run_now(name)
                partial = agent.wait_for(lambda: next(iter(where.rglob("*.pst.*")), None))
                in_the_way = partial.with_suffix("")
                self.assertEqual(".pst", in_the_way.suffix)
                (in_the_way / "something").mkdir(parents=True)
                found = agent.wait(number)
                self.assertEqual(("failed", "MK-RUN-012"), (found["run"]["state"], found["tasks"][0]["code"]), found)
                self.assertIn(str(in_the_way), found["tasks"][0]["error"])
                (in_the_way / "something").rmdir()
                in_the_way.rmdir()
                self.assertEqual("complete", agent.wait(agent.run_now(name))["run"]["state"])
                self.assertEqual(40, simulator.counters()["ExportItems"]["items"] - before)

    def test_any_path_that_the_file_system_takes(self):
        simulator = self.simulator(alice="synthetic:5:3000:1")
        agent = self.started()
        agent.add_connection(simulator.url)
        place = self.work / "it's \"so\": a*b?<c>|d+e" / ("Straße " * 20) / ("長" * 60) / ("x" * 200)
        self.assertGreater(len(str(place)), 256)
        self.assertEqual("complete", self.run_of(agent, place)["run"]["state"])
        self.assertEqual(1, len(list(pathlib.Path(place).iterdir())))


class Interrupted(AgentTest):
    """A run that waits to be continued must not stand in the way of the next one, whatever that is."""

    def interrupted(self, place, whole_before=False):
        """An agent whose full run was cancelled in the midst, after a whole one if so wished."""
        self.server = self.simulator(alice="synthetic:40:10000:1")
        agent = self.started()
        agent.add_connection(self.server.url)
        agent.add_schedule("Office", [ALICE], [place], **({} if whole_before else SLOWLY))
        if whole_before:
            self.assertEqual("complete", agent.wait(agent.run_now("Office"))["run"]["state"])
            self.change(agent, **SLOWLY)
        self.cut(agent, "full")
        self.change(agent, bytes_per_second=0)
        return agent

    def cut(self, agent, kind):
        number = agent.run_now("Office", kind)
        agent.wait_for(lambda: any(p["items"] > 5 for p in agent.run(number)["progress"]))
        agent.api("POST", f"/runs/{number}/cancel")
        self.assertEqual("cancelled", agent.wait(number)["run"]["state"])

    def change(self, agent, **more):
        saved = agent.api("GET", "/schedules/Office")
        agent.api("PUT", "/schedules/Office", {**saved["schedule"], **more}, saved["version"])

    def test_an_incremental_goes_on_with_an_interrupted_full(self):
        agent = self.interrupted(self.work / "plain", whole_before=True)
        before = self.server.counters()["ExportItems"]["items"]
        found = agent.wait(agent.run_now("Office", "incremental"))
        self.assertEqual("complete", found["run"]["state"], found)
        self.assertIn("full", found["tasks"][0]["point"])
        self.assertLess(self.server.counters()["ExportItems"]["items"] - before, 40)
        found = agent.wait(agent.run_now("Office", "incremental"))
        self.assertEqual("nothing-new", found["run"]["state"], found)

    def test_a_schedule_may_be_changed_meanwhile(self):
        for change in ({"sources": [{"connection": "exchange", "mailboxes": [{"address": ALICE, "folders": ["Inbox"]}]}]},
                       {"form": "pst"}):
            with self.subTest(**change):
                self.work = self.work / "next"
                self.work.mkdir()
                agent = self.interrupted(f"vault:{self.work}/vault")
                self.change(agent, **change)
                self.assertEqual("complete", agent.wait(agent.run_now("Office"))["run"]["state"])
                found = agent.wait(agent.run_now("Office", "incremental"))
                self.assertEqual("nothing-new", found["run"]["state"], found)

    def test_a_damaged_dump_is_made_anew(self):
        simulator = self.simulator(alice="synthetic:60:20000:1")
        agent = self.started()
        agent.add_connection(simulator.url)
        dumps = self.work / "dumps"
        agent.add_schedule("Office", [ALICE], [f"vault:{self.work}/vault"], form="pst", temporary=str(dumps), upload_while_dumping=False)
        number = agent.run_now("Office")
        dump = agent.wait_for(lambda: next((p for p in dumps.rglob("*.pst") if "points" in p.parts), None))
        agent.kill()
        self.assertTrue(dump.exists(), "it was killed in time")
        content = bytearray(dump.read_bytes())
        content[len(content) // 2 : len(content) // 2 + 2000] = bytes(2000)
        dump.write_bytes(content)
        agent.start()
        found = agent.wait(number)
        self.assertEqual("complete", found["run"]["state"], found)
        self.assertEqual([], list(dumps.rglob("*.pst")))


class Clocks(AgentTest):
    def test_a_clock_that_was_years_ahead(self):
        """Points stay in their order, the chain goes on, and the newest is the newest."""
        simulator = self.simulator(alice="synthetic:20:3000:1")
        agent = self.started(clock=datetime.datetime(2031, 5, 5, 12, 0, 0))
        agent.add_connection(simulator.url)
        places = [self.work / "plain", f"vault:{self.work}/vault"]
        agent.add_schedule("Office", [ALICE], places, retention={"max_points": 3, "max_fulls": 2})
        self.assertEqual("complete", agent.wait(agent.run_now("Office"))["run"]["state"])
        agent.set_clock(datetime.datetime(2026, 5, 5, 12, 0, 0))
        harness.exchange_account(simulator.url, "service", "secret", ALICE).inbox.all().order_by("subject")[0].delete()
        found = agent.wait(agent.run_now("Office", "incremental"))
        self.assertEqual("nothing-new", found["run"]["state"], found)
        full = agent.wait(agent.run_now("Office", "full"))
        self.assertEqual("complete", full["run"]["state"], full)
        listed = agent.api("GET", "/points?schedule=Office")["points"]
        self.assertEqual([19, 19, 19, 19, 20, 20], [p["items"] for p in listed], "the newest first")
        for point in listed:  # each is found by its address
            path = f"/points/{point['point']}/folders?mailbox={ALICE}&destination={point['destination']}"
            folders = agent.api("GET", path)["folders"]
            self.assertEqual(point["items"], sum(f["items"] + f["associated"] for f in folders))
        for place in places:
            points = agent.api("GET", f"/schedules/Office/retention?place={place}&mailbox={ALICE}")["points"]
            self.assertEqual(["full", "incr", "full"], [p["point"][21:25] for p in points])

    def test_a_store_whose_clock_differs(self):
        simulator = self.simulator(alice="synthetic:5:3000:1")
        agent = self.started()
        agent.add_connection(simulator.url)
        with s3_service.S3Service() as s3:
            s3.clock_ahead = -3600
            agent.add_schedule("Office", [ALICE], [s3.destination(self.work)], retry={"enabled": False})
            found = agent.wait(agent.run_now("Office"))
            self.assertEqual(("failed", "MK-SRV-015"), (found["run"]["state"], found["tasks"][0]["code"]), found)
            s3.clock_ahead = 0
            self.assertEqual("complete", agent.wait(agent.run_now("Office"))["run"]["state"])


if __name__ == "__main__":
    unittest.main()
