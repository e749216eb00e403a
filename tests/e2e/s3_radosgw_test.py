"""The S3 store at a real Ceph gateway: the conformance suite of stores, what only a real service shows, and the
programs; in a plain bucket and in one with versions and object lock. Skipped, saying why, where Ceph is not installed."""

import base64
import hashlib
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest
import xml.etree.ElementTree

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
        cls.gateway.make_bucket("locks", locked=True, default_days=0)
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
        self.assertGreaterEqual(int(re.search(r"PASSED  \] (\d+) tests", done.stdout).group(1)), 15, done.stdout)

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


    def versions(self, bucket, prefix):
        """[(key, version id, is a mark of a deletion)], and all keys that have an object now."""
        status, body = self.gateway.request("GET", f"/{bucket}", [("prefix", prefix), ("versions", "")])
        self.assertEqual(200, status, body)
        root = xml.etree.ElementTree.fromstring(re.sub(rb' xmlns="[^"]*"', b"", body))
        return [(v.findtext("Key"), v.findtext("VersionId"), v.tag == "DeleteMarker") for v in root
                if v.tag in ("Version", "DeleteMarker")]

    def delete(self, bucket, key, version=None):
        return self.gateway.request("DELETE", f"/{bucket}/{key}", [("versionId", version)] if version else [])[0]

    def locked_until(self, bucket, key):
        status, body = self.gateway.request("GET", f"/{bucket}/{key}", [("retention", "")])
        self.assertEqual((200, True), (status, b"<Mode>COMPLIANCE</Mode>" in body), body)
        return re.search(rb"<RetainUntilDate>([^<]*)<", body).group(1).decode()

    @staticmethod
    def in_days(days):
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() + days * 86400))

    def test_a_thief_cannot_remove_a_point_and_new_points_extend_old_packs(self):
        with tempfile.TemporaryDirectory() as name:
            path, prefix = pathlib.Path(name), "vaults/locked"
            vault = f"s3://locks/{prefix}"
            (path / "pw").write_text("correct horse")
            (path / "in").mkdir()
            content = os.urandom(1_000_000)
            (path / "in/mail").write_bytes(content)
            key = ["--password-file", path / "pw"]
            self.mailkeep("vault", "init", vault, "--lock-days", 10, *key)
            self.mailkeep("vault", "put", vault, path / "in", "--point", "monday", *key)
            packs = {key for key, *_ in self.versions("locks", f"{prefix}/packs/")}
            self.assertTrue(packs)
            for pack in packs:
                self.assertGreater(self.locked_until("locks", pack), self.in_days(10))
            self.mailkeep("vault", "lock", vault, "--days", 40, *key)
            self.mailkeep("vault", "put", vault, path / "in", "--point", "tuesday", *key)
            self.assertEqual(packs, {key for key, *_ in self.versions("locks", f"{prefix}/packs/")})
            for pack in packs:
                self.assertGreater(self.locked_until("locks", pack), self.in_days(40))
            self.steal(prefix)
            self.assertEqual("", "".join(self.now(prefix)))
            self.assertIn("is back: vault\n", self.mailkeep("vault", "undelete", vault))
            self.mailkeep("vault", "get", vault, "tuesday", "--to", path / "out", *key)
            self.assertEqual(content, (path / "out/mail").read_bytes())
            self.mailkeep("vault", "check", vault, *key)
            self.mailkeep("vault", "forget", vault, "monday", *key)
            self.mailkeep("vault", "prune", vault, "--grace", 0, *key)

    def now(self, prefix):
        """Keys whose newest version is an object; versions of a key come with the newest first."""
        newest = {}
        for key, _, is_mark in self.versions("locks", prefix):
            newest.setdefault(key, is_mark)
        return [key for key, is_mark in newest.items() if not is_mark and key != f"{prefix}/store.txt"]

    def steal(self, prefix):
        """Deletes each version, which the gateway refuses of those that are locked, then hides what is left."""
        there = self.now(prefix)
        kept = {key for key, version, _ in self.versions("locks", prefix) if self.delete("locks", key, version) == 403}
        self.assertEqual(set(), set(there) - kept)
        for key in there:
            self.assertEqual(204, self.delete("locks", key))

    def test_the_gateway_lets_go_of_a_version_at_its_date_and_not_before(self):
        until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 4))
        body = b"locked for a moment"
        lock = {"x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": until,
                "content-md5": base64.b64encode(hashlib.md5(body).digest()).decode()}
        self.gateway.expect(self.gateway.request("PUT", "/locks/moment", headers=lock, body=body))
        ((_, version, _),) = self.versions("locks", "moment")
        self.assertEqual(403, self.delete("locks", "moment", version))
        time.sleep(5)
        self.assertEqual(204, self.delete("locks", "moment", version))
        self.assertEqual([], self.versions("locks", "moment"))


if __name__ == "__main__":
    unittest.main()
