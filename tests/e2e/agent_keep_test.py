"""What mailkeepd keeps and how: retention, the seed's modes of encryption, recovery keys, adopt, notifications."""

import datetime
import http.server
import json
import shutil
import threading
import time
import unittest

import agent_harness
import harness
from agent_harness import AgentTest

ALICE = "alice@example.test"


def remove_items(simulator, mailbox, keep):
    """All items of all folders but the first `keep` of each, by a client that is not ours."""
    account = harness.exchange_account(simulator.url, "service", "secret", mailbox)
    for folder in account.msg_folder_root.walk():
        for item in list(folder.all().only("subject"))[keep:]:
            item.delete()


class Retention(AgentTest):
    def points(self, agent, place):
        found = agent.api("GET", f"/schedules/Office/retention?place={place}&mailbox={ALICE}")
        return found

    def test_the_oldest_fulls_go_with_their_incrementals(self):
        simulator = self.simulator(alice="synthetic:20:3000:1")
        agent = self.started()
        agent.add_connection(simulator.url)
        plain, vault = self.work / "plain", f"vault:{self.work}/vault"
        agent.add_schedule("Office", [ALICE], [plain, vault], retention={"max_fulls": 2})
        for kind in ("full", "incremental", "full", "incremental", "full"):
            found = agent.wait(agent.run_now("Office", kind))
            self.assertIn(found["run"]["state"], {"complete", "nothing-new"}, found)
        for place in (plain, vault):
            agent.wait_for(lambda p=place: len(self.points(agent, p)["points"]) == 3)
            found = self.points(agent, place)["points"]
            self.assertEqual(["full", "incr", "full"], [p["point"][21:25] for p in found])
            self.assertFalse(any(p["deleted"] for p in found))
        harness.run("mailkeep", "verify", "--from", next(plain.iterdir()))

    def test_far_fewer_items_stop_it_until_somebody_accepts(self):
        simulator = self.simulator(alice="synthetic:40:3000:1")
        agent = self.started()
        agent.add_connection(simulator.url)
        plain = self.work / "plain"
        agent.add_schedule("Office", [ALICE], [plain], retention={"max_fulls": 1})
        agent.wait(agent.run_now("Office"))
        remove_items(simulator, ALICE, 0)
        number = agent.run_now("Office")
        agent.wait(number)
        lines = agent.wait_for(lambda: agent.api("GET", f"/runs/{number}/log")["lines"])
        self.assertIn("MK-RUN-005", [line["code"] for line in lines])
        self.assertEqual(2, len(self.points(agent, plain)["points"]))
        agent.api("POST", "/schedules/Office/retention/accept", {"place": str(plain), "mailbox": ALICE})
        self.assertEqual([True, False], [p["deleted"] for p in self.points(agent, plain)["points"]])
        agent.wait(agent.run_now("Office"))
        agent.wait_for(lambda: len(self.points(agent, plain)["points"]) == 1)


class Encryption(AgentTest):
    def run_into_vault(self, agent, name, encryption):
        place = f"vault:{self.work}/{name}"
        agent.add_schedule(name, [ALICE], [place], encryption=encryption)
        found = agent.wait(agent.run_now(name))
        self.assertEqual("complete", found["run"]["state"], found)
        return place

    def password_file(self, text):
        path = self.work / "password"
        path.write_text(text)
        path.chmod(0o600)
        return path

    def test_the_modes_of_the_seed(self):
        simulator = self.simulator(alice="synthetic:5:3000:1")
        agent = self.started()
        agent.add_connection(simulator.url)
        agent.api("PUT", "/secrets/own", {"value": "my own password"})
        agent.api("PUT", "/keys/default-password", {"password": "everybody's"})
        place = self.run_into_vault(agent, "custom", {"mode": "custom", "technique": "blowfish", "secret": "own"})
        shown = harness.run("mailkeep", "key", "check", place[6:], "--password-file", self.password_file("my own password"))
        self.assertIn("Blowfish, 448 bits", shown.stdout)
        place = self.run_into_vault(agent, "default", {"mode": "default-password"})
        harness.run("mailkeep", "key", "check", place[6:], "--password-file", self.password_file("everybody's"))
        agent.api("PUT", "/keys/default-password", {"password": "another one"})
        harness.run("mailkeep", "key", "check", place[6:], "--password-file", self.password_file("another one"))
        harness.run("mailkeep", "key", "check", place[6:], "--password-file", self.password_file("everybody's"), expect=5)
        self.assertIn(agent.wait(agent.run_now("default"))["run"]["state"], {"complete", "nothing-new"})
        place = self.run_into_vault(agent, "open", {"mode": "off"})
        harness.run("mailkeep", "points", "--from", place)
        self.assertTrue(agent.api("GET", "/schedules/open")["not_encrypted"])
        self.assertFalse(agent.api("GET", "/schedules/custom")["not_encrypted"])

    def test_no_protected_schedule_without_a_recovery_key(self):
        agent = self.started()
        agent.add_connection("http://127.0.0.1:9/")
        place = f"vault:{self.work}/vault"
        schedule = {"name": "Office", "sources": [{"connection": "exchange", "mailboxes": [{"address": ALICE}]}],
                    "destinations": [{"place": place}], "full": {"kind": "daily", "at": "02:00"}}
        with self.assertRaises(agent_harness.ApiError) as refused:
            agent.api("POST", "/schedules", schedule)
        self.assertIn("recovery key", refused.exception.body)
        made = agent.api("POST", "/keys/recovery", {"place": place})["recovery_key"]
        with self.assertRaises(agent_harness.ApiError):
            agent.api("POST", "/keys/recovery/confirm", {"place": place, "recovery_key": made[:-1] + "0"})
        agent.api("POST", "/keys/recovery/confirm", {"place": place, "recovery_key": made})
        agent.api("POST", "/schedules", schedule)


class Adopt(AgentTest):
    def test_an_agent_that_lost_its_disk_goes_on_incrementally(self):
        simulator = self.simulator(alice="synthetic:20:3000:1")
        place = f"vault:{self.work}/vault"
        agent = self.started()
        agent.add_connection(simulator.url)
        key = agent.protect(place)
        agent.api("POST", "/schedules", {
            "name": "Office", "sources": [{"connection": "exchange", "mailboxes": [{"address": ALICE}]}],
            "destinations": [{"place": place}], "full": {"kind": "monthly", "day": 1, "at": "02:00"},
            "incremental": {"kind": "daily", "at": "03:00"}})
        self.assertEqual("complete", agent.wait(agent.run_now("Office"))["run"]["state"])
        agent.stop()
        shutil.rmtree(agent.state)
        paper = self.work / "recovery"
        paper.write_text(key)
        done = harness.run("mailkeepd", "adopt", "--state", agent.state, "--from", place, "--recovery-file", paper)
        self.assertIn("schedule (paused) Office", done.stdout)
        agent.start()
        agent.api("PUT", "/secrets/exchange-password", {"value": "secret"})
        saved = agent.api("GET", "/schedules/Office")
        agent.api("PUT", "/schedules/Office", {**saved["schedule"], "paused": False}, saved["version"])
        found = agent.wait(agent.run_now("Office", "incremental"))
        self.assertEqual("nothing-new", found["run"]["state"], found)
        self.assertEqual([("in-vault", place)], [(k["recovery"], k["place"]) for k in agent.api("GET", "/keys")["keys"]])


class Notifications(AgentTest):
    def receiver(self):
        """A webhook: (its URL, what it was told)."""
        told = []

        class Receiver(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/", told

    def test_a_failure_is_told_at_once(self):
        url, told = self.receiver()
        simulator = self.simulator(alice="empty")
        agent = self.started()
        agent.api("PUT", "/settings/notifications", {"webhooks": [{"url": url}]}, 0)
        agent.add_connection(simulator.url, password="wrong")
        agent.add_schedule("Office", [ALICE], [self.work / "plain"])
        agent.wait(agent.run_now("Office"))
        agent.wait_for(lambda: told)
        run = told[0]["runs"][0]
        self.assertEqual(("Office", "failure", "MK-SRV-006"), (run["schedule"], run["outcome"], run["codes"][0]))

    def test_a_digest_a_day_and_a_reminder_of_the_recovery_key_a_month(self):
        url, told = self.receiver()
        simulator = self.simulator(alice="empty")
        start = datetime.datetime(2026, 3, 1, 12, 0, 0)
        agent = self.started(clock=start)
        agent.api("PUT", "/settings/notifications", {
            "webhooks": [{"url": url}], "digest": True, "digest_at": "08:00", "time_zone": "Europe/Berlin"}, 0)
        agent.add_connection(simulator.url)
        agent.add_schedule("Office", [ALICE], [f"vault:{self.work}/vault"])
        agent.set_clock(start + datetime.timedelta(minutes=2))
        time.sleep(0.5)  # the digest begins to count
        agent.set_clock(start + datetime.timedelta(minutes=4))
        agent.wait(agent.run_now("Office"))
        agent.set_clock(datetime.datetime(2026, 3, 2, 6, 59, 0))
        time.sleep(0.5)
        self.assertEqual([], told)
        agent.set_clock(datetime.datetime(2026, 3, 2, 7, 0, 0))
        agent.wait_for(lambda: told)
        self.assertEqual([("Office", "success")], [(r["schedule"], r["outcome"]) for r in told[0]["runs"]])
        agent.set_clock(start + datetime.timedelta(days=31))
        agent.wait_for(lambda: any("MK-KEY-003" in r["codes"] for t in told for r in t["runs"]))


if __name__ == "__main__":
    unittest.main()
