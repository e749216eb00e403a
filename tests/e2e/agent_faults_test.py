"""What mailkeepd makes of a bad network, bad places and bad requests: a clear code, nothing lost, and no secret told."""

import pathlib
import unittest

from agent_harness import AgentTest

ALICE = "alice@example.test"


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

    def test_any_path_that_the_file_system_takes(self):
        simulator = self.simulator(alice="synthetic:5:3000:1")
        agent = self.started()
        agent.add_connection(simulator.url)
        place = self.work / "it's \"so\": a*b?<c>|d+e" / ("Straße " * 20) / ("長" * 60) / ("x" * 200)
        self.assertGreater(len(str(place)), 256)
        self.assertEqual("complete", self.run_of(agent, place)["run"]["state"])
        self.assertEqual(1, len(list(pathlib.Path(place).iterdir())))


if __name__ == "__main__":
    unittest.main()
