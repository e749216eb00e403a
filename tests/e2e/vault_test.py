"""`mailkeep vault` and `mailkeep key` through the real program."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from harness import BIN, OutcomeChecks


class VaultTest(OutcomeChecks, unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.path = pathlib.Path(self.dir.name)
        self.vault = self.path / "vault"
        self.pw = self.write("pw", "correct horse\n")
        self.run_ok("vault", "init", self.vault, "--password-file", self.pw)

    def write(self, name, text):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def mailkeep(self, *words, env=None):
        return subprocess.run([BIN / "mailkeep", *map(str, words)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL,
                              env={**os.environ, "XDG_CACHE_HOME": str(self.path / "cache"), **(env or {})})


class KeyTest(VaultTest):
    def test_a_wrong_password_is_told_within_a_second(self):
        wrong = self.write("wrong", "incorrect horse")
        started = time.monotonic()
        said = self.run_bad(5, "key", "check", self.vault, "--password-file", wrong)
        self.assertLess(time.monotonic() - started, 1)
        self.assertIn("this password does not open the vault, whose keys are: password 'first'", said)

    def test_a_password_comes_from_a_file_or_the_environment_or_a_terminal(self):
        self.assertIn("(opened the vault)", self.run_ok("key", "check", self.vault, "--password-file", self.pw))
        self.run_ok("key", "check", self.vault, "--password-env", "MK_PW", env={"MK_PW": "correct horse"})
        self.assertIn("no terminal", self.run_bad(2, "key", "check", self.vault))

    def test_the_recovery_key_brings_back_a_lost_password(self):
        paper, new = self.path / "paper", self.write("new", "staple")
        self.run_ok("key", "new", paper, "--recovery")
        self.assertEqual(0o600, paper.stat().st_mode & 0o777)
        self.run_ok("key", "add", self.vault, "--password-file", self.pw, "--new-recovery-file", paper, "--name", "paper")
        self.run_ok("key", "recover", self.vault, "--recovery-file", paper, "--new-password-file", new, "--name", "new")
        self.run_ok("key", "check", self.vault, "--password-file", new)
        self.run_bad(5, "key", "check", self.vault, "--password-file", self.pw)

    def test_a_mistyped_recovery_key_is_told_as_such(self):
        paper = self.path / "paper"
        self.run_ok("key", "new", paper, "--recovery")
        paper.write_text(paper.read_text()[:-3] + "zz\n")
        self.assertIn("digit", self.run_bad(2, "key", "check", self.vault, "--recovery-file", paper))

    def test_the_key_in_use_and_the_last_key_stay(self):
        self.run_bad(2, "key", "remove", self.vault, "first", "--password-file", self.pw)
        file = self.path / "key"
        self.run_ok("key", "new", file)
        self.run_ok("key", "add", self.vault, "--password-file", self.pw, "--new-key-file", file, "--name", "file")
        self.run_ok("key", "remove", self.vault, "first", "--key-file", file)
        self.run_bad(5, "key", "check", self.vault, "--password-file", self.pw)

    def test_a_vault_is_made_only_in_an_empty_place(self):
        self.assertIn("not empty", self.run_bad(1, "vault", "init", self.vault, "--password-file", self.pw))
        self.assertIn("there is no vault here", self.run_bad(1, "vault", "info", self.path / "none"))
        self.assertIn("keys    1 objects", self.run_ok("vault", "info", self.vault))


class FilesTest(VaultTest):
    def setUp(self):
        super().setUp()
        self.key = ["--password-file", self.pw]
        self.files = {"a/mail": b"first mail\n" * 100, "b/large": os.urandom(3_000_000), "empty": b""}
        for name, content in self.files.items():
            self.write("in/" + name, content)
        self.put("monday")

    def put(self, point, *more):
        return self.run_ok("vault", "put", self.vault, self.path / "in", "--point", point, *self.key, *more)

    def restored(self, point):
        out = self.path / f"out-{point}"
        self.run_ok("vault", "get", self.vault, point, "--to", out, *self.key)
        return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}

    def packs(self):
        return sorted((self.vault / "packs").rglob("?" * 64), key=lambda p: p.stat().st_size)

    def test_each_point_comes_back_whole(self):
        self.write("in/a/mail", b"changed")
        self.assertIn("2 of them new", self.put("tuesday"))
        self.assertEqual(self.files, self.restored("monday"))
        self.assertEqual({**self.files, "a/mail": b"changed"}, self.restored("tuesday"))
        self.assertIn("tuesday", self.run_ok("vault", "ls", self.vault, *self.key))
        self.assertEqual(["b/large", "empty"], [line.split()[1] for line in self.run_ok(
            "vault", "ls", self.vault, "monday", "--after", "a/mail", *self.key).splitlines()])
        self.run_ok("vault", "check", self.vault, *self.key)

    def test_a_range_of_one_object_is_printed(self):
        done = subprocess.run([BIN / "mailkeep", "vault", "get", self.vault, "#2", "b/large", "--offset", "2000000",
                               "--length", "10", *self.key], capture_output=True)
        self.assertEqual(self.files["b/large"][2000000:2000010], done.stdout)

    def test_damage_is_named_and_the_rest_restored(self):
        pack = self.packs()[-1]  # the data
        content = bytearray(pack.read_bytes())
        content[1_500_000] ^= 1
        pack.chmod(0o600)
        pack.write_bytes(content)
        done = self.mailkeep("vault", "check", self.vault, *self.key)
        self.assertEqual(7, done.returncode)
        self.assertIn(f"damaged: pack {pack.name}", done.stdout)
        self.assertIn("lost: point #2: b/large\n", done.stdout)
        self.assertNotIn("a/mail", done.stdout)
        self.assertEqual(7, self.mailkeep("vault", "check", self.vault, "--keyless").returncode)
        done = self.mailkeep("vault", "get", self.vault, "monday", "--to", self.path / "rest", *self.key)
        self.assertEqual(7, done.returncode)
        self.assertIn("mailkeep: b/large: ", done.stderr)
        self.assertEqual(self.files["a/mail"], (self.path / "rest/a/mail").read_bytes())
        self.assertFalse((self.path / "rest/b/large").exists())

    def test_without_a_key_everything_is_checked_and_nothing_shown(self):
        said = self.run_ok("vault", "check", self.vault, "--keyless") + self.run_ok("vault", "show", self.vault)
        said += self.run_ok("vault", "pack", self.vault, self.packs()[0].name)
        for word in ["monday", "mail", "large"]:
            self.assertNotIn(word, said)
            for path in self.vault.rglob("*"):
                self.assertFalse(path.is_file() and word.encode() in path.read_bytes(), path)

    def test_a_store_that_was_set_back_is_found_out(self):
        head = self.path / "head"
        self.put("tuesday", "--head-file", head)
        (self.vault / "log/0000000000000004").unlink()
        said = self.run_bad(7, "vault", "ls", self.vault, *self.key, "--head-file", head)
        self.assertIn("the store was set back", said)
        self.assertIn(f"remove {head}", said)
        packs = self.packs()
        said = self.run_bad(7, "vault", "prune", self.vault, *self.key, "--head-file", head, "--grace", "0")
        self.assertIn("the store was set back", said)
        self.assertEqual(packs, self.packs())

    def test_junk_behind_the_log_is_told_with_its_remedy(self):
        junk = self.vault / "log/0000000000000003"
        junk.write_text("junk")
        for command in (["ls"], ["check"], ["put", self.path / "in", "--point", "tuesday"]):
            said = self.run_bad(7, "vault", command[0], self.vault, *command[1:], *self.key)
            self.assertIn(junk.name, said)
            self.assertIn("may be removed", said)
        junk.unlink()
        self.assertEqual(self.files, self.restored("monday"))

    def test_a_vault_of_a_newer_mailkeep_is_refused(self):
        header = self.vault / "vault"
        header.chmod(0o600)
        content = bytearray(header.read_bytes())
        content[8] = 3
        header.write_bytes(content)
        for command in (["ls"], ["check"], ["put", self.path / "in", "--point", "tuesday"]):
            said = self.run_bad(7, "vault", command[0], self.vault, *command[1:], *self.key)
            self.assertIn("newer", said)

    def test_lost_key_slots_come_back_from_a_copy(self):
        copy = self.path / "copy"
        shutil.copytree(self.vault, copy)
        shutil.rmtree(self.vault / "keys")
        self.assertIn("copy of its folder keys/", self.run_bad(1, "vault", "ls", self.vault, *self.key))
        self.run_ok("vault", "check", self.vault, "--keyless", "--repair-from", copy)
        self.assertEqual(self.files, self.restored("monday"))

    def test_a_forgotten_point_is_gone(self):
        self.run_ok("vault", "forget", self.vault, "monday", *self.key)
        self.run_bad(1, "vault", "get", self.vault, "monday", "--to", self.path / "x", *self.key)

    def test_prune_gives_back_what_no_point_needs(self):
        small = self.write("in2/note", b"a note")
        self.run_ok("vault", "put", self.vault, small.parent, "--point", "tuesday", *self.key)
        self.run_ok("vault", "forget", self.vault, "monday", *self.key)
        before = {p.name for p in self.packs()}
        said = self.run_bad(2, "vault", "prune", self.vault, "--dry-run")
        self.assertIn("less than half", said)
        said = self.run_ok("vault", "prune", self.vault, "--dry-run", "--allow-shrink")
        self.assertIn("would be condemned: 2 packs", said)
        self.run_bad(2, "vault", "prune", self.vault, *self.key)
        self.assertIn("\ncondemned: 2 packs", self.run_ok("vault", "prune", self.vault, "--allow-shrink", *self.key))
        self.assertEqual(before, {p.name for p in self.packs()})
        said = self.run_ok("vault", "prune", self.vault, "--grace", "0", *self.key)
        self.assertIn("\ndeleted: 2 packs", said)
        self.assertLess(sum(p.stat().st_size for p in self.packs()), 2_000)
        self.assertEqual({"note": b"a note"}, self.restored("tuesday"))
        self.run_ok("vault", "check", self.vault, *self.key)
        self.assertIn("drop", self.run_ok("vault", "show", self.vault))

    def test_prune_deletes_nothing_of_a_damaged_vault(self):
        self.write("in/new", b"new")
        self.put("tuesday")
        self.run_ok("vault", "forget", self.vault, "monday", *self.key)
        self.packs()[-1].unlink()
        packs = self.packs()
        for words in [["--dry-run"], ["--grace", "0", "--allow-shrink", *self.key]]:
            self.assertIn("the vault is damaged", self.run_bad(7, "vault", "prune", self.vault, *words))
        self.assertEqual(packs, self.packs())

    def test_rebuild_makes_the_index_anew(self):
        self.run_ok("vault", "ls", self.vault, *self.key)
        (index,) = (self.path / "cache/mailkeep").iterdir()
        good = index.read_bytes()
        index.write_bytes(b"garbage")
        said = self.run_ok("vault", "rebuild", self.vault, *self.key)
        self.assertIn("2 packs with", said)
        self.assertEqual(good, index.read_bytes())
        index.write_bytes(b"garbage")
        self.assertEqual(self.files, self.restored("monday"))
        self.packs()[0].unlink()
        self.run_ok("vault", "ls", self.vault, *self.key)
        self.assertEqual(7, self.mailkeep("vault", "rebuild", self.vault, *self.key).returncode)

    def test_a_copy_repairs_what_is_damaged(self):
        copy = self.path / "copy"
        shutil.copytree(self.vault, copy)
        good = {p.relative_to(self.vault): p.read_bytes() for p in self.vault.rglob("*") if p.is_file()}
        for path in self.vault.rglob("*"):
            if path.is_file():
                path.chmod(0o600)
                path.write_bytes(path.read_bytes()[:-7])
        self.assertEqual(7, self.mailkeep("vault", "check", self.vault, *self.key).returncode)
        said = self.run_ok("vault", "check", self.vault, "--repair-from", copy, *self.key)
        self.assertIn("repaired: log/0000000000000001", said)
        self.assertEqual(good, {p.relative_to(self.vault): p.read_bytes() for p in self.vault.rglob("*") if p.is_file()})
        other = self.path / "other"
        self.run_ok("vault", "init", other, "--password-file", self.pw)
        self.run_bad(2, "vault", "check", self.vault, "--repair-from", other, *self.key)


if __name__ == "__main__":
    unittest.main()
