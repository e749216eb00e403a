"""The section `cpu`: what other work on the machine keeps of its cores beside a backup with each `--cpu`."""

import multiprocessing
import os
import shutil
import subprocess
import time

import harness
from measure import MAILBOX, PASSWORD, USER, simulator

SECONDS = 14


def cpu(work, scale):
    with harness.secret_file(PASSWORD) as secret, simulator(f"synthetic:{max(40, int(2_000 * scale))}:50000:1") as server:
        command = [harness.BIN / "mailkeep", "backup", "--server", server.url, "--user", USER, "--password-file", secret,
                   "--mailbox", MAILBOX, "--to", work / "to", "--no-verbatim", "--quiet"]
        undisturbed, _ = beside(None, work)
        rows = []
        for use in ("high", "medium", "low"):
            counted, backups = beside([*map(str, command), "--cpu", use], work)
            rows.append({"--cpu": use, "other work": counted / undisturbed, f"backups in {SECONDS} s": backups})
    return {"CPU use": rows}


def beside(command, work):
    """How far counters on all cores come while a backup runs again and again, and how many backups end."""
    counted = multiprocessing.Queue()
    counters = [multiprocessing.Process(target=count, args=(counted,)) for _ in range(os.cpu_count())]
    end = time.monotonic() + SECONDS
    for counter in counters:
        counter.start()
    backups = 0
    while command and time.monotonic() < end:
        shutil.rmtree(work / "to", ignore_errors=True)
        backup = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            backups += backup.wait(timeout=max(0.1, end - time.monotonic())) == 0
        except subprocess.TimeoutExpired:
            backup.kill()
            backup.wait()
    total = sum(counted.get() for _ in counters)
    for counter in counters:
        counter.join()
    return total, backups


def count(counted):
    n, end = 0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        for _ in range(1_000):
            n += 1
    counted.put(n)
