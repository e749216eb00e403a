"""Bad input from outside: each ends in one clear message and a documented exit code, and nothing stored is lost."""

import contextlib
import hashlib
import http.server
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from harness import BIN, ENRON, Disk, Simulator, run, secret_file

USER, PASSWORD = "alice@example.test", "correct horse"
USAGE, FAILED, DENIED, UNAVAILABLE, DAMAGED = 2, 1, 5, 6, 7


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="mk-bad-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)

    def refuses(self, codes, *arguments, says=()):
        """mailkeep ends with one of `codes` and one line that names `says`."""
        codes = codes if isinstance(codes, tuple) else (codes,)
        done = run("mailkeep", *arguments, expect=None, timeout=120)
        what = f"mailkeep {' '.join(map(str, arguments))}\n{done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        self.assertIn(done.returncode, codes, what)
        lines = [line for line in done.stderr.splitlines() if line.startswith("mailkeep: ")]
        self.assertEqual(len(lines), 1, what)
        for word in says:
            self.assertIn(word.lower(), lines[0].lower(), what)
        for word in ("bug in mailkeep", "terminate called", PASSWORD, "std::"):
            self.assertNotIn(word, done.stdout + done.stderr, what)
        return lines[0]


def checksums(directory):
    """{file: SHA-256} of what is stored: the restore points, not the journals of runs."""
    return {
        str(p.relative_to(directory)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted((directory / "points").rglob("*")) if p.is_file()
    }


@contextlib.contextmanager
def web_server(answer):
    """A server that is not Exchange: `answer(handler)` says what it does with a POST."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer(self)

        do_GET = do_POST

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/EWS/Exchange.asmx"
    finally:
        server.shutdown()
        server.server_close()


def reply(status, body, kind="text/html"):
    def answer(handler):
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


class PstFiles(Case):
    def test_what_is_no_pst_is_named(self):
        (self.work / "text.pst").write_text("Dear diary\n" * 1000)
        (self.work / "empty.pst").touch()
        (self.work / "short.pst").write_bytes(b"!BDN")
        (self.work / "folder.pst").mkdir()
        for name in ("text.pst", "empty.pst", "short.pst", "folder.pst"):
            for command in ("info", "ls", "dump"):
                with self.subTest(name=name, command=command):
                    code = USAGE if name == "folder.pst" else DAMAGED
                    self.refuses(code, "pst", command, self.work / name, says=[name])
        self.refuses(FAILED, "pst", "info", self.work / "absent.pst", says=["absent.pst"])

    def test_a_cut_pst_is_refused(self):
        if not ENRON.exists():
            self.skipTest("no Enron PST here")
        whole = ENRON.read_bytes()
        for size in (100, 564, 2000, len(whole) // 2, len(whole) - 1):
            with self.subTest(size=size):
                (self.work / "cut.pst").write_bytes(whole[:size])
                self.refuses(DAMAGED, "pst", "info", self.work / "cut.pst", says=["cut.pst"])

    def test_a_damaged_pst_never_ends_without_a_word(self):
        if not ENRON.exists():
            self.skipTest("no Enron PST here")
        whole = ENRON.read_bytes()
        for at in (4, 10, 180, 216, 0x4400, 0x4600, len(whole) // 3, len(whole) // 2):
            with self.subTest(at=at):
                damaged = bytearray(whole)
                for i in range(at, at + 2000, 40):
                    damaged[i % len(damaged)] ^= 0x55
                (self.work / "damaged.pst").write_bytes(damaged)
                done = run("mailkeep", "pst", "copy", self.work / "damaged.pst", self.work / f"copy{at}.pst", expect=None, timeout=120)
                self.assertIn(done.returncode, (0, 1, 3, DAMAGED), done.stderr)
                if done.returncode != 0:
                    self.assertRegex(done.stderr, "mailkeep: |skipped 0x")

    def test_copy_does_not_write_over_a_file(self):
        if not ENRON.exists():
            self.skipTest("no Enron PST here")
        precious = self.work / "precious.pst"
        precious.write_text("precious")
        self.refuses((FAILED, USAGE), "pst", "copy", ENRON, precious, says=["precious.pst"])
        self.assertEqual(precious.read_text(), "precious")

    def test_copy_onto_itself_keeps_the_file(self):
        if not ENRON.exists():
            self.skipTest("no Enron PST here")
        shutil.copy(ENRON, self.work / "same.pst")
        self.refuses((FAILED, USAGE), "pst", "copy", self.work / "same.pst", self.work / "same.pst", says=["same.pst"])
        self.assertEqual((self.work / "same.pst").read_bytes(), ENRON.read_bytes())

    def test_copy_to_a_full_disk_leaves_no_pst(self):
        if not ENRON.exists():
            self.skipTest("no Enron PST here")
        with Disk("512k") as disk:
            self.refuses(FAILED, "pst", "copy", ENRON, disk / "copy.pst", says=["no space"])
            self.assertFalse((disk / "copy.pst").exists())


class Streams(Case):
    def test_what_is_no_stream_is_named(self):
        for name, content in {"text.fts": b"Dear diary\n" * 100, "empty.fts": b"", "zeros.fts": bytes(5000),
                              "ones.fts": b"\xff" * 5000}.items():
            (self.work / name).write_bytes(content)
            with self.subTest(name=name):
                self.refuses((DAMAGED, FAILED), "fts", "dump", self.work / name, says=[name])
                done = run("mailkeep", "fts", "check", self.work / name, expect=None)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(name, done.stdout + done.stderr)
        self.refuses((FAILED, USAGE), "fts", "dump", self.work / "absent.fts", says=["absent.fts"])


class CommandLine(Case):
    def test_output_that_cannot_be_written_is_no_success(self):
        for arguments in (["pst", "info", ENRON], ["pst", "ls", ENRON]):
            if not ENRON.exists():
                self.skipTest("no Enron PST here")
            with self.subTest(arguments=arguments), open("/dev/full", "w") as full:
                done = subprocess.run([BIN / "mailkeep", *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
                self.assertEqual(done.returncode, FAILED, done.stderr)
                self.assertIn("cannot", done.stderr)

    def test_nonsense_gives_the_usage_code(self):
        for arguments in ([], ["nonsense"], ["backup"], ["restore", "--from"], ["pst"], ["pst", "info"], ["fts", "check"],
                          ["backup", "--password", "x"], ["folders", "--connections", "0"]):
            with self.subTest(arguments=arguments):
                done = run("mailkeep", *arguments, expect=USAGE)
                self.assertNotEqual(done.stderr.strip() + done.stdout.strip(), "")

    def test_help_teaches_by_examples(self):
        for arguments in (["backup"], ["restore"], ["verify"], ["folders"], ["pst", "copy"], ["fts", "check"]):
            with self.subTest(arguments=arguments):
                text = run("mailkeep", *arguments, "--help").stdout
                self.assertIn("Example", text)
                self.assertIn("mailkeep " + " ".join(arguments), text)


class WithServer(Case):
    def setUp(self):
        super().setUp()
        self.password = self.enterContext(secret_file(PASSWORD))

    def server(self, url, *more, user=USER, mailbox=USER):
        return ["--server", url, "--user", user, "--password-file", self.password, "--mailbox", mailbox, *more]

    def simulator(self, *options):
        boxes = {USER: "synthetic:20:2000:1", "bob@example.test": "empty"}
        return self.enterContext(Simulator(boxes, [f"{USER}:{PASSWORD}", "bob@example.test:other"], *options))


@unittest.skipUnless((BIN / "mailkeep-sim").exists(), "no simulator")
class Servers(WithServer):
    def refuses_everywhere(self, codes, server, says):
        self.refuses(codes, "folders", *server, says=says)
        self.refuses(codes, "backup", *server, "--to", self.work / "b", says=says)
        self.assertFalse((self.work / "b/points").exists() and any((self.work / "b/points").iterdir()))

    def test_wrong_password(self):
        sim = self.simulator()
        wrong = self.enterContext(secret_file("wrong"))
        server = self.server(sim.url)
        server[server.index(self.password)] = wrong
        self.refuses_everywhere(DENIED, server, ["password"])

    def test_password_sources(self):
        sim = self.simulator()
        server = self.server(sim.url)
        at = server.index("--password-file")
        self.refuses((FAILED, USAGE), "folders", *server[:at], *server[at + 2:], says=["--password-file"])
        server[at + 1] = self.work / "absent"
        self.refuses((FAILED, USAGE), "folders", *server, says=["absent"])
        server[at:at + 2] = ["--password-env", "MK_NO_SUCH_VARIABLE"]
        self.refuses((FAILED, USAGE), "folders", *server, says=["MK_NO_SUCH_VARIABLE"])

    def test_unknown_mailbox(self):
        sim = self.simulator()
        self.refuses_everywhere((FAILED, DENIED), self.server(sim.url, mailbox="nobody@example.test"), ["nobody@example.test"])

    def test_no_rights(self):
        sim = self.simulator()
        self.refuses_everywhere(DENIED, self.server(sim.url, mailbox="bob@example.test"), ["bob@example.test"])
        self.refuses_everywhere(DENIED, self.server(sim.url, "--impersonate", mailbox="bob@example.test"), ["impersonat"])

    def test_wrong_url(self):
        sim = self.simulator()
        self.refuses_everywhere(USAGE, self.server(sim.url.replace("Exchange.asmx", "nothing")), ["nothing", "--server"])
        self.refuses_everywhere(USAGE, self.server("ftp://127.0.0.1/"), ["ftp"])

    def test_nobody_listens(self):
        self.refuses_everywhere(UNAVAILABLE, self.server("http://127.0.0.1:9/EWS/Exchange.asmx"), ["127.0.0.1:9"])

    def test_a_name_that_does_not_exist(self):
        self.refuses_everywhere((FAILED, UNAVAILABLE), self.server("https://no-such-host.invalid/"), ["no-such-host.invalid"])

    def test_servers_that_are_not_ews(self):
        text_xml, envelope = "text/xml", b"<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>"
        answers = {
            "a page": reply(200, b"<html><body>It works!</body></html>"),
            "a page that calls itself XML": reply(200, b"<html><body>It works!</body></html>", text_xml),
            "nothing": reply(200, b""),
            "not found": reply(404, b"no"),
            "moved": reply(302, b""),
            "other XML": reply(200, b"<?xml version='1.0'?><a><b/></a>", text_xml),
            "another SOAP": reply(200, envelope + b"<x/></s:Body></s:Envelope>", text_xml),
            "an entity bomb": reply(200, b"<!DOCTYPE a [<!ENTITY b 'bbbb'><!ENTITY c '&b;&b;'>]><a>&c;</a>", text_xml),
            "bytes": reply(200, os.urandom(20000), "application/octet-stream"),
            "deep XML": reply(200, b"<a>" * 200_000, text_xml),
        }
        for name, answer in answers.items():
            with self.subTest(name), web_server(answer) as url:
                self.refuses(USAGE, "folders", *self.server(url), says=["GetFolder", url, "--server"])

    def test_certificates(self):
        for name, days in {"self-signed": "30", "expired": "-1"}.items():
            with self.subTest(name):
                pem = self.work / f"{name}.pem"
                sim = self.simulator("--tls-generate", pem, "--tls-days", days)
                self.refuses_everywhere(DENIED, self.server(sim.url), ["certificate"])
                done = run("mailkeep", "folders", *self.server(sim.url, "--insecure"))
                self.assertIn("--insecure", done.stderr)
                if name == "self-signed":
                    run("mailkeep", "folders", *self.server(sim.url, "--ca-file", str(pem)))
                else:
                    self.refuses(DENIED, "folders", *self.server(sim.url, "--ca-file", str(pem)), says=["expired"])
        self.refuses((FAILED, USAGE, DENIED), "folders", *self.server(sim.url, "--ca-file", "/no/such/file"), says=["/no/such/file"])

    def test_a_folder_that_is_not_there(self):
        sim = self.simulator()
        self.refuses((FAILED, USAGE), "backup", *self.server(sim.url), "--to", self.work / "b", "--folder", "No such", says=["No such"])


@unittest.skipUnless((BIN / "mailkeep-sim").exists(), "no simulator")
class Directories(WithServer):
    """Where backups are kept: whatever goes wrong there, what was stored stays."""

    def backed_up(self, sim):
        run("mailkeep", "backup", *self.server(sim.url), "--to", self.work / "b")
        return self.work / "b"

    def test_targets_that_cannot_be_written(self):
        sim = self.simulator()
        (self.work / "file").write_text("precious")
        self.refuses((FAILED, USAGE), "backup", *self.server(sim.url), "--to", self.work / "file", says=["file"])
        self.assertEqual((self.work / "file").read_text(), "precious")
        self.refuses((FAILED, DENIED), "backup", *self.server(sim.url), "--to", "/proc/mailkeep", says=["/proc"])
        with Disk("1m", ",ro") as disk:
            self.refuses(FAILED, "backup", *self.server(sim.url), "--to", disk / "b", says=["read-only"])

    def test_somebody_elses_directory(self):
        sim = self.simulator()
        (self.work / "b").mkdir()
        (self.work / "b/thesis.doc").write_text("precious")
        self.refuses((FAILED, USAGE), "backup", *self.server(sim.url), "--to", self.work / "b", says=["empty"])
        self.assertEqual([p.name for p in (self.work / "b").iterdir()], ["thesis.doc"])

    def test_a_full_disk(self):
        with Disk("3m") as disk, Simulator({USER: "synthetic:400:20000:1"}, [f"{USER}:{PASSWORD}"]) as sim:
            self.refuses(FAILED, "backup", *self.server(sim.url), "--to", disk / "b", says=["no space"])
            self.assertFalse((disk / "b/points").exists() and any((disk / "b/points").iterdir()))
            disk.remount("size=100m")
            run("mailkeep", "backup", *self.server(sim.url), "--to", disk / "b")
            run("mailkeep", "verify", "--from", disk / "b")

    def test_manifests_that_are_not_ours(self):
        sim = self.simulator()
        backup = self.backed_up(sim)
        good = (backup / "mailkeep.json").read_text()
        for name, text in {"newer": good.replace('"version":1', '"version":2'), "no JSON": "{", "empty": "", "a list": "[]",
                           "other": '{"format":"other"}'}.items():
            with self.subTest(name):
                (backup / "mailkeep.json").write_text(text)
                before = checksums(backup)
                for command in (["verify", "--from", backup], ["backup", *self.server(sim.url), "--to", backup, "--incremental"],
                                ["restore", "--from", backup, *self.server(sim.url)[:-2], "--to-mailbox", USER]):
                    self.refuses((FAILED, USAGE, DAMAGED), *command, says=["mailkeep.json"])
                self.assertEqual(checksums(backup), before)
        (backup / "mailkeep.json").write_text(good)
        run("mailkeep", "verify", "--from", backup)

    def test_a_damaged_restore_point(self):
        sim = self.simulator()
        backup = self.backed_up(sim)
        point = next((backup / "points").iterdir())
        for name in ("manifest.jsonl", "items.jsonl", "items.index", "items.segment"):
            good = (point / name).read_bytes()
            damages = {"cut": good[: len(good) // 2], "empty": b"", "changed": good[:-40] + b"#" + good[-39:], "gone": None}
            for how, content in damages.items():
                with self.subTest(name=name, how=how):
                    if content is None:
                        (point / name).unlink()
                    else:
                        (point / name).write_bytes(content)
                    done = run("mailkeep", "verify", "--from", backup, expect=None, timeout=120)
                    self.assertIn(done.returncode, (FAILED, 3, DAMAGED), done.stdout + done.stderr)
                    self.assertIn(point.name, done.stdout + done.stderr)
                    (point / name).write_bytes(good)
        run("mailkeep", "verify", "--from", backup)

    def test_two_runs_at_once(self):
        slow = self.work / "slow.json"
        slow.write_text('{"faults": [{"fault": "delay", "delay_ms": 500}]}')
        sim = self.simulator("--faults", str(slow))
        command = [BIN / "mailkeep", "backup", *self.server(sim.url), "--to", self.work / "b"]
        first = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + 20
            while not (self.work / "b/lock").exists() and time.monotonic() < deadline:
                time.sleep(0.02)
            self.refuses(FAILED, *command[1:], says=["b"])
        finally:
            self.assertEqual(first.wait(120), 0)
        run("mailkeep", "verify", "--from", self.work / "b")

    def test_an_interrupted_run_is_continued(self):
        with Simulator({USER: "synthetic:600:5000:3"}, [f"{USER}:{PASSWORD}"]) as sim:
            for delay in (0.05, 0.3, 0.6):
                command = [BIN / "mailkeep", "backup", *self.server(sim.url), "--to", self.work / "b"]
                running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(delay)
                running.send_signal(signal.SIGKILL)
                running.wait()
            run("mailkeep", "backup", *self.server(sim.url), "--to", self.work / "b")
            run("mailkeep", "verify", "--from", self.work / "b", *self.server(sim.url))


if __name__ == "__main__":
    unittest.main()
