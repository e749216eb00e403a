"""Outages that outlast the tries of one request, which takes minutes: the run says why, waits, and goes on where it was."""

import datetime
import unittest

import harness
from agent_harness import AgentTest, utc

ALICE = "alice@example.test"
ITEMS = 60
START = datetime.datetime(2026, 1, 1, 12, 0, 0)


class Outages(AgentTest):
    def server(self, name, listen="127.0.0.1:0"):
        users = ["service:secret:full=*"]
        options = ["--persist", self.work / name]
        server = harness.Simulator({ALICE: f"synthetic:{ITEMS}:20000:1"}, users, *map(str, options))
        server.command[server.command.index("127.0.0.1:0")] = listen
        return server

    def test_a_server_that_is_away_or_busy_for_minutes(self):
        away, busy = (self.server(name).__enter__() for name in ("away", "busy"))
        self.addCleanup(busy.__exit__)
        agent = self.started(clock=START)
        runs = {}
        for name, server in (("away", away), ("busy", busy)):
            agent.add_connection(server.url, name)
            sources = [{"connection": name, "mailboxes": [{"address": ALICE}]}]
            agent.add_schedule(name, [], [self.work / f"{name}-copy"], sources=sources, bytes_per_second=400_000)
            runs[name] = agent.run_now(name)
            agent.wait_for(lambda n=name: any(p["items"] > 5 for p in agent.run(runs[n])["progress"]))
        address = away.url.split("/")[2]
        away.__exit__()
        busy.faults({"fault": "busy", "backoff_ms": 10})
        for name, code in (("away", "MK-SRV-002"), ("busy", "MK-SRV-010")):
            waiting = agent.wait_for(lambda n=name: (r := agent.run(runs[n]))["run"]["next_retry"] and r, 600)
            self.assertEqual("MK-RUN-016", waiting["run"]["code"])
            self.assertEqual(("failed", code), (waiting["tasks"][0]["state"], waiting["tasks"][0]["code"]), waiting)
        away = self.enterContext(self.server("away", address))
        busy.faults()
        before = {server: server.counters().get("ExportItems", {"items": 0})["items"] for server in (away, busy)}
        agent.set_clock(utc(waiting["run"]["next_retry"]) + datetime.timedelta(minutes=5))
        for name, server in (("away", away), ("busy", busy)):
            found = agent.wait(runs[name])
            self.assertEqual(("complete", 2), (found["run"]["state"], found["run"]["attempt"]), found)
            self.assertLess(server.counters()["ExportItems"]["items"] - before[server], ITEMS)
            harness.run("mailkeep", "verify", "--from", next((self.work / f"{name}-copy").iterdir()))


if __name__ == "__main__":
    unittest.main()
