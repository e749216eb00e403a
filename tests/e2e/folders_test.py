"""`mailkeep folders` against the simulated Exchange: the tree is true, and every wrong input ends in one clear message."""

import json
import pathlib
import socket
import tempfile
import unittest

from harness import ENRON, Simulator, exchange_account, run, secret_file

ALICE, BOB = "alice@example.test", "bob@example.test"
USERS = [f"alice:pw:own={ALICE}", "backup:pw:impersonate", f"helper:pw:full={ALICE}", f"bob:pw:own={BOB}"]


def folders(url, *options, user="alice", password="pw", mailbox=ALICE, expect=0):
    with secret_file(password) as secret:
        return run("mailkeep", "folders", "--server", url, "--user", user, "--password-file", secret,
                   "--mailbox", mailbox, *options, expect=expect)


def listed(url, **options):
    return json.loads(folders(url, "--json", **options).stdout)


@unittest.skipUnless(ENRON.exists(), "the Enron PST comes with npm pst-extractor")
class Tree(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sim = cls.enterClassContext(Simulator({ALICE: ENRON, BOB: "empty"}, USERS))

    def test_names_and_counts_are_those_that_exchangelib_sees(self):
        ours = listed(self.sim.url)
        account = exchange_account(self.sim.url, "alice", "pw", ALICE)
        theirs = {folder.id: folder for folder in account.msg_folder_root.walk()}
        self.assertEqual({folder["id"] for folder in ours[1:]}, set(theirs))
        for folder in ours[1:]:
            self.assertEqual(folder["name"], theirs[folder["id"]].name)
            self.assertEqual(folder["items"], theirs[folder["id"]].total_count)
        self.assertEqual(sum(folder["items"] for folder in ours), 71)
        self.assertGreater(sum(folder["size_bytes"] for folder in ours), 1_000_000)

    def test_parents_come_first_and_distinguished_folders_are_known(self):
        seen = set()
        ours = listed(self.sim.url)
        for folder in ours:
            self.assertTrue(not folder["parent"] or folder["parent"] in seen)
            seen.add(folder["id"])
        known = {folder["well_known"] for folder in ours}
        self.assertLessEqual({"msgfolderroot", "inbox", "calendar", "sentitems"}, known)
        self.assertTrue(all(folder["readable"] for folder in ours))

    def test_the_tree_for_people_ends_in_a_total(self):
        lines = folders(self.sim.url).stdout.splitlines()
        self.assertRegex(lines[0], r"^Folder +Items +Associated +Unread +Size$")
        self.assertRegex(lines[-1], r"^\d+ folders +71 +0 +[\d.]+ MB$")

    def test_delegates_and_impersonators_see_the_same(self):
        mine = listed(self.sim.url)
        self.assertEqual(listed(self.sim.url, user="helper"), mine)
        with secret_file("pw") as secret:
            done = run("mailkeep", "folders", "--server", self.sim.url, "--user", "backup", "--password-file", secret,
                       "--mailbox", ALICE, "--impersonate", "--json")
        self.assertEqual(json.loads(done.stdout), mine)

    def test_passes_by_what_passes(self):
        mine = listed(self.sim.url)
        self.addCleanup(self.sim.faults)
        for fault in ({"fault": "busy", "backoff_ms": 50}, {"fault": "unavailable"}, {"fault": "unauthorized"},
                      {"fault": "reset", "bytes": 300}):
            with self.subTest(**fault):
                self.sim.faults({"operation": "FindFolder", "times": 2, **fault})
                self.assertEqual(listed(self.sim.url), mine)


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.sim = cls.enterClassContext(Simulator({ALICE: "empty", BOB: "empty"}, USERS))

    def expect(self, done, *words):
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertNotIn("pw", done.stderr.replace("--password", ""))

    def test_wrong_password(self):
        self.expect(folders(self.sim.url, password="nope", expect=5), "HTTP 401", "check them")

    def test_unknown_mailbox(self):
        with secret_file("pw") as secret:
            done = run("mailkeep", "folders", "--server", self.sim.url, "--user", "backup", "--password-file", secret,
                       "--mailbox", "nobody@example.test", "--impersonate", expect=None)
        self.assertNotEqual(done.returncode, 0)
        self.expect(done, "nobody@example.test")

    def test_no_rights(self):
        self.expect(folders(self.sim.url, user="bob", expect=5), "Add-MailboxPermission")
        self.expect(folders(self.sim.url, "--impersonate", user="bob", expect=5), "ApplicationImpersonation")

    def test_wrong_url(self):
        self.expect(folders(self.sim.url.replace("EWS/Exchange.asmx", "nothing/here"), expect=2), "/EWS/Exchange.asmx")

    def test_no_server(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.expect(folders(f"http://127.0.0.1:{port}", expect=6), "cannot connect")
        self.expect(folders("https://no-such-host.invalid", expect=6), "unknown host")

    def test_no_password(self):
        self.expect(run("mailkeep", "folders", "--server", self.sim.url, "--user", "alice", expect=2), "--password-file")
        self.expect(run("mailkeep", "folders", "--server", self.sim.url, "--user", "alice", "--password-env", "NOT_SET_AT_ALL",
                        expect=2), "NOT_SET_AT_ALL")
        self.expect(run("mailkeep", "folders", "--server", self.sim.url, "--user", "alice", "--password-file", "/absent",
                        expect=None), "/absent")


class Certificates(unittest.TestCase):
    def test_self_signed_and_expired_ones_are_refused_unless_trusted(self):
        with tempfile.TemporaryDirectory() as scratch:
            certificate = pathlib.Path(scratch, "server.pem")
            with Simulator({ALICE: "empty"}, USERS, "--tls-generate", certificate) as sim:
                refused = folders(sim.url, expect=5)
                self.assertIn("--ca-file", refused.stderr)
                self.assertIn("Inbox", folders(sim.url, "--ca-file", certificate).stdout)
                self.assertIn("--insecure", folders(sim.url, "--insecure").stderr)
            expired = pathlib.Path(scratch, "expired.pem")
            with Simulator({ALICE: "empty"}, USERS, "--tls-generate", expired, "--tls-days", "-1") as sim:
                self.assertIn("expired", folders(sim.url, "--ca-file", expired, expect=5).stderr)


if __name__ == "__main__":
    unittest.main()
