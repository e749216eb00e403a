"""`mailkeep vault` and `mailkeep key` on s3://, through the real program and a small S3 service."""

import os
import pathlib
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import s3_service
from harness import BIN, OutcomeChecks, Simulator
from s3_service import S3Service


class S3Test(OutcomeChecks, unittest.TestCase):
    conditional_put, locking = True, False

    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)
        self.path = pathlib.Path(self.dir.name)
        self.s3 = self.enterContext(S3Service(self.conditional_put, self.locking))
        self.pw = self.write("pw", "correct horse\n")
        self.keys = self.credentials(s3_service.KEY, s3_service.SECRET)
        self.place = ["s3://bucket/vaults/anna b", "--s3-endpoint", self.s3.endpoint, "--s3-region", s3_service.REGION,
                      "--s3-credentials", self.keys]
        self.key = ["--password-file", self.pw]

    def enterContext(self, context):
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def write(self, name, text, mode=0o600):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return path

    def credentials(self, key, secret, name="keys", mode=0o600):
        return s3_service.write_credentials(self.path / name, key, secret, mode)

    def command(self, *words):
        return [BIN / "mailkeep", *map(str, words)]

    def mailkeep(self, *words, env=None):
        clean = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
        done = subprocess.run(self.command(*words), capture_output=True, text=True, stdin=subprocess.DEVNULL,
                              env={**clean, "HOME": str(self.path), **(env or {})})
        self.assertNotIn(s3_service.SECRET, done.stdout + done.stderr)
        return done

    def init(self):
        return self.run_ok("vault", "init", *self.place, *self.key)

    def put(self, content, point):
        self.write("in/mail", content)
        return self.run_ok("vault", "put", *self.place, self.path / "in", "--point", point, *self.key)


class LifeTest(S3Test):
    def test_a_vault_lives_in_a_bucket(self):
        self.init()
        content = os.urandom(3_000_000)
        self.put(content, "monday")
        self.put(content + b"more", "tuesday")
        self.assertIn("tuesday", self.run_ok("vault", "ls", *self.place, *self.key))
        self.run_ok("vault", "get", *self.place, "monday", "--to", self.path / "out", *self.key)
        self.assertEqual(content, (self.path / "out/mail").read_bytes())
        self.assertIn("2 points", self.run_ok("vault", "check", *self.place, *self.key))
        self.run_ok("vault", "check", *self.place, "--keyless")
        pack = self.run_ok("vault", "show", *self.place).split("pack ")[1].split()[0]
        self.assertIn("records", self.run_ok("vault", "pack", *self.place, pack))
        self.run_ok("vault", "forget", *self.place, "monday", *self.key)
        self.run_bad(1, "vault", "get", *self.place, "monday", "--to", self.path / "x", *self.key)
        said = self.run_ok("vault", "prune", *self.place, "--grace", "0", *self.key)
        self.assertIn("\ndeleted: ", said)
        self.run_ok("vault", "get", *self.place, "tuesday", "--to", self.path / "out2", *self.key)
        self.run_ok("vault", "check", *self.place, *self.key)
        self.assertTrue(all(key.startswith("vaults/anna b/") for key in self.s3.objects))

    def test_info_shows_what_the_store_can_do(self):
        self.init()
        said = self.run_ok("vault", "info", *self.place)
        self.assertIn("keys    1 objects", said)
        self.assertIn(f"store   bucket bucket at {self.s3.endpoint}, region {s3_service.REGION}\n", said)
        for fact in ["checks-hash yes", f"conditional-put {'yes' if self.conditional_put else 'no'}", "versioning off",
                     "object-lock off"]:
            self.assertIn(f"store   {fact}\n", said)

    def test_keys_are_managed_there_too(self):
        self.init()
        paper = self.path / "paper"
        self.run_ok("key", "new", paper, "--recovery")
        self.run_ok("key", "add", *self.place, *self.key, "--new-recovery-file", paper, "--name", "paper")
        self.assertIn("paper", self.run_ok("key", "check", *self.place, "--recovery-file", paper))
        self.run_ok("key", "remove", *self.place, "first", "--recovery-file", paper)
        self.run_bad(5, "key", "check", *self.place, *self.key)

    def test_two_writers_at_once_both_commit(self):
        self.init()
        for name in ["a", "b", "c"]:
            self.write(f"{name}/mail", os.urandom(50_000))
        processes = [subprocess.Popen(self.command("vault", "put", *self.place, self.path / name, "--point", name, *self.key),
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for name in ["a", "b", "c"]]
        for process in processes:
            error = process.communicate()[1]
            self.assertEqual(0, process.returncode, error)
        listed = self.run_ok("vault", "ls", *self.place, *self.key)
        self.assertEqual(["a", "b", "c"], sorted(line.split()[-1] for line in listed.splitlines()))
        self.run_ok("vault", "check", *self.place, *self.key)

    def test_a_killed_writer_leaves_a_vault_that_goes_on(self):
        self.init()
        self.put(b"first", "monday")
        reached = threading.Event()

        def hold(method, path):
            if method == "PUT" and "/packs/" in path:
                reached.set()
                threading.Event().wait(0.5)

        self.s3.hook = hold
        self.write("in/mail", os.urandom(200_000))
        process = subprocess.Popen(self.command("vault", "put", *self.place, self.path / "in", "--point", "lost", *self.key))
        self.assertTrue(reached.wait(20))
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.s3.hook = None
        self.put(b"third", "wednesday")
        listed = self.run_ok("vault", "ls", *self.place, *self.key)
        self.assertEqual(["monday", "wednesday"], [line.split()[-1] for line in listed.splitlines()])
        self.run_ok("vault", "check", *self.place, *self.key)


class ClaimingLifeTest(LifeTest):
    """The same at a store that replaces objects whatever the condition."""

    conditional_put = False


class FaultTest(S3Test):
    def info(self, code, *more, place=None, env=None):
        return self.run_bad(code, "vault", "info", *(place or self.place), *more, env=env)

    def with_(self, **changed):
        options = {"url": self.place[0], "endpoint": self.s3.endpoint, "region": s3_service.REGION,
                   "credentials": self.keys, **changed}
        return [options.pop("url"), *[w for n, v in options.items() if v for w in (f"--s3-{n}", v)]]

    def test_each_wrong_word_has_its_own_message(self):
        wrong = self.credentials(s3_service.KEY, "wrong", "wrong")
        self.assertIn("secret key is not", self.info(5, place=self.with_(credentials=wrong)))
        unknown = self.credentials("AKIDOTHER", s3_service.SECRET, "unknown")
        self.assertIn("does not know this access key", self.info(5, place=self.with_(credentials=unknown)))
        self.assertIn("there is no such bucket", self.info(2, place=self.with_(url="s3://other/x")))
        self.assertIn("--s3-region eu-test-1", self.info(2, place=self.with_(region="us-east-1")))
        self.assertIn("cannot connect", self.info(6, place=self.with_(endpoint="http://127.0.0.1:1")))
        self.assertIn("no access key", self.info(2, place=self.with_(credentials=None)))
        public = self.credentials(s3_service.KEY, s3_service.SECRET, "public", 0o644)
        self.assertIn("chmod 600", self.info(2, place=self.with_(credentials=public)))
        self.assertIn("s3://BUCKET/PREFIX", self.info(2, place=self.with_(url="s3://")))
        self.assertIn("there is no vault here", self.info(1))

    def test_the_environment_says_what_the_options_do_not(self):
        self.init()
        env = {"AWS_ACCESS_KEY_ID": s3_service.KEY, "AWS_SECRET_ACCESS_KEY": s3_service.SECRET,
               "AWS_REGION": s3_service.REGION, "AWS_ENDPOINT_URL": self.s3.endpoint}
        self.assertIn("keys    1 objects", self.run_ok("vault", "info", self.place[0], env=env))
        shared = {**env, "AWS_SHARED_CREDENTIALS_FILE": str(self.keys), "AWS_PROFILE": "default"}
        del shared["AWS_ACCESS_KEY_ID"], shared["AWS_SECRET_ACCESS_KEY"]
        self.run_ok("vault", "info", self.place[0], env=shared)

    def test_a_full_store_is_told_and_the_next_run_goes_on(self):
        self.init()
        self.put(b"first", "monday")

        def full(method, path):
            if method == "PUT" and "/packs/" in path:
                raise s3_service.Fault(403, "QuotaExceeded")

        self.s3.hook = full
        self.write("in/mail", b"second")
        said = self.run_bad(1, "vault", "put", *self.place, self.path / "in", "--point", "tuesday", *self.key)
        self.assertIn("quota is used up", said)
        self.s3.hook = None
        self.put(b"second", "tuesday")
        self.run_ok("vault", "check", *self.place, *self.key)

    def test_a_busy_store_is_waited_for(self):
        self.init()
        left = [2]

        def busy(method, path):
            if method == "PUT" and "/log/" in path and left[0] > 0:
                left[0] -= 1
                raise s3_service.Fault(503, "SlowDown")

        self.s3.hook = busy
        self.put(b"first", "monday")
        self.assertEqual(0, left[0])


class LockTest(S3Test):
    """A bucket with object lock, of which a thief has the access key."""

    locking = True

    def init(self, days=30):
        return self.run_ok("vault", "init", *self.place, *self.key, "--lock-days", days)

    def locks(self, folder):
        """{key: until when its newest version is locked} below a folder of the vault."""
        return {key: versions[-1].until for key, versions in self.s3.versions.items()
                if key.startswith(f"vaults/anna b/{folder}") and versions[-1].body is not None}

    @staticmethod
    def in_days(days):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * 86400))

    def steal(self):
        """All that the account lets him do: every version that can be deleted is, the others are hidden."""
        for key, versions in list(self.s3.versions.items()):
            for version in list(versions):
                try:
                    self.s3.delete(key, version.id)
                except s3_service.Fault:
                    pass
            self.s3.delete(key)

    def test_a_thief_cannot_remove_a_committed_point(self):
        self.init()
        content = os.urandom(300_000)
        self.put(content, "monday")
        self.steal()
        self.assertIn("there is no vault", self.run_bad(1, "vault", "ls", *self.place, *self.key))
        said = self.run_ok("vault", "undelete", *self.place)
        self.assertIn("is back: vault\n", said)
        self.run_ok("vault", "get", *self.place, "monday", "--to", self.path / "out", *self.key)
        self.assertEqual(content, (self.path / "out/mail").read_bytes())
        self.run_ok("vault", "check", *self.place, *self.key)
        self.run_ok("vault", "check", *self.place, "--keyless")

    def test_everything_is_locked_and_a_new_point_extends_the_old_packs(self):
        self.init()
        self.put(b"the same mail", "monday")
        for folder in ["vault", "keys/", "log/", "checkpoints/", "packs/"]:
            locks = self.locks(folder)
            self.assertTrue(locks, folder)
            self.assertGreater(min(locks.values()), self.in_days(30), folder)
        packs = self.locks("packs/")
        self.assertIn("locked for 60 days", self.run_ok("vault", "lock", *self.place, "--days", 60, *self.key))
        self.assertIn("locked for 60 days", self.run_ok("vault", "lock", *self.place, *self.key))
        self.put(b"the same mail", "tuesday")
        self.assertEqual(set(packs), set(self.locks("packs/")))
        self.assertGreater(min(self.locks("packs/").values()), self.in_days(60))
        said = self.run_ok("vault", "show", *self.place)
        self.assertIn("lock for 60 days", said)
        self.assertRegex(said, r"checkpoint behind record \d+: \d points, \d+ packs, \d sessions; locked until 2")

    def test_prune_counts_what_is_locked_as_kept(self):
        self.init()
        self.put(b"mail", "monday")
        self.put(os.urandom(100_000), "tuesday")
        self.run_ok("vault", "forget", *self.place, "tuesday", *self.key)
        said = self.run_ok("vault", "prune", *self.place, "--grace", "0", "--allow-shrink", *self.key)
        self.assertRegex(said, r"\ndeleted: [1-9]")
        self.assertRegex(said, rf"\nlocked: [1-9].*; the store keeps them until {self.in_days(38)[:10]}")
        self.run_ok("vault", "check", *self.place, *self.key)

    def test_a_bucket_without_lock_is_told(self):
        self.s3.locking = False
        said = self.run_bad(7, "vault", "init", *self.place, *self.key, "--lock-days", 30)
        self.assertIn("cannot lock objects", said)
        self.assertIn("made with object lock", said)


class MailTest(S3Test):
    """Mail and PST files in a bucket, with each technique; what these are is shown by other tests, on directories."""

    def test_legacy_techniques_keep_pst_files_there(self):
        mailbox = {"alice@example.test": "synthetic:20:20000:3"}
        simulator = self.enterContext(Simulator(mailbox, ["service:secret:full=*"]))
        account = ["--mailbox", "alice@example.test", "--server", simulator.url, "--user", "service",
                   "--password-file", self.write("account", "secret"), "--insecure"]
        key = self.path / "key"
        self.run_ok("key", "new", key)
        for cipher in [["blowfish", "--key-bits", "64"], ["3des"], ["aes-256-gcm"]]:
            with self.subTest(cipher[0]):
                place = [f"s3://bucket/{cipher[0]}", *self.place[1:]]
                to, work = ["--vault-key-file", key, *self.place[1:]], ["--work", self.path / cipher[0] / "work"]
                self.run_ok("vault", "init", *place, "--key-file", key, "--cipher", *cipher)
                self.run_ok("backup", *account, "--form", "pst", "--to", place[0], *to, *work)
                pst = self.path / cipher[0] / "got.pst"
                self.run_ok("pst", "get", "--from", place[0], *to, "--to", pst)
                said = self.run_ok("pst", "put", pst, "--name", "again", "--to", place[0], *to, *work, "--json")
                self.assertIn('"regenerated"', said)
                self.run_ok("pst", "get", "--from", place[0], *to, "--mailbox", "pst:again", "--to", self.path / f"{cipher[0]}.pst")
                self.assertEqual(pst.read_bytes(), (self.path / f"{cipher[0]}.pst").read_bytes())
                self.run_ok("verify", "--from", place[0], *to, "--mailbox", "pst:again")
                self.run_ok("vault", "check", *place, "--key-file", key)


if __name__ == "__main__":
    unittest.main()
