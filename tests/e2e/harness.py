"""What end-to-end tests, the demo and the benchmarks share: the programs, a simulated Exchange, an Exchange client.

Programs are found through MK_BIN. Everything listens on loopback, on ports that the system chooses.
"""

import contextlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
import urllib.request

SOURCE = pathlib.Path(os.environ.get("MK_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BIN = pathlib.Path(os.environ.get("MK_BIN", SOURCE / "bin")).resolve()
ENRON = SOURCE / "node_modules/pst-extractor/example/testdata/enron.pst"


class Simulator:
    """mailkeep-sim as a context manager; `url` is its EWS address.

    mailboxes: {address: what the mailbox starts with: "empty", a PST, "fts:DIR", "synthetic:N:MEANBYTES:SEED"}
    users: ["name:password:rights", ...] as --user takes them; rights: own=ADDRESS, full=ADDRESS or *, impersonate
    """

    def __init__(self, mailboxes, users, *options):
        self.command = [BIN / "mailkeep-sim", "--listen", "127.0.0.1:0"]
        for user in users:
            self.command += ["--user", user]
        for address, content in mailboxes.items():
            self.command += ["--mailbox", f"{address}={content}"]
        self.command += options
        self.url = None

    def __enter__(self):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        for line in self.process.stdout:
            if found := re.search(r"listening on (https?://\S+)", line):
                self.url = found.group(1)
                return self
        self.log.seek(0)
        self.process.wait()
        raise RuntimeError(f"mailkeep-sim did not start: {self.log.read().strip()}")

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def admin(self, method, path, body=None):
        """One request to the administration endpoint, which speaks JSON."""
        base = self.url[: self.url.index("/", len("https://"))]
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{base}/admin/{path}", data=data, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def faults(self, *faults, seed=1):
        """What goes wrong from now on, e.g. {"fault": "busy", "operation": "GetItem", "times": 2}; none: all is well."""
        self.admin("POST", "faults", {"seed": seed, "faults": list(faults)})

    def counters(self):
        """{operation: {"requests", "items", "errors", "faults", ...}} since the start."""
        return self.admin("GET", "counters")["operations"]

    def requests(self):
        return sum(operation["requests"] for operation in self.counters().values())


class Disk:
    """A small file system of its own as a context manager; skips the test where we may not mount."""

    def __init__(self, size, options=""):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="mk-disk-"))
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}{options}", "tmpfs", self.place]
        self.mounted = subprocess.run(command, capture_output=True).returncode == 0

    def __enter__(self):
        if not self.mounted:
            self.place.rmdir()
            raise unittest.SkipTest("may not mount a small file system here")
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "-l", self.place], check=True)
        self.place.rmdir()

    def __truediv__(self, name):
        return self.place / name

    def remount(self, options):
        """Another `size=...`, or `ro`, `rw`."""
        subprocess.run(["mount", "-o", f"remount,{options}", self.place], check=True, capture_output=True)


@contextlib.contextmanager
def secret_file(text):
    """A password where mailkeep takes it from: a file of the owner's."""
    with tempfile.NamedTemporaryFile("w", suffix=".password") as file:
        file.write(text + "\n")
        file.flush()
        yield file.name


def run(program, *arguments, expect=0, **options):
    """Runs one of our programs; its exit code must be `expect` (None: any)."""
    command = [str(BIN / program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, **options)
    if expect is not None and done.returncode != expect:
        raise AssertionError(
            f"{' '.join(command)}\nended with {done.returncode}, not {expect}\n{done.stdout}\n{done.stderr}"
        )
    return done


class OutcomeChecks:
    """For test cases that have mailkeep(*words, env=None), which gives the process when it has ended."""

    def run_ok(self, *words, env=None):
        done = self.mailkeep(*words, env=env)
        self.assertEqual(0, done.returncode, done.stderr)
        return done.stdout

    def run_bad(self, code, *words, env=None):
        done = self.mailkeep(*words, env=env)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        self.assertEqual(1, done.stderr.count("\n"), done.stderr)
        return done.stderr


def started_simulator(test, **mailboxes):
    """A simulator for as long as a test lasts; NAME=CONTENT is the mailbox NAME@example.test."""
    content = {f"{name}@example.test": what for name, what in mailboxes.items()}
    simulator = Simulator(content, ["service:secret:full=*"])
    simulator.__enter__()
    test.addCleanup(simulator.__exit__, None, None, None)
    return simulator


def is_killed(command, seconds):
    """Runs a program and kills it when it has not ended by then; whether it had to be."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True


def subjects(account):
    """{folder name: sorted subjects} of a mailbox, as exchange_account() gives it: by a client that is not ours."""
    found = {}
    for folder in account.msg_folder_root.walk():
        names = sorted(item.subject or "" for item in folder.all().only("subject"))
        if names:
            found[folder.name] = names
    return found


def exchange_account(url, user, password, mailbox, impersonate=False):
    """The mailbox through exchangelib, which knows nothing of our code."""
    import exchangelib
    from exchangelib.protocol import BaseProtocol

    BaseProtocol.USERAGENT = "exchangelib"
    configuration = exchangelib.Configuration(
        service_endpoint=url,
        credentials=exchangelib.Credentials(user, password),
        auth_type=exchangelib.BASIC,
        version=exchangelib.Version(exchangelib.version.EXCHANGE_2016),
        retry_policy=exchangelib.protocol.FailFast(),
        max_connections=1,
    )
    access = exchangelib.IMPERSONATION if impersonate else exchangelib.DELEGATE
    return exchangelib.Account(
        primary_smtp_address=mailbox,
        config=configuration,
        autodiscover=False,
        access_type=access,
        default_timezone=exchangelib.EWSTimeZone("UTC"),
    )
