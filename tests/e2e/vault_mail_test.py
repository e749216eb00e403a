"""Mailboxes in a vault through the real programs: backup, incremental, restore, compare, export, kill -9."""

import datetime
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile
import time
import unittest

import harness
import s3_service

ALICE, BOB, CAROL = "alice@example.test", "bob@example.test", "carol@example.test"


class VaultMail(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)
        self.vault = self.scratch / "vault"
        password = harness.secret_file("secret")
        self.password = password.__enter__()
        self.addCleanup(password.__exit__, None, None, None)
        self.key, self.other_key = self.scratch / "key", self.scratch / "other"
        for key in self.key, self.other_key:
            harness.run("mailkeep", "key", "new", key)
        harness.run("mailkeep", "vault", "init", self.vault, "--key-file", self.key)

    def simulate(self, **mailboxes):
        self.simulator = harness.started_simulator(self, **mailboxes)

    def account(self, mailbox):
        return harness.exchange_account(self.simulator.url, "service", "secret", mailbox)

    def server(self):
        return ["--server", self.simulator.url, "--user", "service", "--password-file", self.password]

    def unlock(self, key=None):
        return ["--vault-key-file", key or self.key]

    def backup_command(self, mailbox, *arguments):
        return ["backup", "--mailbox", mailbox, "--to", f"vault:{self.vault}", "--work", self.scratch / "work",
                *self.unlock(), *self.server(), "--json", *arguments]

    def backup(self, mailbox, *arguments, expect=0):
        done = harness.run("mailkeep", *self.backup_command(mailbox, *arguments), expect=expect)
        return json.loads(done.stdout) if expect == 0 else done

    def from_vault(self, command, *arguments, expect=0, key=None):
        return harness.run("mailkeep", command, "--from", f"vault:{self.vault}", *self.unlock(key), *arguments,
                           expect=expect)

    def restore(self, mailbox, to, *arguments, expect=0):
        done = self.from_vault("restore", "--mailbox", mailbox, "--to-mailbox", to, "--work", self.scratch / "work",
                               *self.server(), "--json", *arguments, expect=expect)
        return json.loads(done.stdout)

    def size(self):
        return sum(path.stat().st_size for path in self.vault.rglob("*") if path.is_file())

    def test_every_state_comes_back_and_the_ledger_balances(self):
        self.simulate(alice="synthetic:120:3000:7", bob="empty", carol="empty")
        full = self.backup(ALICE)
        self.assertEqual((full["balanced"], full["items"]), (True, 120))
        then, monday = datetime.datetime.now(datetime.timezone.utc), harness.subjects(self.account(ALICE))
        inbox = self.account(ALICE).inbox
        items = list(inbox.all().order_by("subject")[:4])
        items[0].subject = "changed by another client"
        items[0].save(update_fields=["subject"])
        items[1].soft_delete()
        items[2].is_read = not items[2].is_read
        items[2].save(update_fields=["is_read"])
        items[3].move(self.account(ALICE).sent)
        time.sleep(1.1)  # points are named by the second
        changed = self.backup(ALICE, "--incremental")
        self.assertTrue(changed["balanced"])
        self.assertLess(changed["items"], 6)
        self.assertEqual(self.restore(ALICE, BOB)["created"], 120 - 1 + 0)
        self.assertEqual(harness.subjects(self.account(BOB)), harness.subjects(self.account(ALICE)))
        self.assertEqual(self.restore(ALICE, BOB)["created"], 0)
        self.assertEqual(self.restore(ALICE, CAROL, "--at", then.strftime("%Y-%m-%dT%H:%M:%S"))["created"], 120)
        self.assertEqual(harness.subjects(self.account(CAROL)), monday)
        self.assertEqual(len(self.from_vault("points").stdout.splitlines()), 2)
        told = self.from_vault("compare", "--before", then.strftime("%Y-%m-%dT%H:%M:%S")).stdout
        self.assertIn("changed by another client", told)
        self.assertIn("1 moved", told)
        verified = json.loads(self.from_vault("verify", "--mailbox", ALICE, *self.server(), "--content", "--json").stdout)
        self.assertEqual((verified["n_problems"], verified["content_differs"]), (0, 0))

    def test_items_are_browsed_page_by_page_and_exported(self):
        self.simulate(alice="synthetic:90:2000:3")
        self.backup(ALICE)
        folders = [json.loads(line) for line in self.from_vault("items", "--json").stdout.splitlines()]
        self.assertEqual(sum(f["items"] for f in folders), 90)
        seen = set()
        for folder in folders:
            after = []
            for _ in range(100):
                page = self.from_vault("items", "--json", "--folder", "id:" + folder["id"], "--limit", "4", *after).stdout
                items = [json.loads(line) for line in page.splitlines()]
                if not items:
                    break
                seen.update(item["id"] for item in items)
                after = ["--after", items[-1]["id"]]
        self.assertEqual(len(seen), 90)
        self.from_vault("export", "--to", self.scratch / "pst")
        checked = harness.run("mailkeep", "pst", "check", self.scratch / "pst" / f"{ALICE}.pst")
        self.assertEqual(checked.returncode, 0)
        harness.run("mailkeep", "pst", "export", self.scratch / "pst" / f"{ALICE}.pst", "--to", self.scratch / "eml")
        self.assertEqual(len(list((self.scratch / "eml").rglob("*.eml"))), 90)

    def test_a_second_full_adds_almost_nothing_and_an_attachment_lies_there_once(self):
        import exchangelib

        self.simulate(alice="synthetic:500:50000:5", bob="empty")
        self.backup(ALICE)
        before = self.size()
        exported = self.simulator.counters()["ExportItems"]["items"]
        time.sleep(1.1)
        self.assertEqual(self.backup(ALICE)["total"]["unchanged"]["items"], 500)
        self.assertEqual(self.simulator.counters()["ExportItems"]["items"], exported)
        self.assertLessEqual(self.size() - before, before // 200)
        attachment = random.Random(1).randbytes(400_000)
        for mailbox in ALICE, BOB:
            account = self.account(mailbox)
            mail = exchangelib.Message(account=account, folder=account.inbox, subject=f"for {mailbox}", body="see attached")
            mail.attach(exchangelib.FileAttachment(name="large.bin", content=attachment))
            mail.save()
        before = self.size()
        self.backup(ALICE, "--incremental")
        self.assertGreater(self.size() - before, len(attachment))
        before = self.size()
        self.backup(BOB)
        self.assertLess(self.size() - before, 40_000)

    def test_short_mails_lie_together_and_one_that_changes_costs_little(self):
        self.simulate(alice="synthetic:1500:3000:7", bob="empty")
        self.backup(ALICE)
        vault = [self.vault, "--key-file", self.key]
        chunks = int(re.search(r"(\d+) chunks", harness.run("mailkeep", "vault", "check", *vault).stdout).group(1))
        self.assertLess(chunks, 500)
        for number in range(3):
            item = self.account(ALICE).inbox.all().order_by("subject")[number]
            item.subject = f"changed by another client, {number}"
            item.save(update_fields=["subject"])
            before = self.size()
            time.sleep(1.1)
            self.backup(ALICE, "--incremental")
            self.assertLess(self.size() - before, 14_000)
        harness.run("mailkeep", "vault", "forget", self.vault, "#2", "--key-file", self.key)
        harness.run("mailkeep", "vault", "prune", *vault, "--grace", "0")
        harness.run("mailkeep", "vault", "check", *vault)
        self.assertEqual(self.restore(ALICE, BOB)["created"], 1500)
        self.assertEqual(harness.subjects(self.account(BOB)), harness.subjects(self.account(ALICE)))

    def test_whoever_lacks_the_key_or_names_no_mailbox_is_told(self):
        self.simulate(alice="synthetic:5:2000:7", bob="synthetic:5:2000:8")
        for wrong in ["--no-verbatim"], ["--reread", "--incremental"], ["--commit-every", "much"]:
            self.backup(ALICE, *wrong, expect=2)
        self.assertIn("no full backup", self.backup(ALICE, "--incremental", expect=1).stderr)
        self.backup(ALICE)
        self.backup(BOB)
        self.assertIn("does not open the vault", self.from_vault("points", key=self.other_key, expect=5).stderr)
        self.assertIn("choose one with --mailbox", self.from_vault("items", expect=2).stderr)
        self.from_vault("items", "--mailbox", "Alice@Example.TEST")
        self.from_vault("items", "--mailbox", CAROL, expect=1)
        harness.run("mailkeep", "points", "--from", f"vault:{self.scratch}/nothing", *self.unlock(), expect=1)

    def test_a_vault_at_s3_takes_mail_too(self):
        self.simulate(alice="synthetic:60:3000:7", bob="empty")
        keys = self.scratch / "aws"
        keys.write_text(f"[default]\naws_access_key_id = {s3_service.KEY}\naws_secret_access_key = {s3_service.SECRET}\n")
        keys.chmod(0o600)
        with s3_service.S3Service() as s3:
            at_s3 = ["--s3-endpoint", s3.endpoint, "--s3-region", s3_service.REGION, "--s3-credentials", keys]
            place = "s3://bucket/mail"
            harness.run("mailkeep", "vault", "init", place, "--key-file", self.key, *at_s3)
            mail = [*self.unlock(), "--work", self.scratch / "work", *self.server(), "--json", *at_s3]
            done = harness.run("mailkeep", "backup", "--mailbox", ALICE, "--to", place, *mail)
            self.assertEqual(json.loads(done.stdout)["items"], 60)
            harness.run("mailkeep", "backup", "--mailbox", ALICE, "--to", place, "--incremental", *mail)
            done = harness.run("mailkeep", "restore", "--from", place, "--to-mailbox", BOB, *mail)
            self.assertEqual(json.loads(done.stdout)["created"], 60)
            harness.run("mailkeep", "verify", "--from", place, *self.unlock(), *at_s3)
        self.assertEqual(harness.subjects(self.account(BOB)), harness.subjects(self.account(ALICE)))

    def test_a_damaged_vault_gives_the_rest(self):
        self.simulate(alice="synthetic:60:6000:7", bob="empty")
        self.backup(ALICE)
        pack = max((self.vault / "packs").rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
        data = bytearray(pack.read_bytes())
        data[len(data) // 2] ^= 1
        pack.chmod(0o600)
        pack.write_bytes(data)
        problems = json.loads(self.from_vault("verify", "--json", expect=7).stdout)["n_problems"]
        report = self.restore(ALICE, BOB, expect=3)
        self.assertGreater(report["created"], 0)
        self.assertEqual((report["created"] + report["failed"], report["failed"]), (60, problems))

    def test_a_run_that_is_killed_again_and_again_is_whole_at_the_end(self):
        self.simulate(alice="synthetic:400:6000:3", bob="empty")
        command = [str(harness.BIN / "mailkeep"), *map(str, self.backup_command(ALICE, "--commit-every", "100KB"))]
        chance, kills = random.Random(5), 0
        rounds = int(os.environ.get("MK_KILL_ROUNDS", "20"))
        for _ in range(rounds):
            if harness.is_killed(command, chance.uniform(0.03, 0.4)):
                kills += 1
                continue
            command.append("--incremental") if "--incremental" not in command else None
            time.sleep(1.1)
        self.assertGreater(kills, 0)
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(json.loads(done.stdout)["balanced"])
        names = harness.run("mailkeep", "vault", "ls", self.vault, "--key-file", self.key).stdout
        self.assertNotIn("unfinished", names)
        self.assertEqual(json.loads(self.from_vault("verify", "--json").stdout)["n_problems"], 0)
        harness.run("mailkeep", "vault", "check", self.vault, "--key-file", self.key)
        self.assertEqual(self.restore(ALICE, BOB)["created"], 400)
        self.assertEqual(harness.subjects(self.account(BOB)), harness.subjects(self.account(ALICE)))


if __name__ == "__main__":
    unittest.main()
