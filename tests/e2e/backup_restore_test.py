"""Backup, incremental, restore and verify through the real programs, against the simulator; judged by exchangelib."""

import collections
import json
import pathlib
import tempfile
import unittest

import harness

ALICE, BOB = "alice@example.test", "bob@example.test"
USER = f"service:secret:full=*"


class BackupRestore(unittest.TestCase):
    def setUp(self):
        self.scratch = self.enterContext(tempfile.TemporaryDirectory())
        self.directory = pathlib.Path(self.scratch) / "backup"
        self.password = self.enterContext(harness.secret_file("secret"))

    def enterContext(self, context):  # Python 3.11 has it on Debian 12; kept for older ones
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def mailkeep(self, simulator, command, *arguments, expect=0):
        server = ["--server", simulator.url, "--user", "service", "--password-file", self.password, "--json"]
        done = harness.run("mailkeep", command, *server, *arguments, expect=expect)
        return json.loads(done.stdout) if done.stdout.startswith("{") else done

    def backup(self, simulator, *arguments, expect=0):
        return self.mailkeep(simulator, "backup", "--mailbox", ALICE, "--to", self.directory, *arguments, expect=expect)

    def restore(self, simulator, *arguments, expect=0):
        return self.mailkeep(simulator, "restore", "--from", self.directory, "--to-mailbox", BOB, *arguments, expect=expect)

    def simulate(self, content):
        return self.enterContext(harness.Simulator({ALICE: content, BOB: "empty"}, [USER]))

    def account(self, simulator, mailbox):
        return harness.exchange_account(simulator.url, "service", "secret", mailbox)

    def test_a_mailbox_comes_back_into_another_one_and_only_once(self):
        simulator = self.simulate("synthetic:150:4000:7")
        full = self.backup(simulator)
        self.assertTrue(full["balanced"])
        self.assertEqual(full["items"], 150)
        first = self.restore(simulator)
        self.assertEqual(first["created"], 150)
        self.assertEqual(harness.subjects(self.account(simulator, ALICE)), harness.subjects(self.account(simulator, BOB)))
        again = self.restore(simulator)
        self.assertEqual((again["created"], again["present_by_marker"]), (0, 150))

    def test_an_incremental_holds_what_changed(self):
        simulator = self.simulate("synthetic:60:2000:7")
        self.backup(simulator)
        nothing = self.backup(simulator, "--incremental")
        self.assertEqual(nothing["items"], 0)
        inbox = self.account(simulator, ALICE).inbox
        items = list(inbox.all().order_by("subject")[:4])
        items[0].subject = "changed by another client"
        items[0].save(update_fields=["subject"])
        items[1].soft_delete()
        items[2].is_read = not items[2].is_read
        items[2].save(update_fields=["is_read"])
        changed = self.backup(simulator, "--incremental")
        self.assertTrue(changed["balanced"])
        self.assertLess(changed["items"], 5)
        self.restore(simulator)
        self.assertEqual(harness.subjects(self.account(simulator, ALICE)), harness.subjects(self.account(simulator, BOB)))

    def test_verify_reads_everything_and_finds_damage(self):
        simulator = self.simulate("synthetic:40:2000:7")
        point = self.backup(simulator)["point"]
        self.assertEqual(json.loads(harness.run("mailkeep", "verify", "--from", self.directory, "--json").stdout)["n_problems"], 0)
        live = self.mailkeep(simulator, "verify", "--from", self.directory, "--mailbox", ALICE, "--content")
        self.assertEqual((live["same"], live["content_differs"]), (40, 0))
        segment = self.directory / "points" / point / "items.segment"
        data = bytearray(segment.read_bytes())
        data[len(data) // 2] ^= 1
        segment.write_bytes(data)
        harness.run("mailkeep", "verify", "--from", self.directory, expect=7)

    def test_an_item_left_out_of_a_page_unbalances_the_ledger(self):
        simulator = self.simulate("synthetic:40:2000:7")
        simulator.faults({"fault": "left_out", "operation": "SyncFolderItems", "index": 3, "times": 1})
        report = self.backup(simulator, expect=4)
        self.assertFalse(report["balanced"])
        simulator.faults()
        mended = self.backup(simulator, "--incremental")
        self.assertEqual(mended["items"], 1)

    def test_a_corrupt_item_is_skipped_and_named(self):
        simulator = self.simulate("synthetic:40:2000:7")
        simulator.faults({"fault": "corrupt_item", "operation": "ExportItems", "times": 2, "index": 0})
        report = self.backup(simulator, expect=None)
        self.assertTrue(report["balanced"])
        for skipped in report["skipped"]:
            self.assertTrue(skipped["reason"] and skipped["id"])

    def test_truncated_items_are_fetched_again(self):
        simulator = self.simulate("synthetic:40:2000:7")
        simulator.faults({"fault": "truncated_in_record", "times": 1, "bytes": 700}, {"fault": "truncated_marker", "times": 1, "bytes": 700})
        self.assertEqual(self.backup(simulator)["items"], 40)

    def test_a_backup_in_parts_holds_and_gives_back_what_one_in_one_file_does(self):
        import pst_tools_test as others  # pypff and readpst

        simulator = self.simulate("synthetic:150:20000:7")
        (whole,), parts = (self.psts(simulator, size, "--split", size) for size in ("20GB", "1MB"))
        self.assertEqual([p.name for p in parts][:2], [f"{ALICE}.pst", f"{ALICE}-2.pst"])
        self.assertGreater(len(parts), 3)
        for part in parts:
            self.assertLessEqual(part.stat().st_size, 1_000_000)
            harness.run("mailkeep", "pst", "check", "--strict", part)
        together = sum((others.items(part) for part in parts), collections.Counter())
        self.assertEqual(sum(together.values()), 150)
        self.assertEqual(together, others.items(whole))
        self.assertEqual(sum(map(others.readpst_count, parts)), others.readpst_count(whole))
        self.psts(simulator, "bare", "--split", "1MB", "--no-verbatim")
        self.assertEqual(json.loads(harness.run("mailkeep", "verify", "--from", self.directory, "--json").stdout)["n_problems"], 0)
        self.assertEqual(self.restore(simulator)["created"], 150)
        self.assertEqual(harness.subjects(self.account(simulator, ALICE)), harness.subjects(self.account(simulator, BOB)))
        harness.run("mailkeep", "backup", "--server", simulator.url, "--user", "service", "--password-file", self.password,
                    "--mailbox", ALICE, "--to", self.directory, "--split", "51GiB", expect=2)

    def psts(self, simulator, directory, *arguments):
        """The PSTs of a backup into a directory of its own, as its report lists them and as they lie there."""
        self.directory = pathlib.Path(self.scratch) / directory
        report = self.backup(simulator, *arguments)
        point = self.directory / "points" / report["point"]
        (pst,) = report["psts"]
        self.assertEqual(sorted(pst["files"]), sorted(p.name for p in point.glob("*.pst")))
        return [point / name for name in pst["files"]]

    def test_replace_brings_changed_items_back_in_place(self):
        simulator = self.simulate("synthetic:40:2000:7")
        self.backup(simulator)
        self.restore(simulator)
        for mailbox in [BOB, ALICE]:  # where items are known by their markers, and by their ids
            target = ["--from", self.directory, "--to-mailbox", mailbox, "--if-present", "replace"]
            before = self.inbox(simulator, mailbox)
            item = self.account(simulator, mailbox).inbox.all().order_by("subject")[0]
            item.subject, item.body = "scribbled over", "nothing of what was here"
            item.save(update_fields=["subject", "body"])
            changed = self.inbox(simulator, mailbox)
            self.assertNotEqual(before, changed)
            dry = self.mailkeep(simulator, "restore", *target, "--dry-run")
            self.assertEqual((0, 1), (dry["created"], dry["updated"]), dry)
            self.assertEqual(changed, self.inbox(simulator, mailbox))
            done = self.mailkeep(simulator, "restore", *target)
            self.assertEqual((0, 1, 0), (done["created"], done["updated"], done["failed"]), done)
            self.assertEqual(before, self.inbox(simulator, mailbox), "by id")
            again = self.mailkeep(simulator, "restore", *target)
            self.assertEqual((0, 0, 0), (again["created"], again["updated"], again["failed"]), again)

    def inbox(self, simulator, mailbox):
        return {i.id: (i.subject, i.text_body) for i in self.account(simulator, mailbox).inbox.all()}

    def test_copy_creates_another_one(self):
        simulator = self.simulate("synthetic:15:2000:7")
        self.backup(simulator)
        self.restore(simulator)
        self.assertEqual(15, self.restore(simulator, "--if-present", "copy", "--dry-run")["created"])
        self.assertEqual(15, self.restore(simulator, "--if-present", "copy")["created"])
        once, twice = (harness.subjects(self.account(simulator, m)) for m in (ALICE, BOB))
        self.assertEqual({folder: sorted(names * 2) for folder, names in once.items()}, twice)
        self.assertEqual(0, self.restore(simulator)["created"])

    def test_a_dry_run_changes_nothing(self):
        simulator = self.simulate("synthetic:20:2000:7")
        self.backup(simulator)
        dry = self.restore(simulator, "--dry-run")
        self.assertEqual(dry["created"], 20)
        self.assertEqual(harness.subjects(self.account(simulator, BOB)), {})


if __name__ == "__main__":
    unittest.main()
