"""Running a program and knowing what it took; the references that ratios are made against."""

import contextlib
import dataclasses
import json
import os
import pathlib
import subprocess
import time

import harness
from usage import run_measured

USER, PASSWORD, MAILBOX, OTHER = "bench@example.test", "bench", "bench@example.test", "other@example.test"
MB = 1e6
BENCH = harness.BIN.parent / "bench"


@dataclasses.dataclass
class Run:
    seconds: float
    cpu_seconds: float
    user_seconds: float
    peak_bytes: int
    read_bytes: int
    output: str


def measure(command, directory=None):
    """Wall clock, CPU, peak memory and bytes read of one program; it must end with 0."""
    output, seconds, usage = run_measured(BENCH / "mk_measured", command, directory)
    cpu, peak = usage["user"] + usage["system"], usage["peak_kib"] * 1024
    return Run(seconds, cpu, usage["user"], peak, usage["read"], output)


def together(runs):
    """Several programs, one after the other, as one."""
    sums = (sum(getattr(r, name) for r in runs) for name in ("seconds", "cpu_seconds", "user_seconds"))
    return Run(*sums, max(r.peak_bytes for r in runs), sum(r.read_bytes for r in runs), "")


def median(runs):
    """The one whose CPU time is in the middle."""
    return sorted(runs, key=lambda run: run.cpu_seconds)[len(runs) // 2]


def simulator(content, *options):
    mailboxes = {MAILBOX: content, OTHER: "empty"}
    return harness.Simulator(mailboxes, [f"{USER}:{PASSWORD}:full=*"], "--threads", "32", "--quiet", *options)


def mailkeep(command, url, password_file, *options):
    """One that talks to the server."""
    return measure(
        [harness.BIN / "mailkeep", command, "--server", url, "--user", USER, "--password-file", password_file, *options]
    )


def backup(url, directory, password_file, *options):
    return mailkeep("backup", url, password_file, "--mailbox", MAILBOX, "--to", directory, *options)


def tree_bytes(directory):
    return sum(p.stat().st_size for p in pathlib.Path(directory).rglob("*") if p.is_file())


def disk_bytes_per_second(directory, size):
    """Writing and syncing `size` bytes in order, as `dd conv=fsync` does: what the disk could do at best."""
    path = pathlib.Path(directory) / "disk.probe"
    block = os.urandom(1 << 20)
    began = time.monotonic()
    with open(path, "wb", buffering=0) as file:
        for _ in range(max(1, size // len(block))):
            file.write(block)
        os.fsync(file.fileno())
    seconds = time.monotonic() - began
    path.unlink()
    return max(1, size // len(block)) * len(block) / seconds


@contextlib.contextmanager
def wire(*arguments):
    """mk_wire record or serve; gives its port, ends it by closing its standard input."""
    process = subprocess.Popen(
        [BENCH / "mk_wire", *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield int(process.stdout.readline().split()[-1])
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def with_port(url, port):
    return url.replace(url.split("/")[2], f"127.0.0.1:{port}")


def wire_limit(recording, connections):
    """What a client reaches that sends the same requests and throws the answers away."""
    with wire("serve", recording) as port:
        return json.loads(measure([BENCH / "mk_wire", "replay", recording, port, connections]).output)


def change_some(account, share):
    """Edits the given share of all items through exchangelib, at least one; returns how many."""
    every, seen = round(1 / share), 0
    for folder in account.msg_folder_root.walk():
        for item in folder.all().only("subject"):
            if seen % every == 0:
                item.subject = f"{item.subject} (edited)"
                item.save(update_fields=["subject"])
            seen += 1
    return -(-seen // every)
