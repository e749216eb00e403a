"""`mailkeep vault` and `mailkeep key` through the real program."""

import os
import pathlib
import subprocess
import tempfile
import time
import unittest

from harness import BIN


class VaultTest(unittest.TestCase):
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
                              stdin=subprocess.DEVNULL, env={**os.environ, **(env or {})})

    def run_ok(self, *words, env=None):
        done = self.mailkeep(*words, env=env)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def run_bad(self, code, *words, env=None):
        done = self.mailkeep(*words, env=env)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        self.assertEqual(1, done.stderr.count("\n"), done.stderr)
        return done.stderr


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


if __name__ == "__main__":
    unittest.main()
