"""The forms and places of backups through the agent: PST files, S3, and one schedule over two Exchange servers; each with
full, incremental, restore and retention."""

import re
import time
import unittest

import harness
import s3_service
from agent_harness import OVER, AgentTest

ALICE, BOB = "alice@example.test", "bob@example.test"


class FormsTest(AgentTest):
    def connected(self, **mailboxes):
        self.server = self.simulator(**mailboxes)
        agent = self.started()
        account = {"user": "service", "auth": "basic", "secret": "exchange-password"}
        agent.add_connection(self.server.url, restore=account)
        return agent

    def expect_complete(self, agent, kind="full", state="complete"):
        found = agent.wait(agent.run_now("Office", kind))
        self.assertEqual(state, found["run"]["state"], found)
        return found

    def restored(self, agent, place, target=None, point="Office@latest", mailbox=ALICE):
        """Into `target`, else into Bob's mailbox."""
        target = target or {"kind": "mailbox", "connection": "exchange", "mailbox": BOB}
        asked = {"point": point, "mailbox": mailbox, "destination": str(place), "target": target}
        return self.finished(agent, agent.api("POST", "/restores", asked))

    def undone(self, agent, restore):
        return self.finished(agent, agent.api("POST", f"/restores/{restore['id']}/undo"))

    def finished(self, agent, restore):
        return agent.wait_for(lambda: (r := agent.api("GET", f"/restores/{restore['id']}"))["state"] in OVER and r)

    def subjects(self, mailbox, server=None):
        found = harness.subjects(harness.exchange_account((server or self.server).url, "service", "secret", mailbox))
        return sorted(s for names in found.values() for s in names)

    def remove_one(self, mailbox):
        """By somebody else; the subject of what is gone."""
        account = harness.exchange_account(self.server.url, "service", "secret", mailbox)
        folder = max(account.msg_folder_root.walk(), key=lambda f: f.total_count or 0)
        item = folder.all().order_by("subject")[0]
        item.delete()
        return item.subject


class Psts(FormsTest):
    def test_into_a_directory_and_a_vault_and_back(self):
        agent = self.connected(alice="synthetic:40:5000:1", bob="empty")
        plain, vault, dumps = self.work / "plain", f"vault:{self.work}/vault", self.work / "dumps"
        agent.add_schedule("Office", [ALICE], [plain, vault], form="pst", max_pst_bytes=1_000_000, temporary=str(dumps))
        everything = self.subjects(ALICE)
        self.expect_complete(agent)
        first = {p["destination"]: p["point"] for p in agent.api("GET", "/points?schedule=Office")["points"]}
        gone = self.remove_one(ALICE)
        self.expect_complete(agent, "incremental", "nothing-new")  # nothing was added
        self.assertEqual([], list(dumps.rglob("*.pst*")))
        for file in plain.rglob("*.pst"):
            harness.run("mailkeep", "pst", "check", file)
        for place in (plain, vault):
            with self.subTest(place=place):
                done = self.restored(agent, place)
                self.assertEqual(("complete", 39, 0), (done["state"], done["created"], done["failed"]), done)
                self.assertEqual(sorted(s for s in everything if s != gone), self.subjects(BOB))
                self.undone(agent, done)
                done = self.restored(agent, place, point=first[str(place)])
                self.assertEqual(("complete", 40, 0), (done["state"], done["created"], done["failed"]), done)
                self.assertEqual(everything, self.subjects(BOB))
                self.undone(agent, done)
        root = self.work / "restored"
        root.mkdir()
        agent.api("PUT", "/restore-root", {"directory": str(root)})
        for place, name in ((plain, "of-plain"), (vault, "of-vault")):
            done = self.restored(agent, place, {"kind": "pst", "directory": name})
            self.assertEqual(("complete", 39), (done["state"], done["created"]), done)
            for file in (root / name).glob("*.pst"):
                harness.run("mailkeep", "pst", "check", file)


class S3(FormsTest):
    def setUp(self):
        super().setUp()
        self.s3 = self.enterContext(s3_service.S3Service())
        self.destination = self.s3.destination(self.work)
        self.place = self.destination["place"]

    def test_full_incremental_restore_and_retention(self):
        agent = self.connected(alice="synthetic:40:5000:1", bob="empty")
        agent.add_schedule("Office", [ALICE], [self.destination], retention={"max_fulls": 1})
        everything = self.subjects(ALICE)
        self.expect_complete(agent)
        self.remove_one(ALICE)
        self.expect_complete(agent, "incremental", "nothing-new")
        points = agent.api("GET", "/points?schedule=Office")["points"]
        self.assertEqual(2, len(points))
        self.assertEqual({self.place}, {p["destination"] for p in points})
        oldest = min(p["point"] for p in points)
        done = self.restored(agent, self.place, point=oldest)
        self.assertEqual(("complete", 40), (done["state"], done["created"]), done)
        self.assertEqual(everything, self.subjects(BOB))
        self.expect_complete(agent)
        query = f"/schedules/Office/retention?place={self.place}&mailbox={ALICE}"
        agent.wait_for(lambda: len(agent.api("GET", query)["points"]) == 1)
        done = self.restored(agent, self.place)
        self.assertEqual((0, 39), (done["created"], done["skipped"]), done)
        self.assertTrue(self.s3.objects and all(key.startswith("office/") for key in self.s3.objects))

    def test_a_vault_that_the_agent_makes_is_locked(self):
        agent = self.connected(alice="synthetic:10:5000:1", bob="empty")
        recovery_key = agent.protect(self.place)
        office = {**self.destination, "lock_days": 30}
        agent.api("POST", "/schedules", {
            "name": "Office", "sources": [{"connection": "exchange", "mailboxes": [{"address": ALICE}]}],
            "destinations": [office], "full": {"kind": "monthly", "day": 1, "at": "02:00"}})
        found = agent.wait(agent.run_now("Office"))
        self.assertEqual(("failed", "MK-DST-012"), (found["run"]["state"], found["tasks"][0]["code"]), found)
        self.assertEqual({}, self.s3.objects)  # no vault without its lock
        self.s3.locking = True
        self.expect_complete(agent)
        versions = {key: v for key, all_ in self.s3.versions.items() for v in all_ if re.search("/(vault|keys|log|packs|checkpoints)", key)}
        self.assertEqual(2, sum("/keys/" in key for key in versions))  # that of the agent, and the recovery key
        in_30_days = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 30 * 86400))
        self.assertGreater(min(v.until for v in versions.values()), in_30_days)
        saved = agent.api("GET", "/schedules/Office")
        agent.api("PUT", "/schedules/Office", {**saved["schedule"], "destinations": [{**office, "lock_days": 60}]}, saved["version"])
        found = agent.wait(agent.run_now("Office"))
        self.assertEqual(("failed", "MK-DST-013"), (found["run"]["state"], found["tasks"][0]["code"]), found)
        with harness.secret_file(recovery_key) as paper:
            harness.run("mailkeep", "vault", "lock", self.place, "--days", 60, "--recovery-file", paper, "--s3-endpoint", self.s3.endpoint,
                        "--s3-region", s3_service.REGION, "--s3-credentials", self.destination["s3_credentials_file"])
        self.expect_complete(agent)

    def test_a_store_that_goes_away_fills_up_or_refuses(self):
        agent = self.connected(alice="synthetic:40:20000:1", bob="empty")
        agent.add_schedule("Office", [ALICE], [self.destination], retry={"enabled": False})

        def fail(status, code):
            def hook(method, path):
                if method == "PUT" and "/packs/" in path:
                    raise s3_service.Fault(status, code)
            return hook

        for status, code, message in ((403, "QuotaExceeded", "MK-DST-002"), (403, "AccessDenied", "MK-DST-008")):
            self.s3.hook = fail(status, code)
            found = agent.wait(agent.run_now("Office"))
            self.assertEqual(("failed", message), (found["run"]["state"], found["tasks"][0]["code"]), found)
        self.s3.hook = None
        for endpoint, state, message in (("http://127.0.0.1:1", "failed", "MK-DST-007"),
                                         (self.s3.endpoint, "complete", "MK-RUN-001")):
            saved = agent.api("GET", "/schedules/Office")
            changed = {**saved["schedule"], "destinations": [{**self.destination, "s3_endpoint": endpoint}]}
            agent.api("PUT", "/schedules/Office", changed, saved["version"])
            found = agent.wait(agent.run_now("Office"))
            self.assertEqual((state, message), (found["run"]["state"], found["tasks"][0]["code"]), found)


class Servers(FormsTest):
    def test_one_schedule_over_two_with_accounts_of_their_own(self):
        berlin, paris = (self.enterContext(harness.Simulator({address: content, "archive@example.test": "empty"}, [user]))
                         for address, content, user in ((ALICE, "synthetic:20:3000:1", "robot:one:full=*"),
                                                        (BOB, "synthetic:30:3000:2", "roboter:two:full=*")))
        agent = self.started()
        for name, server, user, password in (("berlin", berlin, "robot", "one"), ("paris", paris, "roboter", "two")):
            account = {"user": user, "auth": "basic", "secret": f"{name}-password"}
            agent.add_connection(server.url, name, user, password, restore=account)
        agent.secrets = [s for s in agent.secrets if len(s) > 3]
        places = [self.work / "plain", f"vault:{self.work}/vault"]
        sources = [{"connection": "berlin", "mailboxes": [{"address": ALICE}]},
                   {"connection": "paris", "mailboxes": [{"address": BOB}]}]
        agent.add_schedule("Office", [], places, sources=sources)
        found = self.expect_complete(agent)
        self.assertEqual({("berlin", ALICE, 20), ("paris", BOB, 30)},
                         {(t["connection"], t["mailbox"], t["items"]) for t in found["tasks"]})
        self.expect_complete(agent, "incremental", "nothing-new")
        for connection, mailbox, items in (("paris", ALICE, 20), ("berlin", BOB, 30)):
            done = self.restored(agent, places[1], {"kind": "mailbox", "connection": connection, "mailbox": "archive@example.test"}, mailbox=mailbox)
            self.assertEqual(("complete", items), (done["state"], done["created"]), done)
        done = self.restored(agent, places[0], {"kind": "original"}, mailbox=BOB)
        self.assertEqual(("complete", 0, 30), (done["state"], done["created"], done["skipped"]), done)
        paris.__exit__()
        found = agent.wait(agent.run_now("Office", "incremental"), {"queued", "failed"})
        states = {t["mailbox"]: t["state"] for t in found["tasks"]}
        self.assertEqual({ALICE: "nothing-new", BOB: "failed"}, states)


class Names(FormsTest):
    def test_a_mailbox_with_slashes_in_its_name(self):
        names = ["sales/emea@example.test", "a\\b@example.test", "../up@example.test"]
        mailboxes = {name: f"synthetic:{n + 3}:3000:{n}" for n, name in enumerate(names)}
        self.server = self.enterContext(harness.Simulator({**mailboxes, BOB: "empty"}, ["service:secret:full=*"]))
        agent = self.started()
        account = {"user": "service", "auth": "basic", "secret": "exchange-password"}
        agent.add_connection(self.server.url, restore=account)
        plain, vault = self.work / "plain", f"vault:{self.work}/vault"
        agent.add_schedule("Büro / Abend", names, [plain, vault])
        found = agent.wait(agent.run_now("Büro / Abend"))
        self.assertEqual("complete", found["run"]["state"], found)
        self.assertEqual(len(names), len(list(plain.iterdir())))
        self.assertEqual({"plain", "vault", "state"}, {p.name for p in self.work.iterdir()})
        for n, name in enumerate(names):
            for place, state in ((plain, "created"), (vault, "skipped")):
                done = self.restored(agent, place, point="Büro / Abend@latest", mailbox=name)
                self.assertEqual(("complete", n + 3), (done["state"], done[state]), done)


if __name__ == "__main__":
    unittest.main()
