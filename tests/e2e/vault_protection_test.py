"""Vaults of every technique, and those without encryption, through the real programs."""

import json
import os
import pathlib
import pty
import shutil
import subprocess
import tempfile
import unittest

import harness

ALICE = "alice@example.test"
KINDS = {  # what `vault init` is told
    "aes": [],
    "blowfish": ["--cipher", "blowfish"],
    "blowfish64": ["--cipher", "blowfish", "--key-bits", "64"],
    "3des": ["--cipher", "3des"],
    "off": ["--encryption", "off"],
}


class Protection(harness.OutcomeChecks, unittest.TestCase):
    def setUp(self):
        self.scratch = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.key = self.scratch / "key"
        self.run_ok("key", "new", self.key)
        self.note = self.scratch / "in/note"
        self.note.parent.mkdir()
        self.note.write_text("a note")

    def mailkeep(self, *words, env=None):
        return subprocess.run([harness.BIN / "mailkeep", *map(str, words)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL,
                              env={**os.environ, "XDG_CACHE_HOME": str(self.scratch / "cache"), **(env or {})})

    def init(self, kind, place="vault"):
        vault = self.scratch / place
        self.said = self.run_ok("vault", "init", vault, *KINDS[kind], *self.key_options(kind))
        return vault

    def key_options(self, kind, prefix=""):
        return [] if kind == "off" else [f"--{prefix}key-file", self.key]

    def put(self, vault, point, *key):
        return self.run_ok("vault", "put", vault, self.note.parent, "--point", point, *key)


class EveryKind(Protection):
    def test_what_is_weak_is_marked_wherever_the_vault_is_shown(self):
        marks = {"aes": "cipher  AES-256-GCM\n", "blowfish": "Blowfish, 448 bits", "blowfish64": "Blowfish, 64 bits",
                 "3des": "Triple DES, 192 bits", "off": "NOT ENCRYPTED: "}
        for kind, mark in marks.items():
            with self.subTest(kind):
                vault = self.init(kind, kind)
                shown = {"init": self.said, "info": self.run_ok("vault", "info", vault),
                         "check": self.run_ok("key", "check", vault, *self.key_options(kind))}
                for where, text in shown.items():
                    self.assertEqual("LEGACY: " in text, kind in ("blowfish", "blowfish64", "3des"), where)
                    self.assertEqual("NOT ENCRYPTED: " in text, kind == "off", where)
                    self.assertTrue(where == "init" or mark in text, where)
                self.assertIn("format  1\n" if kind == "aes" else "format  2\n", shown["info"])

    def test_mail_comes_back_out_of_every_vault(self):
        boxes = {f"{kind}@example.test": "empty" for kind in KINDS}
        server = self.enterContext(
            harness.Simulator({ALICE: "synthetic:15:3000:7", **boxes}, ["service:secret:full=*"]))
        password = self.enterContext(harness.secret_file("secret"))
        exchange = ["--server", server.url, "--user", "service", "--password-file", password, "--json"]
        before = harness.subjects(harness.exchange_account(server.url, "service", "secret", ALICE))
        for kind in KINDS:
            with self.subTest(kind):
                vault, copy = self.init(kind, kind), self.scratch / f"{kind}-copy"
                place, key = f"vault:{vault}", self.key_options(kind, "vault-")
                work = ["--work", self.scratch / "work", *key]
                backup = ["backup", "--mailbox", ALICE, "--to", place, *work, *exchange]
                self.assertEqual(15, json.loads(self.run_ok(*backup))["items"])
                self.assertEqual(0, json.loads(self.run_ok(*backup, "--incremental"))["items"])
                self.assertEqual(0, json.loads(self.run_ok("verify", "--from", place, *key, "--json"))["n_problems"])
                self.damage_and_repair(vault, copy, self.key_options(kind))
                restored = json.loads(self.run_ok("restore", "--from", place, "--mailbox", ALICE, "--to-mailbox",
                                                  f"{kind}@example.test", *work, *exchange))
                self.assertEqual(15, restored["created"])
                after = harness.exchange_account(server.url, "service", "secret", f"{kind}@example.test")
                self.assertEqual(before, harness.subjects(after))

    def damage_and_repair(self, vault, copy, key):
        shutil.copytree(vault, copy)
        for path in [vault / "vault", *(vault / "packs").rglob("?" * 64)]:
            content = bytearray(path.read_bytes())
            content[len(content) // 2] ^= 1
            path.chmod(0o600)
            path.write_bytes(content)
        self.assertEqual(7, self.mailkeep("vault", "check", vault, *key).returncode)
        self.assertIn("repaired: packs/", self.run_ok("vault", "check", vault, "--repair-from", copy, *key))
        good, repaired = ({p.relative_to(d): p.read_bytes() for p in d.rglob("*") if p.is_file()} for d in (copy, vault))
        self.assertEqual(good, repaired)
        self.run_ok("vault", "check", vault, "--keyless")

    def test_without_the_legacy_provider_blowfish_is_refused_and_all_else_goes_on(self):
        vault, without = self.init("blowfish"), {"OPENSSL_MODULES": str(self.scratch)}
        said = self.run_bad(7, "vault", "init", self.scratch / "new", "--cipher", "blowfish", "--key-file", self.key,
                            env=without)
        self.assertIn("OpenSSL's provider `legacy` cannot be loaded", said)
        self.assertFalse((self.scratch / "new/vault").exists())
        said = self.run_bad(7, "vault", "ls", vault, "--key-file", self.key, env=without)
        self.assertIn("install what holds", said)
        self.assertIn("Blowfish", self.run_ok("vault", "info", vault, env=without))
        self.run_ok("vault", "check", vault, "--keyless", env=without)
        for kind in "aes", "3des":
            self.run_ok("vault", "init", self.scratch / kind, *KINDS[kind], "--key-file", self.key, env=without)

    def test_init_takes_no_nonsense(self):
        key = ["--key-file", self.key]
        for words in [["--cipher", "blowfish", "--key-bits", "60", *key], ["--cipher", "blowfish", "--key-bits", "65", *key],
                      ["--cipher", "blowfish", "--key-bits", "456", *key], ["--cipher", "3des", "--key-bits", "128", *key],
                      ["--key-bits", "128", *key], ["--cipher", "rot13", *key], ["--encryption", "off", *key],
                      ["--encryption", "off", "--cipher", "blowfish"], ["--encryption", "perhaps", *key]]:
            self.assertEqual(2, self.mailkeep("vault", "init", self.scratch / "new", *words).returncode, words)
        self.assertFalse((self.scratch / "new").exists())


class WithoutEncryption(Protection):
    def setUp(self):
        super().setUp()
        self.vault = self.init("off")

    def test_no_key_is_needed_and_each_command_says_so(self):
        self.put(self.vault, "monday")
        done = self.mailkeep("vault", "get", self.vault, "monday", "note")
        self.assertEqual("a note", done.stdout)
        self.assertEqual(1, done.stderr.count("NOT ENCRYPTED: "))
        self.run_ok("vault", "prune", self.vault)

    def test_it_is_red_on_a_terminal_only(self):
        ours, theirs = pty.openpty()
        subprocess.run([harness.BIN / "mailkeep", "vault", "info", self.vault], stdout=theirs, check=True)
        os.close(theirs)
        self.assertIn(b"\033[1;31mNOT ENCRYPTED", os.read(ours, 4096))
        os.close(ours)
        self.assertNotIn("\033", self.run_ok("vault", "info", self.vault))

    def test_a_password_beside_the_clear_key_protects_nothing(self):
        password = self.scratch / "pw"
        password.write_text("correct horse")
        self.assertIn("it is not encrypted: give no key",
                      self.run_bad(5, "key", "check", self.vault, "--password-file", password))
        self.assertIn("NOT ENCRYPTED", self.run_ok("key", "add", self.vault, "--new-password-file", password, "--name", "pw"))
        self.assertIn("NOT ENCRYPTED", self.run_ok("key", "check", self.vault, "--password-file", password))
        self.assertIn("NOT ENCRYPTED", self.run_ok("vault", "info", self.vault))
        self.put(self.vault, "monday")

    def test_without_its_clear_key_it_is_closed_to_those_who_have_no_old_copy(self):
        old = shutil.copytree(self.vault / "keys", self.scratch / "old")
        self.assertEqual(2, self.mailkeep("key", "remove", self.vault, "clear").returncode)  # the last, and in use
        self.run_ok("key", "add", self.vault, "--new-key-file", self.key, "--name", "file")
        said = self.run_ok("key", "remove", self.vault, "clear", "--key-file", self.key)
        self.assertIn("whoever has a copy of its folder keys/ from before reads it", said)
        self.assertNotIn("NOT ENCRYPTED", said + self.run_ok("vault", "info", self.vault))
        self.assertIn("no key: give", self.run_bad(2, "vault", "ls", self.vault))
        self.put(self.vault, "later", "--key-file", self.key)
        shutil.copytree(old, self.vault / "keys", dirs_exist_ok=True)
        self.assertEqual("a note", self.run_ok("vault", "get", self.vault, "later", "note"))


if __name__ == "__main__":
    unittest.main()
