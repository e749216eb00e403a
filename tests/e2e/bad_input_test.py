"""The list "Bad input" of the first issue: each ends in one clear message, and nothing that was stored is lost."""

import contextlib
import http.server
import json
import os
import pathlib
import pty
import resource
import signal
import subprocess
import tempfile
import termios
import threading
import time
import unittest

import harness

ALICE = "alice@example.test"


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = contextlib.ExitStack()
        cls.addClassCleanup(cls.stack.close)
        cls.simulator = cls.stack.enter_context(
            harness.Simulator({ALICE: "synthetic:30:2000:1", "other@example.test": "empty"},
                              [f"alice:secret:own={ALICE}", "nobody:secret:own=other@example.test"]))
        cls.password = cls.stack.enter_context(harness.secret_file("secret"))

    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(subprocess.run, ["rm", "-rf", self.scratch])
        self.directory = self.scratch / "backup"

    def backup(self, *arguments, expect, says, server=None, user="alice", password=None, **options):
        done = harness.run("mailkeep", "backup", "--server", server or self.simulator.url, "--user", user,
                           "--password-file", password or self.password, "--mailbox", ALICE, "--to", self.directory,
                           "--quiet", *arguments, expect=expect, **options)
        if expect:
            errors = done.stderr.strip().splitlines()
            self.assertTrue(errors and errors[-1].startswith("mailkeep: "), done.stderr)
            for word in says:
                self.assertIn(word.lower(), done.stderr.lower())
        return done

    def good_backup(self, *arguments):
        return self.backup(*arguments, expect=0, says=[])

    def verify(self, expect=0):
        return harness.run("mailkeep", "verify", "--from", self.directory, "--quiet", expect=expect)

    def test_wrong_password(self):
        with harness.secret_file("wrong") as wrong:
            self.backup("--timeout", 20, expect=5, says=["password"], password=wrong)

    def test_a_first_backup_that_cannot_begin_leaves_nothing(self):
        self.backup("--folder", "No/Such", expect=1, says=["No/Such"])
        self.assertFalse(self.directory.exists())
        self.directory.mkdir()
        self.backup("--folder", "No/Such", expect=1, says=["No/Such"])
        self.assertEqual(list(self.directory.iterdir()), [])
        self.good_backup()
        self.backup("--folder", "No/Such", expect=1, says=["No/Such"])
        self.verify()

    def test_an_interrupted_password_prompt_gives_the_terminal_back(self):
        terminal, end = pty.openpty()
        process = subprocess.Popen([harness.BIN / "mailkeep", "folders", "--server", self.simulator.url, "--user", "alice"],
                                   stdin=end, stdout=end, stderr=end, start_new_session=True)
        said = b""
        while b"Password" not in said:
            said += os.read(terminal, 1000)
        while termios.tcgetattr(end)[3] & termios.ECHO:
            time.sleep(0.01)
        os.write(terminal, b"half a pass\x03")
        self.assertEqual(process.wait(20), 130)
        self.assertTrue(termios.tcgetattr(end)[3] & termios.ECHO)
        self.assertTrue(termios.tcgetattr(end)[3] & termios.ISIG)
        said = os.read(terminal, 1000)
        self.assertIn(b"interrupted", said)
        self.assertNotIn(b"half", said)

    def test_no_rights_and_unknown_mailbox(self):
        self.backup(expect=5, says=[ALICE], user="nobody")
        done = harness.run("mailkeep", "backup", "--server", self.simulator.url, "--user", "alice", "--password-file",
                           self.password, "--mailbox", "ghost@example.test", "--to", self.directory, expect=None)
        self.assertIn(done.returncode, (1, 5), done.stderr)
        self.assertIn("ghost@example.test", done.stderr)

    def test_a_server_that_is_not_exchange(self):
        class Page(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"<html>hello</html>")

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        url = f"http://127.0.0.1:{server.server_port}/EWS/Exchange.asmx"
        self.backup(server=url, expect=2, says=[url, "not SOAP", "check --server"])

    def test_a_self_signed_certificate(self):
        certificate = self.scratch / "server.pem"
        with harness.Simulator({ALICE: "synthetic:3:500:1"}, [f"alice:secret:own={ALICE}"], "--tls-generate", certificate) as simulator:
            self.backup(server=simulator.url, expect=5, says=["certificate"])
            self.backup("--ca-file", certificate, server=simulator.url, expect=0, says=[])

    def test_an_expired_certificate(self):
        certificate = self.scratch / "server.pem"
        with harness.Simulator({ALICE: "synthetic:3:500:1"}, [f"alice:secret:own={ALICE}"], "--tls-generate", certificate,
                               "--tls-days", "-1") as simulator:
            self.backup("--ca-file", certificate, server=simulator.url, expect=5, says=["certificate"])

    def test_a_foreign_directory(self):
        self.directory.mkdir()
        (self.directory / "letter.txt").write_text("mine")
        self.backup(expect=2, says=["holds other files", "choose another"])
        self.assertEqual((self.directory / "letter.txt").read_text(), "mine")

    def test_a_directory_of_a_newer_version(self):
        self.good_backup()
        about = self.directory / "mailkeep.json"
        about.write_text(about.read_text().replace('"version":1', '"version":9'))
        self.backup("--incremental", expect=7, says=["version 9", "newer mailkeep"])

    def test_a_damaged_manifest(self):
        self.good_backup()
        manifest = next(self.directory.glob("points/*/manifest.jsonl"))
        text = bytearray(manifest.read_bytes())
        text[40] ^= 1
        manifest.write_bytes(text)
        self.backup("--incremental", expect=7, says=["manifest.jsonl"])
        self.verify(expect=7)

    def test_a_pst_that_is_cut_or_not_a_pst(self):
        self.good_backup()
        pst = next(self.directory.glob("points/*/*.pst"))
        whole = pst.read_bytes()
        for bad in (whole[: len(whole) // 2], b"not a PST" * 100, b""):
            pst.write_bytes(bad)
            self.assertIn(pst.name, self.verify(expect=7).stdout)
        pst.write_bytes(whole)
        self.verify()

    def test_an_incremental_without_a_full(self):
        self.backup("--incremental", expect=1, says=["without --incremental"])

    def test_a_folder_that_is_not_there(self):
        self.backup("--folder", "Inbox/No such", expect=1, says=["no such"])

    def test_a_full_disk_loses_nothing(self):
        self.good_backup()

        def limit():  # every file ends at 20 kB, as on a disk that is full
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

        self.backup(expect=1, says=["cannot write"], preexec_fn=limit)
        self.verify()
        done = self.backup("--json", expect=0, says=[])  # goes on where the disk was full
        self.assertTrue(json.loads(done.stdout)["balanced"])
        self.verify()

    def test_a_read_only_target(self):
        if os.geteuid() != 0:
            self.directory.mkdir()
            self.directory.chmod(0o500)
            self.backup(expect=None, says=[])
            return
        self.directory.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", self.directory], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("cannot mount a read-only file system here")
        self.addCleanup(subprocess.run, ["umount", self.directory])
        self.backup(expect=1, says=["read-only"])


if __name__ == "__main__":
    unittest.main()
