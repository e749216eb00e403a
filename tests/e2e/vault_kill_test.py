"""kill -9 of puts and prunes on one vault at random moments: what was acknowledged is there, whole, whatever was killed.

MK_KILL_ROUNDS sets how many rounds, MK_SEED other moments.
"""

import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from harness import BIN

ROUNDS, SEED = int(os.environ.get("MK_KILL_ROUNDS", 20)), int(os.environ.get("MK_SEED", 1))


class VaultKillTest(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.path = pathlib.Path(self.dir.name)
        self.vault, self.key = self.path / "vault", self.path / "key"
        self.chance = random.Random(SEED)
        self.env = {**os.environ, "XDG_CACHE_HOME": str(self.path / "cache")}
        self.run_ok("key", "new", self.key)  # a password would cost most of the time
        self.run_ok("vault", "init", self.vault, "--key-file", self.key)
        self.points = {}  # name: {file: content}
        self.killed = self.pruned = 0

    def command(self, *words):
        return [str(BIN / "mailkeep"), *map(str, words)]

    def run_ok(self, *words):
        done = subprocess.run(self.command(*words), capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              env=self.env)
        self.assertEqual(0, done.returncode, f"{words}: {done.stderr}")
        return done.stdout

    def make_files(self, number):
        """Some new, some that every point has, some that points of the past had."""
        folder = self.path / f"in{number}"
        folder.mkdir()
        files = {f"old{i}": random.Random(i).randbytes(20_000) for i in self.chance.sample(range(60), 30)}
        files[f"new{number}"] = random.Random(1000 + number).randbytes(self.chance.choice([1_000, 3_000_000]))
        for name, content in files.items():
            (folder / name).write_bytes(content)
        return folder, files

    def start(self, *words):
        return subprocess.Popen(self.command(*words, "--key-file", self.key), stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=self.env)

    def kill_or_wait(self, process, seconds):
        """Its exit code, or None when it was killed."""
        try:
            process.communicate(timeout=seconds)
            return process.returncode
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
            self.killed += 1
            return None

    def check_points(self):
        self.run_ok("vault", "check", self.vault, "--key-file", self.key)
        listed = {line.split()[-1] for line in self.run_ok("vault", "ls", self.vault, "--key-file", self.key).splitlines()}
        self.assertLessEqual(set(self.points), listed)
        name = self.chance.choice(sorted(self.points))
        out = self.path / "out"
        self.run_ok("vault", "get", self.vault, name, "--to", out, "--key-file", self.key)
        self.assertEqual(self.points[name], {p.name: p.read_bytes() for p in out.iterdir()})
        shutil.rmtree(out)

    def one_round(self, number):
        folder, files = self.make_files(number)
        grace = self.chance.choice([0, 0, 60])  # 0 takes the lease from the put that runs beside it
        put = self.start("vault", "put", self.vault, folder, "--point", f"p{number}")
        prune = self.start("vault", "prune", self.vault, "--grace", grace, "--allow-shrink") if number % 2 else None
        code = self.kill_or_wait(put, self.chance.uniform(0, self.usual) if self.chance.random() < 0.6 else 30)
        if prune:
            pruned = self.kill_or_wait(prune, self.chance.uniform(0, self.usual) if self.chance.random() < 0.6 else 30)
            self.assertIn(pruned, [0, None])
            self.pruned += pruned == 0
        self.assertIn(code, [0, None] if grace or not prune else [0, None, 1])
        if code == 0:
            self.points[f"p{number}"] = files
        shutil.rmtree(folder)
        if len(self.points) > 4:
            gone = self.chance.choice(sorted(self.points))
            del self.points[gone]
            self.run_ok("vault", "forget", self.vault, gone, "--key-file", self.key)

    def test_what_was_acknowledged_is_there_whatever_was_killed(self):
        folder, self.points["first"] = self.make_files(999)
        began = time.monotonic()
        self.run_ok("vault", "put", self.vault, folder, "--point", "first", "--key-file", self.key)
        self.usual = time.monotonic() - began  # what a put takes on this machine: kills fall anywhere into it
        for number in range(ROUNDS):
            with self.subTest(round=number):
                self.one_round(number)
                self.check_points()
        self.assertGreater(self.killed, ROUNDS // 5)
        self.assertGreater(self.pruned, 0)
        self.run_ok("vault", "prune", self.vault, "--grace", 0, "--allow-shrink", "--key-file", self.key)
        self.check_points()
        named = sum(1 for p in (self.vault / "packs").rglob("?" * 64))
        self.assertIn(f" {named} packs ", self.run_ok("vault", "check", self.vault, "--key-file", self.key))


if __name__ == "__main__":
    unittest.main()
