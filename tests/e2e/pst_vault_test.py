"""PST files in a vault through the real programs: put and get, backup --form pst, damage, foreign files, parts."""

import hashlib
import json
import pathlib
import tempfile
import time
import unittest

import harness

ALICE, BOB = "alice@example.test", "bob@example.test"
ENRON = pathlib.Path(__file__).parents[2] / "node_modules/pst-extractor/example/testdata/enron.pst"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


class PstVault(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)
        self.vault, self.key = self.scratch / "vault", self.scratch / "key"
        password = harness.secret_file("secret")
        self.password = password.__enter__()
        self.addCleanup(password.__exit__, None, None, None)
        harness.run("mailkeep", "key", "new", self.key)
        harness.run("mailkeep", "vault", "init", self.vault, "--key-file", self.key)

    def simulate(self, **mailboxes):
        self.simulator = harness.started_simulator(self, **mailboxes)

    def server(self):
        return ["--server", self.simulator.url, "--user", "service", "--password-file", self.password]

    def unlock(self):
        return ["--vault-key-file", self.key]

    def work(self):
        return ["--work", self.scratch / "work"]

    def backup(self, *arguments, to=None):
        to = to or ["--to", f"vault:{self.vault}", *self.unlock(), *self.work()]
        return json.loads(harness.run("mailkeep", "backup", "--mailbox", ALICE, *to, *self.server(), "--json",
                                      *arguments).stdout)

    def put(self, *files, expect=0):
        time.sleep(1.1)  # points are named by the second
        done = harness.run("mailkeep", "pst", "put", *files, "--to", f"vault:{self.vault}", *self.unlock(),
                           *self.work(), "--json", expect=expect)
        return lines(done.stdout) if expect == 0 else done

    def from_vault(self, command, *arguments, expect=0):
        return harness.run("mailkeep", *command.split(), "--from", f"vault:{self.vault}", *self.unlock(), *arguments,
                           expect=expect)

    def size(self):
        return sum(path.stat().st_size for path in self.vault.rglob("*") if path.is_file())

    def dump(self, what, *arguments):
        """PST files of a simulated mailbox."""
        self.simulate(alice=what, bob="empty")
        directory = self.scratch / "dumped"
        self.backup(*arguments, to=["--to", directory])
        return sorted(next((directory / "points").iterdir()).glob("*.pst"))

    def test_a_pst_comes_back_byte_for_byte_and_a_second_put_adds_almost_nothing(self):
        (pst,) = self.dump("synthetic:200:100000:3")
        stored, point = self.put(pst, "--name", "Alice")
        self.assertEqual((stored["kept"], stored["sha256"], stored["items"]), ("regenerated", digest(pst), 200))
        self.assertEqual(point["mailbox"], "pst:alice")
        out = self.scratch / "out.pst"
        got = lines(self.from_vault("pst get", "--to", out, "--json").stdout)[0]
        self.assertTrue(got["original"])
        self.assertEqual(digest(out), digest(pst))
        self.from_vault("pst get", "--to", out, expect=2)
        before = self.size()
        self.put(pst, "--name", "alice")
        self.assertLessEqual(self.size() - before, before * 0.005)
        folders = lines(self.from_vault("items", "--json").stdout)
        self.assertEqual(sum(f["items"] for f in folders), 200)
        self.from_vault("export", "--to", self.scratch / "export")
        self.from_vault("verify")
        restored = json.loads(self.from_vault("restore", "--to-mailbox", BOB, *self.work(), *self.server(),
                                              "--json").stdout)
        self.assertEqual((restored["created"], restored["failed"]), (200, 0))

    def test_a_backup_in_the_form_of_psts_goes_on_and_gives_each_of_them_back(self):
        self.simulate(alice="synthetic:400:25000:5", bob="empty")
        full = self.backup("--form", "pst")
        self.assertTrue(full["balanced"])
        size = self.size()
        first = self.scratch / "first.pst"
        self.from_vault("pst get", "--to", first)
        account = harness.exchange_account(self.simulator.url, "service", "secret", ALICE)
        for item in list(account.inbox.all()[:8]):  # 2 %
            item.subject = "changed by another client"
            item.save(update_fields=["subject"])
        time.sleep(1.1)
        self.assertTrue(self.backup("--form", "pst")["balanced"])
        grown = self.size() - size
        self.assertLessEqual(grown, 0.02 * first.stat().st_size, f"{grown} of {first.stat().st_size} bytes")
        time.sleep(1.1)
        for item in list(account.inbox.all()[:3]):
            item.soft_delete()
        changed = list(account.inbox.all()[10:12])
        for item in changed:
            item.subject = "changed once more"
            item.save(update_fields=["subject"])
        self.assertTrue(self.backup("--form", "pst", "--incremental")["balanced"])
        small = self.scratch / "incremental.pst"
        got = lines(self.from_vault("pst get", "--to", small, "--json").stdout)[0]
        self.assertEqual((got["items"], got["original"]), (2, True))
        checked = harness.run("mailkeep", "pst", "check", small)
        self.assertEqual(checked.returncode, 0)
        self.from_vault("verify", "--mailbox", ALICE)
        restored = json.loads(self.from_vault("restore", "--mailbox", ALICE, "--to-mailbox", BOB, *self.work(),
                                              *self.server(), "--json").stdout)
        self.assertEqual(restored["created"], 400 - 3)
        other = harness.exchange_account(self.simulator.url, "service", "secret", BOB)
        self.assertEqual(harness.subjects(other), harness.subjects(account))
        points = self.from_vault("points").stdout.splitlines()
        self.assertEqual(len(points), 3)
        listed = harness.run("mailkeep", "vault", "ls", self.vault, "--key-file", self.key).stdout
        self.assertNotIn("unchecked", listed)
        time.sleep(1.1)
        self.backup("--incremental")  # in the form of items, behind the others
        self.from_vault("pst get", "--to", self.scratch / "none.pst", expect=1)

    def test_damage_in_a_chunk_is_named_and_leaves_no_file(self):
        (pst,) = self.dump("synthetic:60:20000:3")
        self.put(pst, "--name", "alice")
        pack = max((path for path in self.vault.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)
        pack.chmod(0o600)
        with pack.open("r+b") as file:
            file.seek(pack.stat().st_size // 2)
            byte = file.read(1)
            file.seek(-1, 1)
            file.write(bytes([byte[0] ^ 1]))
        out = self.scratch / "out.pst"
        told = self.from_vault("pst get", "--to", out, expect=7).stderr
        self.assertRegex(told, r"pst: \".+\": pack [0-9a-f]{12}: RECORD.* at offset \d+")
        self.assertEqual(list(self.scratch.glob("out.pst*")), [])
        self.from_vault("verify", expect=7)
        self.from_vault("export", "--to", self.scratch / "export", expect=3)

    def test_parts_come_back_each(self):
        (pst,) = self.dump("synthetic:200:20000:3")
        parts = self.scratch / "parts"
        parts.mkdir()
        harness.run("mailkeep", "pst", "split", pst, "--to", parts / "alice.pst", "--size", "1MB")
        files = sorted(parts.glob("*.pst"))
        self.assertGreater(len(files), 3)
        stored = self.put(*files, "--name", "alice")[:-1]
        self.assertEqual({s["kept"] for s in stored}, {"regenerated"})
        self.assertEqual(sum(s["items"] for s in stored), 200)
        out = self.scratch / "out"
        self.from_vault("pst get", "--to", self.scratch / "one.pst", expect=2)
        out.mkdir()
        self.from_vault("pst get", "--to", out)
        self.assertEqual({p.name: digest(p) for p in out.iterdir()}, {p.name: digest(p) for p in files})
        self.from_vault("pst get", files[1].name, "--to", self.scratch / "second.pst")
        self.assertEqual(digest(self.scratch / "second.pst"), digest(files[1]))

    @unittest.skipUnless(ENRON.exists(), "npm's pst-extractor is not installed")
    def test_a_file_of_other_origin_comes_back_with_equal_content_or_its_bytes(self):
        stored = self.put(ENRON)[0]
        self.assertEqual((stored["kept"], stored["writer"]), ("content", 0))
        out = self.scratch / "out.pst"
        got = lines(self.from_vault("pst get", "--to", out, "--json").stdout)[0]
        self.assertEqual((got["original"], got["items"]), (False, stored["items"]))
        held = [sorted((f["path"], f["items"]) for f in lines(harness.run("mailkeep", "pst", "ls", p, "--json").stdout)
                       if f.get("items")) for p in (ENRON, out)]
        self.assertEqual(*held)
        self.assertEqual(self.put(ENRON, "--exact", "--name", "exact")[0]["kept"], "bytes")
        self.from_vault("pst get", "--name", "exact", "--to", self.scratch / "exact.pst")
        self.assertEqual(digest(self.scratch / "exact.pst"), digest(ENRON))
        broken = self.scratch / "broken.pst"
        broken.write_bytes(b"no PST" * 1000)
        self.put(broken, expect=7)


if __name__ == "__main__":
    unittest.main()
