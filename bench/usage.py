"""What a program took."""

import json
import os
import subprocess
import time


def run_measured(launcher, command, directory=None):
    """(output, seconds, what mk_measured says) of a program that has to end with 0; `launcher` is mk_measured."""
    began = time.monotonic()
    report, write_end = os.pipe()
    with open(report) as usage:
        process = subprocess.Popen(
            [launcher, str(write_end), *map(str, command)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace", cwd=directory,
            pass_fds=[write_end],
        )
        os.close(write_end)
        output, _ = process.communicate()
        seconds = time.monotonic() - began
        if process.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{output[-2000:]}")
        return output, seconds, json.load(usage)
