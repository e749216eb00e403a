"""The commands of mailkeep that talk to the agent."""

import json
import os
import subprocess
import unittest

import agent_harness
import harness


class CliTest(agent_harness.AgentTest):
    def setUp(self):
        super().setUp()
        self.agent = self.started()
        self.env = {**os.environ, "MAILKEEP_AGENT": self.agent.url, "MAILKEEP_TOKEN_FILE": str(self.agent.state / "admin.token")}

    def run_cli(self, *words, expect=0, text=None):
        command = [str(harness.BIN / "mailkeep"), *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, env=self.env, input=text or "")
        self.assertEqual(expect, done.returncode, f"{words}\n{done.stdout}{done.stderr}")
        return done

    def json_of(self, *words, **more):
        return json.loads(self.run_cli(*words, "--json", **more).stdout)

    def add_connection(self, url="https://mail.example.test"):
        with harness.secret_file("secret") as password:
            self.run_cli("connection", "secret", "pw", "--password-file", password)
        self.run_cli("connection", "add", "--name", "office", "--server", url, "--user", "service", "--secret", "pw")

    def add_schedule(self, *more, **how):
        return self.run_cli("schedule", "add", "--name", "nightly", "--connection", "office", "--mailbox", "alice@example.test",
                            "--to", self.work / "plain", "--full", "weekly sun 22:00", *more, **how)


class Commands(CliTest):
    def test_from_a_connection_to_a_report(self):
        simulator = harness.started_simulator(self, alice="synthetic:10:2000:1")
        self.add_connection(simulator.url)
        self.assertIn(simulator.url, self.run_cli("connection", "list").stdout)
        self.assertIn("authentication", self.run_cli("connection", "check", "office", "--mailbox", "alice@example.test").stdout)
        self.assertIn("NOT ENCRYPTED", self.add_schedule().stderr)
        run = str(self.json_of("schedule", "run", "nightly", "--full")["run"])
        self.agent.wait_for(lambda: self.json_of("run", "show", run)["run"]["over"])
        self.assertIn("alice@example.test", self.run_cli("run", "show", run).stdout)
        self.assertIn("complete", self.run_cli("run", "list", "--schedule", "nightly").stdout)
        self.assertIn("MK-RUN-001", self.run_cli("run", "log", run).stdout)
        task = self.json_of("run", "show", run)["tasks"][0]["id"]
        self.assertIn("genuine: true", self.run_cli("run", "ledger", run, task).stdout)
        self.run_cli("run", "cancel", run, expect=1)
        self.assertIn("complete", self.run_cli("report", "--since", "2020-01-01").stdout)
        self.assertEqual([], self.json_of("report", "--until", "2020-01-01")["runs"])

    def test_a_report_ends_as_its_worst_run(self):
        self.add_connection("http://127.0.0.1:1/EWS/Exchange.asmx")
        self.add_schedule()
        saved = self.json_of("schedule", "show", "nightly")["schedule"]
        saved["retry"] = {"enabled": False}
        self.run_cli("schedule", "edit", "nightly", "-", text=json.dumps(saved))
        run = str(self.json_of("schedule", "run", "nightly")["run"])
        self.agent.wait_for(lambda: self.agent.run(run)["run"]["over"])
        self.run_cli("run", "show", run, expect=1)
        self.assertIn("failed", self.run_cli("report", expect=1).stdout)

    def test_schedules_by_flags_and_by_file(self):
        self.add_connection()
        self.add_schedule("--incremental", "every 2h mon,tue", "--time-zone", "Europe/Berlin", "--encryption", "system")
        saved = self.json_of("schedule", "show", "nightly")["schedule"]
        self.assertEqual({"kind": "weekly", "at": "22:00", "weekdays": ["sunday"]}, saved["full"])
        self.assertEqual(120, saved["incremental"]["every_minutes"])
        self.run_cli("schedule", "edit", "nightly", "--name", "often", "--incremental", "none")
        self.assertNotIn("incremental", self.json_of("schedule", "show", "often")["schedule"])
        file = self.work / "schedule.json"
        file.write_text(json.dumps(saved))
        self.assertIn("full", self.run_cli("schedule", "check", file).stdout)
        self.run_cli("schedule", "add", file)
        self.run_cli("schedule", "add", "-", "--name", "third", text=json.dumps(saved))
        self.assertEqual(["nightly", "often", "third"], [s["schedule"]["name"] for s in self.json_of("schedule", "list")["schedules"]])
        self.assertEqual(4, len(self.run_cli("schedule", "next", "often", "-n", "3").stdout.splitlines()))
        self.run_cli("schedule", "pause", "third")
        self.assertIn("paused", self.run_cli("schedule", "list").stdout)
        self.run_cli("schedule", "resume", "third")
        self.assertFalse(self.json_of("schedule", "show", "third")["schedule"]["paused"])
        self.run_cli("schedule", "remove", "third")
        self.run_cli("schedule", "show", "third", expect=1)
        self.assertIn("daily 22:00", self.run_cli("schedule", "edit", "often", "--full", "tuesdays", expect=2).stderr)

    def test_a_lock_is_of_places_that_can_be_locked(self):
        self.add_connection()
        self.assertIn("nothing else can be locked", self.add_schedule("--lock-days", 30, expect=2).stderr)
        self.assertIn("--lock-days", self.add_schedule("--to", "s3://b/x", "--lock-days", 36501, expect=2).stderr)
        said = self.add_schedule("--to", "s3://b/x", "--lock-days", 30, "--encryption", "off").stderr
        self.assertIn("; locked for 30 days: s3://b/x", said)
        shown = self.run_cli("schedule", "show", "nightly")
        self.assertIn('"lock_days":30', shown.stdout)
        self.assertIn("locked for 30 days", shown.stderr)
        self.run_cli("schedule", "edit", "nightly", "--lock-days", 0)
        self.assertEqual([0, 0], [d["lock_days"] for d in self.json_of("schedule", "show", "nightly")["schedule"]["destinations"]])
        self.assertNotIn("locked", self.run_cli("schedule", "show", "nightly").stderr)

    def test_exit_codes_say_what_went_wrong(self):
        self.run_cli("schedule", "show", "none", expect=1)
        self.run_cli("run", "show", "12345", expect=1)
        with harness.secret_file("mkt_" + "0" * 64) as wrong:
            self.assertIn("token", self.run_cli("run", "list", "--token-file", wrong, expect=5).stderr)
        self.run_cli("run", "list", "--agent", "http://127.0.0.1:1", expect=6)
        self.assertIn("unencrypted", self.run_cli("run", "list", "--agent", "http://192.0.2.1", expect=2).stderr)
        simulator = harness.started_simulator(self, alice="empty")
        other = simulator.url[: simulator.url.index("/EWS")]
        self.assertIn("no agent answers", self.run_cli("run", "list", "--agent", other, expect=2).stderr)


class Restoring(CliTest):
    """What comes after a backup: points, search, restores, proofs, retention."""

    ALICE, BOB = "alice@example.test", "bob@example.test"

    def backed_up(self, items=10):
        simulator = harness.started_simulator(self, alice=f"synthetic:{items}:2000:1", bob="empty")
        self.add_connection(simulator.url)
        connection = self.json_of("connection", "show", "office")["connection"]
        account = {"user": "service", "auth": "basic", "secret": "pw"}
        self.run_cli("connection", "edit", "office", "-", text=json.dumps({**connection, "restore": account}))
        self.vault = f"vault:{self.work}/vault"
        self.agent.protect(self.vault)
        self.add_schedule("--to", self.vault)
        self.assertIn("complete", self.run_cli("schedule", "run", "nightly", "--full", "--wait").stdout)

    def test_points_items_and_search(self):
        self.backed_up(items=60)
        points = self.json_of("point", "list", "nightly")["points"]
        self.assertEqual({str(self.work / "plain"), self.vault}, {p["destination"] for p in points})
        self.assertIn(points[0]["point"], self.run_cli("point", "list", "nightly", "--mailbox", self.ALICE).stdout)
        where = ["nightly@latest", "--mailbox", self.ALICE, "--destination", self.vault]
        folder = max(self.json_of("point", "folders", *where)["folders"], key=lambda f: f["items"])
        self.assertIn(folder["path"], self.run_cli("point", "folders", *where).stdout)
        where += ["--folder", folder["path"]]
        items = self.json_of("point", "items", *where, "--sort", "subject")["items"]
        backwards = self.json_of("point", "items", *where, "--sort", "subject", "--reverse")["items"]
        self.assertEqual([i["id"] for i in items], [i["id"] for i in reversed(backwards)])
        page = self.run_cli("point", "items", *where, "--limit", "1")
        self.assertEqual(2, len(page.stdout.splitlines()))
        self.assertIn("--after", page.stderr)
        one = [*where, "--item", items[0]["id"]]
        mail = self.run_cli("point", "show", *one, "--form", "eml").stdout
        self.assertIn("Subject:", mail)
        file = self.work / "mail.eml"
        self.run_cli("point", "show", *one, "--form", "eml", "--to", file)
        self.assertEqual(mail.split(), file.read_text().split())
        self.assertIn(str(file), self.run_cli("point", "show", *one, "--to", file, expect=1).stderr)
        self.assertIn("properties", self.json_of("point", "show", *one))
        missing = self.work / "missing.eml"
        self.run_cli("point", "show", *where, "--item", "none", "--to", missing, expect=1)
        self.assertFalse(missing.exists())
        found = self.run_cli("search", "--schedule", "nightly", "--mailbox", self.ALICE, "--limit", "3")
        self.assertIn("nightly@", found.stdout)
        self.assertEqual(5, len(found.stdout.splitlines()), found.stdout)
        self.assertIn("--after", found.stderr)
        self.assertIn("plain", found.stderr)
        self.assertEqual(3, len(self.json_of("search", "--schedule", "nightly", "--limit", "3")["found"][0]["versions"]))
        self.run_cli("search", "budget", expect=2)
        self.run_cli("search", "--schedule", "nightly", "--catalog", "sqlite:x", expect=2)
        self.run_cli("search", "--schedule", "none", expect=1)

    def test_restores_and_their_undo(self):
        self.backed_up()
        start = ["restore", "start", "nightly@latest", "--mailbox", self.ALICE]
        bob = ["--to", "mailbox", "--connection", "office", "--to-mailbox", self.BOB]
        dry = self.json_of(*start, *bob, "--dry-run", "--wait")
        self.assertEqual(("complete", 10), (dry["state"], dry["created"]), dry)
        real = self.json_of(*start, *bob, "--wait")
        self.assertEqual(10, real["created"], real)
        number = str(real["id"])
        copies = self.json_of(*start, *bob, "--if-present", "copy", "--dry-run", "--wait")
        self.assertEqual(10, copies["created"], copies)
        self.assertIn("created: 10", self.run_cli("restore", "show", number).stdout)
        self.assertEqual(10, self.run_cli("restore", "items", number).stdout.count("create  "))
        self.assertIn("complete", self.run_cli("restore", "list").stdout)
        self.run_cli("restore", "cancel", number, expect=1)
        undo = self.run_cli("restore", "undo", number, "--wait").stdout
        self.assertIn(f"undo of {number}, complete", undo)
        self.assertEqual(10, self.json_of(*start, *bob, "--dry-run", "--wait")["created"], "all are gone")
        self.assertIn("restore root", self.run_cli(*start, "--to", "files", "--wait", expect=1).stdout)
        (self.work / "out").mkdir()
        self.run_cli("restore", "root", self.work / "out")
        self.assertIn("out", self.run_cli("restore", "root").stdout)
        self.run_cli(*start, "--to", "files", "--directory", "files", "--wait")
        self.assertTrue(list((self.work / "out" / "files").rglob("*.eml")))
        self.run_cli(*start, expect=2)
        self.run_cli("restore", "show", "12345", expect=1)

    def test_the_direct_restore_is_as_it_was(self):
        self.assertIn("--from", self.run_cli("restore", expect=2).stderr)
        self.assertIn("--server", self.run_cli("restore", "--from", self.work, expect=2).stderr)
        self.run_cli("restore", "--from", self.work, "list", expect=2)
        self.assertIn("undo", self.run_cli("restore", "--dry-run", "undo", "1", expect=2).stderr)

    def test_proofs_and_retention(self):
        self.backed_up()
        self.assertIn("enabled: false", self.run_cli("proof", "rule").stdout)
        rule = self.json_of("proof", "rule", "--on", "--percent", "50")
        self.assertEqual((True, 50, 7), (rule["enabled"], rule["percent"], rule["every_days"]))
        self.assertEqual(rule, self.json_of("proof", "rule"))
        self.run_cli("proof", "rule", "--off")
        drill = ["proof", "run", "nightly", "--mailbox", self.ALICE]
        self.run_cli(*drill, "--destination", self.vault)
        proof = self.agent.wait_for(lambda: self.json_of("proof", "list")["proofs"])[0]
        self.assertEqual(proof["sampled"], proof["same"], proof)
        self.assertIn("memory", self.run_cli("proof", "list", "--schedule", "nightly").stdout)
        waited = self.json_of(*drill, "--destination", self.vault, "--wait")
        self.assertGreater(waited["tried"], proof["tried"])
        self.run_cli("proof", "rule", "--connection", "office", "--scratch-mailbox", "nobody@example.test")
        self.assertIn("nobody@example.test", self.run_cli(*drill, "--destination", self.vault, "--wait", expect=1).stdout)
        self.run_cli("proof", "rule", "--in-memory")
        where = ["--mailbox", self.ALICE, "--place", self.vault]
        kept = self.json_of("schedule", "retention", "nightly", *where)
        self.assertEqual([False], [p["deleted"] for p in kept["points"]])
        self.assertIn("false", self.run_cli("schedule", "retention", "nightly", *where, "--accept").stdout)
        self.run_cli("schedule", "retention", "nightly", "--mailbox", self.ALICE, "--place", "elsewhere", expect=2)


class Administering(CliTest):
    def test_users_and_tokens(self):
        with harness.secret_file("correct horse battery") as first, harness.secret_file("staple of another") as second:
            self.run_cli("user", "add", "anna", "--role", "operator", "--password-file", first)
            self.run_cli("user", "role", "anna", "auditor")
            self.assertEqual(["auditor"], [u["role"] for u in self.json_of("user", "list")["users"]])
            self.run_cli("user", "password", "anna", "--password-file", second)
        login = {"name": "anna", "password": "staple of another"}
        self.assertEqual(200, self.agent.request("POST", "/api/v1/login", login)[0])
        self.run_cli("user", "add", "anna", "--role", "king", expect=2)
        self.run_cli("user", "remove", "anna")
        self.run_cli("user", "remove", "anna", expect=1)
        file = self.work / "auditor.token"
        self.assertNotIn("text", self.json_of("token", "add", "look", "--role", "auditor", "--to", file))
        self.assertEqual(0o600, file.stat().st_mode & 0o777)
        self.run_cli("token", "list", "--token-file", file)
        self.run_cli("token", "add", "more", "--role", "admin", "--token-file", file, expect=5)
        self.run_cli("token", "add", "again", "--role", "auditor", "--to", file, expect=1)
        made = self.json_of("token", "list")["tokens"]
        self.assertNotIn("again", [t["name"] for t in made], "no token without a place for its text")
        number = next(t["id"] for t in made if t["name"] == "look")
        self.run_cli("token", "remove", number)
        self.run_cli("token", "list", "--token-file", file, expect=5)
        self.assertTrue(self.run_cli("token", "add", "short", "--role", "auditor", "--expires", "2999-01-01").stdout.startswith("mkt_"))
        self.run_cli("token", "add", "late", "--role", "auditor", "--expires", "2001-01-01", expect=2)

    def test_audit(self):
        self.add_connection()
        self.assertIn("connection.add", self.run_cli("audit", "list").stdout)
        head = self.json_of("audit", "head")
        kept = ["--number", head["number"], "--hash", head["hash"]]
        self.run_cli("connection", "remove", "office")
        self.assertIn("holds", self.run_cli("audit", "verify").stdout)
        self.run_cli("audit", "verify", *kept)
        wrong = self.run_cli("audit", "verify", "--number", head["number"], "--hash", "0" * 64, expect=7)
        self.assertIn("changed", wrong.stdout)
        self.run_cli("audit", "verify", "--number", head["number"], expect=2)

        def verify(changes, expect):
            return self.run_cli("audit", "verify", "--head", "-", text=json.dumps({**head, **changes}), expect=expect)

        self.assertIn("holds", verify({}, 0).stdout)
        self.assertIn("signature", verify({"signed_at": "2020-01-01T00:00:00Z"}, 7).stdout)
        self.assertIn("another key", verify({"public_key": "0" * 64}, 7).stdout)
        self.assertIn("has no signature", verify({"signature": ""}, 2).stderr)

    def test_notifications(self):
        self.run_cli("notify", "test", expect=1)
        settings = self.json_of("notify", "show")["notifications"]
        for digest in [True, False]:
            self.run_cli("notify", "set", "-", text=json.dumps({**settings, "digest": digest}))
            self.assertIn(f"digest: {json.dumps(digest)}", self.run_cli("notify", "show").stdout)
        self.run_cli("notify", "set", "-", text='{"digests": true}', expect=2)
        nobody = {"webhooks": [{"url": "http://127.0.0.1:1/"}]}
        self.run_cli("notify", "set", "-", text=json.dumps(nobody))
        self.run_cli("notify", "test", expect=6)


if __name__ == "__main__":
    unittest.main()
