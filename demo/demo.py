"""mailkeep, shown: a simulated Exchange with real mail, backed up, changed, backed up again, restored, compared.

Usage: demo.py [--bin DIR] [--keep DIR]
Every comparison is made by programs that are not ours: exchangelib (Exchange), pypff and readpst (PST).
Ends with exit code 0 only if everything came out as it should.
"""

import argparse
import os
import pathlib
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/e2e"))

ALICE, BOB, CAROL = "alice@example.test", "bob@example.test", "carol@example.test"
OPERATOR, PASSWORD = "operator@example.test", "a password for the demo"


def say(text=""):
    print(text, flush=True)


def heading(text):
    say(f"\n== {text}")


class Demo:
    def __init__(self, directory):
        self.directory = directory
        self.backup = directory / "alice"
        self.started = time.monotonic()
        self.failures = []

    def connect(self, url):
        self.url = url
        self.password = self.directory / "operator.password"
        self.password.write_text(PASSWORD + "\n")
        self.password.chmod(0o600)

    def check(self, what, good, details=""):
        say(f"   {'ok' if good else 'FAILED'}: {what}")
        if not good:
            self.failures.append(what)
            say(str(details))

    def mailkeep(self, *arguments, server=True):
        """Runs mailkeep as a person would and shows it."""
        words = ["mailkeep", *map(str, arguments)]
        if server:
            words += ["--server", self.url, "--user", OPERATOR, "--password-file", str(self.password)]
        say("$ " + shlex.join(words))
        began = time.monotonic()
        done = subprocess.run(
            [harness.BIN / words[0], *words[1:]],
            text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        say(done.stdout.rstrip())
        say(f"   ({time.monotonic() - began:.1f} s)")
        self.check(f"mailkeep {arguments[0]} ended with 0", done.returncode == 0, f"exit code {done.returncode}")
        return done.stdout

    def account(self, mailbox):
        return harness.exchange_account(self.url, OPERATOR, PASSWORD, mailbox)

    def restore_points(self):
        return sorted(p for p in (self.backup / "points").iterdir() if p.is_dir())

    def run(self):
        alice = self.account(ALICE)
        heading("A simulated Exchange with real mail: alice has the Enron mailbox, bob and carol have empty ones")
        self.mailkeep("folders", "--mailbox", ALICE)
        first_state = changes.state_of(alice)

        heading("A full backup of alice: PST and the verbatim streams")
        self.mailkeep("backup", "--mailbox", ALICE, "--to", self.backup)
        self.compare_pst()
        time.sleep(1.1)  # restore points are named by the second

        heading("Alice's day, through exchangelib: new mail, an edit, a move, a deletion, a read flag")
        for line in changes.make(alice):
            say("   " + line)
        latest_state = changes.state_of(alice)
        self.check("the mailbox differs from what was backed up", latest_state != first_state)

        heading("An incremental backup: only what changed")
        self.mailkeep("backup", "--mailbox", ALICE, "--to", self.backup, "--incremental")

        heading("The latest state, restored into bob's empty mailbox")
        restore = ["restore", "--from", self.backup, "--mailbox", ALICE]
        self.mailkeep(*restore, "--to-mailbox", BOB)
        self.compare_state("bob has what alice has", latest_state, changes.state_of(self.account(BOB)))

        heading("The same again: a restore that has been done creates nothing")
        self.mailkeep(*restore, "--to-mailbox", BOB)
        self.compare_state("bob's mailbox is unchanged", latest_state, changes.state_of(self.account(BOB)))

        heading("The first state, restored into carol's mailbox")
        self.mailkeep(*restore, "--to-mailbox", CAROL, "--at", point_time(self.restore_points()[0].name))
        self.compare_state("carol has what alice had at first", first_state, changes.state_of(self.account(CAROL)))

        heading("The backup itself: every item decodes, and it says the same as the live mailbox")
        self.mailkeep("verify", "--from", self.backup, server=False)
        self.mailkeep("verify", "--from", self.backup, "--mailbox", ALICE, "--content")
        self.finish()

    def compare_state(self, what, expected, actual):
        self.check(f"{what}: {sum(map(len, expected.values()))} items in {len(expected)} folders",
                   expected == actual, changes.difference(expected, actual))

    def compare_pst(self):
        psts = sorted(self.restore_points()[0].glob("*.pst"))
        self.check("the backup has a PST", len(psts) == 1, psts)
        original, copy = pst.messages(harness.ENRON), pst.messages(psts[0])
        self.check(f"pypff reads the same {len(original)} messages and {pst.attachments(original)} attachments "
                   "in the original PST and in the backup's", original == copy, pst.difference(original, copy))
        say("$ readpst " + psts[0].name)
        listing, good = pst.readpst(psts[0], self.directory / "readpst")
        for line in listing:
            say("   " + line)
        self.check("readpst reads it", good)

    def finish(self):
        heading("Figures")
        for point in self.restore_points():
            sizes = sorted((p.stat().st_size, p.name) for p in point.iterdir())
            say(f"   {point.name}: " + ", ".join(f"{name} {size:,} bytes" for size, name in reversed(sizes)))
        say(f"   {time.monotonic() - self.started:.1f} s in all; the files are in {self.directory}")
        say("\nEverything is as it should be." if not self.failures
            else "\nFAILED: " + "; ".join(self.failures))


def point_time(name):
    """2026-11-22T20-00-00Z-full -> 2026-11-22T20:00:00Z"""
    day, clock = name.split("T")
    return f"{day}T{clock[:8].replace('-', ':')}Z"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default=os.environ.get("MK_BIN", ROOT / "bin"), help="where the programs are")
    parser.add_argument("--keep", default=ROOT / "build/demo", help="where the demo leaves its files")
    options = parser.parse_args()
    os.environ["MK_BIN"] = str(options.bin)

    global harness, changes, pst
    import changes
    import harness
    import pst

    if not harness.ENRON.exists():
        print(f"{harness.ENRON} is not here; ./run demo fetches it with npm")
        return 77
    directory = pathlib.Path(options.keep) / time.strftime("%Y%m%d-%H%M%S")
    directory.mkdir(parents=True)
    demo = Demo(directory)
    mailboxes = {ALICE: harness.ENRON, BOB: "empty", CAROL: "empty"}
    with harness.Simulator(mailboxes, [f"{OPERATOR}:{PASSWORD}:full=*"]) as simulator:
        demo.connect(simulator.url)
        demo.run()
    return 1 if demo.failures else 0


if __name__ == "__main__":
    sys.exit(main())
