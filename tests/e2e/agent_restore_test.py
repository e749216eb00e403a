"""The agent restores: points, items, search, restores into mailboxes and files, undo and proof, against the simulator."""

import pathlib
import tempfile
import unittest
import urllib.parse

import agent_harness
import harness
from agent_harness import ApiError

ALICE, BOB = "alice@example.test", "bob@example.test"
ITEMS = 60


def quoted(text):
    return urllib.parse.quote(text, safe="")


class RestoreTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.work = pathlib.Path(directory.name)
        self.places = [str(self.work / "plain"), f"vault:{self.work}/vault"]

    def started(self, items=ITEMS, bytes_each=3000, restore=True):
        self.simulator = harness.started_simulator(
            self, alice=f"synthetic:{items}:{bytes_each}:1", bob="empty", scratch="empty"
        )
        agent = agent_harness.Agent(self.work / "state")
        agent.__enter__()
        self.addCleanup(agent.__exit__, None, None, None)
        account = {"user": "service", "auth": "basic", "secret": "exchange-password"}
        agent.add_connection(self.simulator.url, **({"restore": account} if restore else {}))
        agent.add_schedule("Office@home", [ALICE], self.places)
        found = agent.wait(agent.run_now("Office@home"))
        self.assertEqual("complete", found["run"]["state"], found)
        return agent

    def get(self, agent, path, **query):
        return agent.api("GET", f"{path}?{urllib.parse.urlencode(query)}")

    def request(self, destination="", **more):
        target = {"kind": "mailbox", "connection": "exchange", "mailbox": BOB}
        return {"point": "Office@home@latest", "mailbox": ALICE, "destination": destination, "target": target, **more}

    def finished(self, agent, number):
        return agent.wait_for(
            lambda: (r := agent.api("GET", f"/restores/{number}"))["state"] in agent_harness.OVER and r
        )

    def restored(self, agent, request):
        return self.finished(agent, agent.api("POST", "/restores", request)["id"])


class Looking(RestoreTest):
    def test_points_folders_items_and_search(self):
        agent = self.started()
        points = self.get(agent, "/points", schedule="Office@home")["points"]
        self.assertEqual(sorted(self.places), sorted(p["destination"] for p in points))
        for point in points:
            path = "/points/" + quoted(point["point"])
            where = {"mailbox": ALICE, "destination": point["destination"]}
            folders = [f for f in self.get(agent, path + "/folders", **where)["folders"] if f["items"]]
            self.assertEqual(point["items"], sum(f["items"] + f["associated"] for f in folders))
            folder = max(folders, key=lambda f: f["items"])
            seen, after = [], ""
            while True:
                page = self.get(agent, path + "/items", folder="id:" + folder["id"], limit=7, after=after, **where)
                seen += [i["id"] for i in page["items"]]
                after = page["items"][-1]["id"]
                if not page["more"]:
                    break
            self.assertEqual(folder["items"], len(set(seen)))
            item = {"folder": "id:" + folder["id"], "item": seen[0], **where}
            self.assertIn("properties", self.get(agent, path + "/item", **item))
            token = {"Authorization": f"Bearer {agent.token()}"}
            status, text = agent.request(
                "GET", f"/api/v1{path}/item/file?{urllib.parse.urlencode({'form': 'eml', **item})}", headers=token
            )
            self.assertEqual(200, status)
            self.assertIn("Subject:", text)
        found = self.get(agent, "/search", schedule="Office@home", mailbox=ALICE, limit=5)
        self.assertEqual([self.places[0]], found["not_indexed"])
        self.assertEqual(5, len(found["found"][0]["versions"]))
        actions = [e["action"] for e in agent.api("GET", "/audit")["entries"]]
        for action in ["item.read", "item.list", "item.search", "folder.list"]:
            self.assertIn(action, actions)

    def test_an_auditor_reads_no_mail(self):
        agent = self.started(items=3)
        token = agent.api("POST", "/tokens", {"name": "auditor", "role": "auditor"})["text"]
        where = urllib.parse.urlencode({"mailbox": ALICE, "folder": "Inbox"})
        status, _ = agent.request(
            "GET", f"/api/v1/points/{quoted('Office@home@latest')}/items?{where}", headers={"Authorization": f"Bearer {token}"}
        )
        self.assertEqual(403, status)


class Restores(RestoreTest):
    def test_into_another_mailbox_and_undone(self):
        agent = self.started()
        for place in self.places:
            dry = self.restored(agent, self.request(place, dry_run=True))
            self.assertEqual(("complete", ITEMS), (dry["state"], dry["created"]), dry)
            real = self.restored(agent, self.request(place))
            self.assertEqual(("complete", ITEMS, 0), (real["state"], real["created"], real["failed"]), real)
            again = self.restored(agent, self.request(place))
            self.assertEqual((0, ITEMS), (again["created"], again["skipped"]))
            undo = self.finished(agent, agent.api("POST", f"/restores/{real['id']}/undo")["id"])
            self.assertEqual(("complete", ITEMS, 0), (undo["state"], undo["created"], undo["skipped"]), undo)
            self.assertEqual(ITEMS, self.restored(agent, self.request(place, dry_run=True))["created"], "all are gone")
            listed = agent.api("GET", f"/restores/{undo['id']}/items?limit=1000")["items"]
            self.assertEqual({"remove", "remove-folder"}, {i["action"] for i in listed})

    def test_an_undo_takes_back_the_folders_that_the_restore_made_and_are_empty(self):
        agent = self.started(items=20)
        bob = harness.exchange_account(self.simulator.url, "service", "secret", BOB)

        def folders():
            bob.root.clear_cache()
            return {f.absolute for f in bob.msg_folder_root.walk()}

        before = folders()
        target = {"kind": "mailbox", "connection": "exchange", "mailbox": BOB, "folder": "Restored/Of today"}
        real = self.restored(agent, self.request() | {"target": target})
        made = folders() - before
        self.assertGreater(len(made), 3)
        theirs = next(f for f in bob.msg_folder_root.walk() if f.absolute in made and f.name == "Inbox")
        type(bob.inbox)(parent=theirs, name="Mine").save()
        dry = self.finished(agent, agent.api("POST", "/restores", {"undo": real["id"], "dry_run": True})["id"])
        self.assertIn(f"{len(made) - 3} would be removed, 3 stay", dry["notes"])
        undo = self.finished(agent, agent.api("POST", f"/restores/{real['id']}/undo")["id"])
        self.assertEqual(("complete", 20), (undo["state"], undo["created"]), undo)
        left = {p.rsplit("/", 1)[1] for p in folders() - before}
        self.assertEqual({"Restored", "Of today", "Inbox", "Mine"}, left)
        listed = agent.api("GET", f"/restores/{undo['id']}/items?limit=1000")["items"]
        self.assertEqual({"Restored", "Restored/Of today", "Restored/Of today/Inbox"},
                         {i["folder"] for i in listed if i["action"] == "leave-folder"})
        next(f for f in bob.msg_folder_root.walk() if f.name == "Mine").delete()
        again = self.finished(agent, agent.api("POST", f"/restores/{real['id']}/undo")["id"])
        self.assertEqual("complete", again["state"], again)
        self.assertEqual(before, folders())

    def test_into_the_original_mailbox_nothing_is_missing(self):
        agent = self.started(items=10)
        done = self.restored(agent, {**self.request(), "target": {"kind": "original"}})
        self.assertEqual(("complete", 0, 10), (done["state"], done["created"], done["skipped"]), done)

    def test_replaces_and_copies(self):
        agent = self.started(items=12)
        self.restored(agent, self.request())
        bob = harness.exchange_account(self.simulator.url, "service", "secret", BOB)

        def there():
            return {i.id: i.subject for folder in bob.msg_folder_root.walk() for i in folder.all().only("subject")}

        before = there()
        item = bob.inbox.all().order_by("subject")[0]
        item.subject = "scribbled over"
        item.save(update_fields=["subject"])
        replace = self.request(if_present="replace")
        for more in [{"dry_run": True}, {}]:
            done = self.restored(agent, replace | more)
            self.assertEqual((0, 1, 11, 0), tuple(done[c] for c in ["created", "updated", "skipped", "failed"]), done)
        self.assertEqual(before, there(), "by id")
        actions = [i["action"] for i in agent.api("GET", f"/restores/{done['id']}/items?limit=1000")["items"]]
        self.assertEqual((1, 11), (actions.count("update"), actions.count("present")))
        self.assertEqual(0, self.restored(agent, replace)["updated"])
        copied = self.restored(agent, self.request(if_present="copy"))
        self.assertEqual((12, 0), (copied["created"], copied["skipped"]), copied)
        self.assertEqual(24, len(there()))
        for restore in [done, copied]:
            self.finished(agent, agent.api("POST", f"/restores/{restore['id']}/undo")["id"])
        self.assertEqual(before, there(), "the copies go, and what was updated stays")

    def test_into_files(self):
        agent = self.started(items=10)
        root = self.work / "restored"
        root.mkdir()
        refused = self.restored(agent, self.request() | {"target": {"kind": "pst"}})
        self.assertEqual("failed", refused["state"])
        self.assertIn("restore root", refused["error"])
        agent.api("PUT", "/restore-root", {"directory": str(root)})
        pst = self.restored(agent, self.request() | {"target": {"kind": "pst", "directory": "psts"}})
        self.assertEqual(("complete", 10), (pst["state"], pst["created"]), pst)
        for file in (root / "psts").glob("*.pst"):
            harness.run("mailkeep", "pst", "check", file)
        files = self.restored(agent, self.request(self.places[1]) | {"target": {"kind": "files", "directory": "files"}})
        written = [f for f in (root / "files").rglob("*") if f.suffix in {".eml", ".ics", ".vcf"}]
        self.assertEqual(files["created"], len(written))
        with self.assertRaises(ApiError):
            agent.api("POST", "/restores", self.request() | {"target": {"kind": "files", "directory": "../out"}})

    def test_goes_on_after_kill_9(self):
        agent = self.started(items=400, bytes_each=20000)
        number = agent.api("POST", "/restores", self.request())["id"]
        agent.wait_for(lambda: (agent.api("GET", f"/restores/{number}")["progress"] or {}).get("items", 0) > 20)
        agent.kill()
        agent.start()
        done = self.finished(agent, number)
        self.assertEqual(("complete", 400, 0), (done["state"], done["created"], done["skipped"]), done)
        again = self.restored(agent, self.request())
        self.assertEqual((0, 400), (again["created"], again["skipped"]), "nothing is missing or there twice")
        undo = self.finished(agent, agent.api("POST", f"/restores/{number}/undo")["id"])
        self.assertEqual(400, undo["created"], undo)

    def test_nothing_is_restored_without_an_account_for_it(self):
        agent = self.started(items=3, restore=False)
        done = self.restored(agent, self.request())
        self.assertEqual("failed", done["state"])
        self.assertIn("no account for restores", done["error"])


class Proofs(RestoreTest):
    def test_drills_in_memory_and_in_a_scratch_mailbox(self):
        agent = self.started()
        for scratch in [{}, {"connection": "exchange", "mailbox": "scratch@example.test"}]:
            agent.api("PUT", "/proofs/rule", {"percent": 50, **scratch})
            drill = {"schedule": "Office@home", "mailbox": ALICE, "destination": self.places[1]}
            rounds = [p["round"] for p in agent.api("GET", "/proofs")["proofs"]]
            agent.api("POST", "/proofs", drill)
            proof = agent.wait_for(
                lambda: (p := agent.api("GET", "/proofs")["proofs"]) and [x["round"] for x in p] != rounds and p[0]
            )
            self.assertEqual(proof["sampled"], proof["same"], proof)
            self.assertGreater(proof["sampled"], 10)
            self.assertTrue(proof["proven_restorable_on"])
            self.assertEqual("scratch mailbox" if scratch else "memory", proof["way"])
        left = self.request() | {"target": {"kind": "mailbox", "connection": "exchange", "mailbox": "scratch@example.test",
                                            "folder": "mailkeep restore proof"}, "dry_run": True}
        self.assertEqual(0, self.restored(agent, left)["skipped"], "the scratch mailbox is clean")


if __name__ == "__main__":
    unittest.main()
