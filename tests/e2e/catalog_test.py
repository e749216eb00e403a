"""The catalog through the real programs: sorted pages, search, what was deleted, rebuilding, kill -9, what is refused;
in an SQLite file and in PostgreSQL."""

import datetime
import json
import os
import pathlib
import random
import sqlite3
import stat
import subprocess
import tempfile
import time
import unittest

import harness
import postgres

ALICE, BOB = "alice@example.test", "bob@example.test"


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


class VaultWithMail(unittest.TestCase):
    """Two mailboxes; alice has a full and an incremental, before which one mail was renamed, one deleted, one moved."""

    @classmethod
    def setUpClass(cls):
        cls.scratch = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.vault, cls.key = cls.scratch / "vault", cls.scratch / "key"
        harness.run("mailkeep", "key", "new", cls.key)
        harness.run("mailkeep", "vault", "init", cls.vault, "--key-file", cls.key)
        content = {ALICE: "synthetic:120:2000:7", BOB: "synthetic:40:2000:9"}
        with harness.Simulator(content, ["service:secret:full=*"]) as simulator, harness.secret_file("secret") as password:
            cls.server = ["--server", simulator.url, "--user", "service", "--password-file", password]
            cls.backup(ALICE)
            cls.backup(BOB)
            cls.then = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
            account = harness.exchange_account(simulator.url, "service", "secret", ALICE)
            cls.items = list(account.inbox.all().order_by("subject")[:3])
            cls.items[0].subject = "Zugspitze, im Nebel"
            cls.items[0].save(update_fields=["subject"])
            cls.deleted, cls.moved = cls.items[1].subject, cls.items[2].subject
            cls.items[1].soft_delete()
            cls.items[2].move(account.sent)
            time.sleep(1.1)  # points are named by the second
            cls.backup(ALICE, "--incremental")
            cls.subjects = harness.subjects(account)

    @classmethod
    def backup(cls, mailbox, *arguments):
        harness.run("mailkeep", "backup", "--mailbox", mailbox, "--to", f"vault:{cls.vault}", "--vault-key-file", cls.key,
                    "--work", cls.scratch / "work", *cls.server, *arguments)

    def from_vault(self, command, *arguments, expect=0, **options):
        return harness.run("mailkeep", command, "--from", f"vault:{self.vault}", "--vault-key-file", self.key, *arguments,
                           expect=expect, **options)

    def rebuild(self, catalog, expect=0, **options):
        return harness.run("mailkeep", "vault", "rebuild-catalog", self.vault, "--key-file", self.key, "--catalog", catalog,
                           expect=expect, **options)


class Questions:
    """Asked of both databases; `catalog` is one that is not there yet."""

    def search(self, *words, expect=0, **options):
        return harness.run("mailkeep", "search", "--catalog", self.catalog, *words, expect=expect, **options)

    def found(self, *words):
        return lines(self.search("--json", *words))

    def test_answers_as_the_mailbox_does(self):
        self.search("anything", expect=1)  # it is not there, and nobody said of which vault it should be
        made = self.from_vault("search", "--catalog", self.catalog, "zugspitze", "--json")
        self.assertIn("is new", made.stderr)
        self.assertEqual([item["subject"] for item in lines(made)], ["Zugspitze, im Nebel"])
        self.assertNotIn("is new", self.from_vault("points", "--catalog", self.catalog).stderr)
        self.assertEqual(len(self.from_vault("points", "--catalog", self.catalog).stdout.splitlines()), 3)
        self.check_pages()
        self.check_versions()
        gone = self.found("--mailbox", ALICE, "--deleted-since", self.then)
        self.assertEqual([item["subject"] for item in gone], [self.deleted])
        now = self.found("--mailbox", ALICE, "--at", "2100-01-01", "--limit", "1000")
        self.assertEqual(sorted(item["subject"] for item in now), sorted(sum(self.subjects.values(), [])))
        self.assertEqual(len(self.found("--mailbox", BOB, "--limit", "1000")), 40)
        before = self.found("--limit", "1000")
        self.rebuild(self.catalog)
        same = lambda items: sorted((i["id"], i["subject"], i["first"], i["last"] or 0) for i in items)
        self.assertEqual(same(self.found("--limit", "1000")), same(before))

    def check_pages(self):
        folders = lines(self.from_vault("items", "--mailbox", ALICE, "--catalog", self.catalog, "--json"))
        self.assertEqual(folders, lines(self.from_vault("items", "--mailbox", ALICE, "--json")))
        everything = {}
        for folder in folders:
            plain = lines(self.from_vault("items", "--mailbox", ALICE, "--folder", "id:" + folder["id"], "--json"))
            everything.update((item["id"], item) for item in plain)
        folder = max(folders, key=lambda f: f["items"])
        for sort, member, reverse in ("date", "received", True), ("subject", "subject", False), ("size", "bytes", True):
            got, after = [], []
            while True:
                page = lines(self.from_vault("items", "--mailbox", ALICE, "--folder", "id:" + folder["id"], "--catalog", self.catalog,
                                             "--json", "--sort", sort, "--limit", "25", *after))
                got += page
                if len(page) < 25:
                    break
                after = ["--after", page[-1]["id"]]
            self.assertEqual(len(got), folder["items"])
            self.assertEqual(got, [everything[item["id"]] for item in got])
            keys = [item[member].upper() if isinstance(item[member], str) else item[member] for item in got]
            self.assertEqual(keys, sorted(keys, reverse=reverse))

    def check_versions(self):
        item = self.found("--mailbox", ALICE, "zugspitze")[0]
        versions = self.found("--mailbox", ALICE, "--versions-of", item["id"])
        self.assertEqual(len(versions), 2)
        self.assertEqual((versions[0]["last"] is None, versions[1]["last"] is None), (False, True))
        moved = [i for i in self.found("--mailbox", ALICE, "--limit", "1000") if i["subject"] == self.moved]
        self.assertEqual(len(self.found("--mailbox", ALICE, "--versions-of", moved[0]["id"])), 2)

    def test_killed_again_and_again_it_goes_on(self):
        command = [str(harness.BIN / "mailkeep"), "search", "--catalog", self.catalog, "--from", f"vault:{self.vault}",
                   "--vault-key-file", str(self.key), "zugspitze"]
        chance, kills = random.Random(4), 0
        for i in range(8):
            kills += harness.is_killed(command, chance.uniform(0.005, 0.02 + 0.02 * i))
        self.assertGreater(kills, 0)
        done = subprocess.run(command, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.found("--mailbox", BOB, "--limit", "1000")), 40)
        self.assertEqual(len(self.found("--mailbox", ALICE, "--at", "2100-01-01", "--limit", "1000")), 119)

    def test_a_catalog_of_another_vault_is_refused(self):
        self.rebuild(self.catalog)
        other = self.scratch / "other"
        if not other.exists():
            harness.run("mailkeep", "vault", "init", other, "--key-file", self.key)
        done = harness.run("mailkeep", "points", "--from", f"vault:{other}", "--vault-key-file", self.key, "--catalog",
                           self.catalog, expect=2)
        self.assertIn("is of vault", done.stderr)
        self.assertIn("rebuild-catalog", done.stderr)


class SqliteCatalog(Questions, VaultWithMail):
    def setUp(self):
        self.file = pathlib.Path(tempfile.mkdtemp(dir=self.scratch)) / "catalog"
        self.catalog = f"sqlite:{self.file}"

    def test_it_is_for_its_owner_and_says_what_is_wrong_with_it(self):
        self.rebuild(self.catalog)
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)
        with sqlite3.connect(self.file) as db:
            db.execute("INSERT INTO catalog_schema VALUES (7)")
        db.close()
        self.assertIn("schema 7", self.search("x", expect=7).stderr)
        self.rebuild(self.catalog)
        data = bytearray(self.file.read_bytes())
        data[4096:] = b"\x55" * (len(data) - 4096)
        self.file.write_bytes(data)
        damaged = self.search("x", expect=7).stderr
        self.assertIn(str(self.file), damaged)
        self.assertIn("rebuild-catalog", damaged)
        self.rebuild(self.catalog)
        self.file.write_text("dear diary")
        self.assertIn("left as it is", self.rebuild(self.catalog, expect=2).stderr)
        self.assertEqual(self.file.read_text(), "dear diary")

    def test_a_full_disk_is_said_and_nothing_is_lost(self):
        command = f"ulimit -f 128; exec {harness.BIN}/mailkeep search --catalog {self.catalog} --from vault:{self.vault} " \
                  f"--vault-key-file {self.key} zugspitze"
        done = subprocess.run(["/bin/bash", "-c", f"trap '' XFSZ; {command}"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("is the disk full?", done.stderr)
        self.from_vault("search", "--catalog", self.catalog, "zugspitze")
        self.assertEqual(len(self.found("--mailbox", BOB, "--limit", "1000")), 40)

    def test_what_cannot_be_meant_is_refused(self):
        for words in (["--catalog", "mysql://x"], ["--catalog", "postgresql://me:secret@nowhere/db"]):
            self.from_vault("points", *words, expect=2)
        self.from_vault("items", "--mailbox", ALICE, "--sort", "subject", expect=2)
        self.from_vault("points", "--catalog", "postgresql:///x?host=/nowhere", expect=6)
        self.search("x", "--since", "yesterday", expect=2)
        harness.run("mailkeep", "search", "x", expect=2)


@unittest.skipIf(postgres.missing(), "PostgreSQL is not installed; ./run test installs it")
class PostgresCatalog(Questions, VaultWithMail):
    @classmethod
    def setUpClass(cls):
        cls.postgres = cls.enterClassContext(postgres.PostgresServer())
        super().setUpClass()

    def setUp(self):
        name = self.id().split(".")[-1][:40].lower()
        self.postgres.run(f"CREATE DATABASE {name}")
        self.catalog = self.postgres.url(name)

    def test_a_password_comes_from_a_file_or_the_environment(self):
        (self.postgres.dir / "data/pg_hba.conf").write_text("local all locked scram-sha-256\nlocal all all trust\n")
        self.postgres.run("CREATE ROLE locked LOGIN PASSWORD 'geheim'; SELECT pg_reload_conf(); GRANT ALL ON DATABASE "
                          + self.catalog[len("postgresql:///"):].split("?")[0] + " TO locked")
        catalog = self.catalog.replace("user=postgres", "user=locked")
        self.rebuild(catalog, expect=5)
        passwords = self.scratch / "pgpass"
        passwords.write_text("*:*:*:locked:geheim\n")
        passwords.chmod(0o600)
        self.rebuild(catalog, env={**os.environ, "PGPASSFILE": str(passwords)})
        self.rebuild(catalog, env={**os.environ, "PGPASSWORD": "falsch"}, expect=5)

    def test_a_server_that_is_gone_is_said(self):
        self.rebuild(self.catalog)
        self.postgres.stop()
        self.search("x", expect=6)
        self.postgres.start()
        self.assertEqual(len(self.found("zugspitze")), 1)


del VaultWithMail  # it has no tests of its own

if __name__ == "__main__":
    unittest.main()
