"""The S3 store at a real Ceph gateway: the conformance suite of stores, what only a real service shows, and the
programs; in a plain bucket and in one with versions and object lock. Skipped, saying why, where Ceph is not installed."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import radosgw
from harness import BIN

STORE_TEST = BIN.parent / "src/store_test"  # beside the programs of a preset


@unittest.skipIf(radosgw.missing(), f"Ceph is not installed: no {', '.join(radosgw.missing())}; ./run test-long installs it")
class RadosGatewayTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = radosgw.RadosGateway().__enter__()
        cls.addClassCleanup(cls.gateway.__exit__)
        cls.gateway.make_bucket("plain")
        cls.gateway.make_bucket("locked", locked=True)
        cls.env = {**os.environ, "AWS_ACCESS_KEY_ID": radosgw.KEY, "AWS_SECRET_ACCESS_KEY": radosgw.SECRET,
                   "AWS_ENDPOINT_URL": cls.gateway.endpoint, "AWS_REGION": radosgw.REGION}

    def check_store(self, bucket):
        """The unit tests that talk to a real service, and that none of them was left out."""
        if not STORE_TEST.exists():
            self.skipTest(f"{STORE_TEST} was not built")
        done = subprocess.run([STORE_TEST, "--gtest_filter=S3Real.*:RealS3/*"], capture_output=True, text=True,
                              env={**self.env, "MK_TEST_S3": f"s3://{bucket}/tests", "GTEST_OUTPUT": ""})
        self.assertEqual(0, done.returncode, done.stdout[-5000:] + done.stderr[-2000:])
        self.assertNotIn("SKIPPED", done.stdout)
        self.assertGreaterEqual(int(re.search(r"PASSED  \] (\d+) tests", done.stdout).group(1)), 13, done.stdout)

    def mailkeep(self, *words):
        done = subprocess.run([BIN / "mailkeep", *map(str, words)], capture_output=True, text=True, env=self.env,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def check_programs(self, bucket, *facts):
        with tempfile.TemporaryDirectory() as name:
            path, vault = pathlib.Path(name), f"s3://{bucket}/vaults/anna"
            (path / "pw").write_text("correct horse")
            (path / "in").mkdir()
            content = os.urandom(20_000_000)  # two packs
            (path / "in/mail").write_bytes(content)
            key = ["--password-file", path / "pw"]
            self.mailkeep("vault", "init", vault, *key)
            self.mailkeep("vault", "put", vault, path / "in", "--point", "monday", *key)
            said = self.mailkeep("vault", "info", vault)
            for fact in ["checks-hash yes", *facts]:
                self.assertIn(f"store   {fact}\n", said)
            self.mailkeep("vault", "check", vault, *key)
            self.mailkeep("vault", "get", vault, "monday", "--to", path / "out", *key)
            self.assertEqual(content, (path / "out/mail").read_bytes())

    def test_the_store_in_a_plain_bucket(self):
        self.check_store("plain")

    def test_the_store_in_a_bucket_with_versions_and_locks(self):
        self.check_store("locked")

    def test_the_programs_in_a_plain_bucket(self):
        self.check_programs("plain", "conditional-put yes", "versioning off", "object-lock off")

    def test_the_programs_in_a_bucket_with_versions_and_locks(self):
        self.check_programs("locked", "conditional-put no", "versioning enabled", "object-lock COMPLIANCE 1 days")


if __name__ == "__main__":
    unittest.main()
