"""A mailbox that changes, a server with faults, a backup that is killed: in the end both hold the same.

MK_SEED (1) chooses what happens, MK_ROUNDS (12) how often; a failure prints the seed.
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import unittest
import urllib.request

from harness import BIN, Simulator, exchange_account, run, secret_file

ALICE, BOB, PASSWORD = "alice@example.test", "bob@example.test", "secret"
SEED, ROUNDS = int(os.environ.get("MK_SEED", 1)), int(os.environ.get("MK_ROUNDS", 12))
DONE, SKIPPED, UNBALANCED, UNAVAILABLE = 0, 3, 4, 6

# Not `left_out`: an update that a listing leaves out changes no count, only `verify --server` finds it (ledger.md).
FAULTS = [
    {"fault": "busy", "backoff_ms": 30, "probability": 0.2},
    {"fault": "reset", "probability": 0.1, "bytes": 3000},
    {"fault": "unavailable", "probability": 0.1},
    {"fault": "truncated_in_record", "probability": 0.05},
    {"fault": "illegal_xml", "probability": 0.3, "text": "&#x1;&#xFFFF;\x02"},
    {"fault": "corrupt_item", "probability": 0.03},
    {"fault": "vanished", "probability": 0.02},
    {"fault": "invalid_sync_state", "times": 1},
    {"fault": "delay", "delay_ms": 20},
]


@unittest.skipUnless((BIN / "mailkeep-sim").exists(), "no simulator")
class Chaos(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(SEED)
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="mk-chaos-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        boxes = {ALICE: f"synthetic:200:5000:{SEED}", BOB: "empty"}
        self.sim = self.enterContext(Simulator(boxes, [f"{ALICE}:{PASSWORD}", f"{BOB}:{PASSWORD}"]))
        password = self.enterContext(secret_file(PASSWORD))
        self.alice = ["--server", self.sim.url, "--user", ALICE, "--password-file", password]
        self.bob = ["--server", self.sim.url, "--user", BOB, "--password-file", password]
        self.account = exchange_account(self.sim.url, ALICE, PASSWORD, ALICE)
        top = self.account.msg_folder_root.children
        self.folders = [f for f in top if f.name == "Inbox" or f.name.startswith("Folder")]

    def set_faults(self, faults):
        script = json.dumps({"seed": self.random.randrange(1000), "faults": faults}).encode()
        admin = self.sim.url.replace("/EWS/Exchange.asmx", "/admin/faults")
        urllib.request.urlopen(urllib.request.Request(admin, data=script, method="POST")).close()

    def change(self):
        import exchangelib

        folder = self.random.choice(self.folders)
        what = self.random.choice(["new", "new", "folder", "delete", "soft delete", "move", "edit", "read"])
        if what == "new":
            text = "x" * self.random.randrange(5000)
            exchangelib.Message(account=self.account, folder=folder, subject=f"new {self.random.random()}", body=text).save()
        if what == "folder":
            self.folders.append(exchangelib.folders.Messages(parent=folder, name=f"sub/{self.random.random()}"))
            self.folders[-1].save()
        items = list(folder.all().order_by("subject")[:20]) if what not in ("new", "folder") else []
        if not items:
            return
        item = self.random.choice(items)
        if what == "delete":
            item.delete()
        elif what == "soft delete":
            item.soft_delete()
        elif what == "move":
            item.move(to_folder=self.random.choice(self.folders))
        elif what == "edit":
            item.subject = f"{(item.subject or '')[:100]}!"
            item.save(update_fields=["subject"])
        else:
            item.is_read = not item.is_read
            item.save(update_fields=["is_read"])

    def backup(self, *options, kill_after=None):
        """The exit code; None when it was killed."""
        command = [BIN / "mailkeep", "backup", *self.alice, "--to", self.work / "b", "--quiet", *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            output = process.communicate(timeout=kill_after or 120)[0]
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            self.assertIsNotNone(kill_after, "mailkeep backup hangs")
            return None
        self.assertIn(process.returncode, (DONE, SKIPPED, UNBALANCED, UNAVAILABLE), output)
        return process.returncode

    def state(self, address):
        """{folder path: subject and read state of its items}"""
        account, state = exchange_account(self.sim.url, address, PASSWORD, address), {}
        below = len(account.msg_folder_root.absolute) + 1
        for folder in account.msg_folder_root.walk():
            items = sorted((i.subject or "", bool(getattr(i, "is_read", True))) for i in folder.all())
            if items:
                state[folder.absolute[below:]] = items
        return state

    def test_backup_and_restore_agree_with_the_mailbox(self):
        kind = []
        for turn in range(ROUNDS):
            with self.subTest(seed=SEED, turn=turn):
                for _ in range(self.random.randrange(10)):
                    self.change()
                self.set_faults(self.random.sample(FAULTS, self.random.randrange(4)))
                kill = self.random.uniform(0.02, 0.5) if self.random.random() < 0.4 else None
                done = self.backup(*kind, kill_after=kill)
                self.set_faults([])
                if done in (None, UNAVAILABLE):
                    self.assertIn(self.backup(*kind), (DONE, SKIPPED))
                kind = ["--incremental"]
        self.assertEqual(self.backup(*kind), DONE, f"seed {SEED}")
        run("mailkeep", "verify", "--from", self.work / "b", *self.alice, "--content")
        for _ in range(2):
            run("mailkeep", "restore", "--from", self.work / "b", *self.bob, "--quiet")
            self.assertEqual(self.state(BOB), self.state(ALICE), f"seed {SEED}")


if __name__ == "__main__":
    unittest.main()
