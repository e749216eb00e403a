"""kill -9 of the real program at random moments; the next run continues and nothing is lost or stored twice."""

import json
import pathlib
import random
import subprocess
import tempfile
import time
import unittest

import harness

ALICE, BOB = "alice@example.test", "bob@example.test"
ITEMS = 600


class KillResume(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)
        password = harness.secret_file("secret")
        self.password = password.__enter__()
        self.addCleanup(password.__exit__, None, None, None)
        self.simulator = harness.Simulator({ALICE: f"synthetic:{ITEMS}:6000:3", BOB: "empty"}, ["service:secret:full=*"])
        self.simulator.__enter__()
        self.addCleanup(self.simulator.__exit__, None, None, None)

    def command(self, name, *arguments):
        return [str(harness.BIN / "mailkeep"), name, "--server", self.simulator.url, "--user", "service",
                "--password-file", self.password, "--json", *map(str, arguments)]

    def test_a_backup_that_is_killed_again_and_again_is_whole_at_the_end(self):
        directory = self.scratch / "backup"
        command = self.command("backup", "--mailbox", ALICE, "--split", "1MB", "--to", directory)
        began = time.monotonic()
        done = subprocess.run([*command[:-1], str(self.scratch / "once")], capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        whole = time.monotonic() - began
        exported = self.simulator.counters()["ExportItems"]["items"]
        chance = random.Random(5)
        kills = 0
        while harness.is_killed(command, chance.uniform(0.05, 0.6) * whole) and kills < 12:
            kills += 1
        if not (directory / "points").exists() or not any((directory / "points").iterdir()):
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            report = json.loads(done.stdout)
            self.assertTrue(report["balanced"])
            self.assertTrue(report["resumed"])
        again = self.simulator.counters()["ExportItems"]["items"] - exported
        self.assertGreater(kills, 0)
        self.assertGreaterEqual(again, ITEMS)
        verified = json.loads(harness.run("mailkeep", "verify", "--from", directory, "--json").stdout)
        self.assertEqual((verified["items"], verified["n_problems"]), (ITEMS, 0))
        psts = {p.name for p in (directory / "points").glob("*/*.pst*")}
        self.assertEqual(psts, {f"{ALICE}.pst"} | {f"{ALICE}-{n}.pst" for n in range(2, len(psts) + 1)})
        self.assertGreater(len(psts), 2)

    def test_a_restore_that_is_killed_creates_every_item_once(self):
        directory = self.scratch / "backup"
        done = subprocess.run(self.command("backup", "--mailbox", ALICE, "--to", directory), capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        command = self.command("restore", "--from", directory, "--to-mailbox", BOB)
        for seconds in (0.3, 0.6, 1.0):
            if not harness.is_killed(command, seconds):
                break
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        report = json.loads(done.stdout)
        self.assertEqual(report["created"] + report["present_by_marker"], ITEMS)
        account = harness.exchange_account(self.simulator.url, "service", "secret", BOB)
        self.assertEqual(sum(folder.total_count or 0 for folder in account.msg_folder_root.walk()), ITEMS)

    def test_a_restore_that_dies_before_it_sets_read_states_is_finished_by_the_next(self):
        directory = self.scratch / "backup"
        backup = self.command("backup", "--mailbox", ALICE, "--to", directory)
        subprocess.run(backup, check=True, capture_output=True)
        account = harness.exchange_account(self.simulator.url, "service", "secret", ALICE)
        for item in account.inbox.all().order_by("subject")[:7]:
            item.is_read = not item.is_read
            item.save(update_fields=["is_read"])
        subprocess.run([*backup, "--incremental"], check=True, capture_output=True)
        command = self.command("restore", "--from", directory, "--folder", "Inbox", "--to-mailbox", BOB)
        self.simulator.faults({"fault": "unavailable", "operation": "UpdateItem"})
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        while process.poll() is None and self.simulator.counters().get("UpdateItem", {}).get("faults", 0) == 0:
            time.sleep(0.02)
        process.kill()
        process.wait()
        self.simulator.faults()
        second = json.loads(harness.run(*command).stdout)
        self.assertGreater(second["read_finished"], 0)
        self.assertEqual(self.read_states(ALICE), self.read_states(BOB))
        third = json.loads(harness.run(*command).stdout)
        self.assertEqual((third["created"], third["read_finished"]), (0, 0))

    def read_states(self, mailbox):
        inbox = harness.exchange_account(self.simulator.url, "service", "secret", mailbox).inbox
        return sorted((item.subject, item.is_read) for item in inbox.all().only("subject", "is_read"))


if __name__ == "__main__":
    unittest.main()
