"""What keeps mail or files, with one face: mailkeep's vault, restic, borgbackup. Made anew with make(); each put() is one
more restore point, get() restores the newest."""

import os
import shutil
import subprocess

import harness
import measure
from measure import PASSWORD, tree_bytes

MAILKEEP = harness.BIN / "mailkeep"


class Repository:
    def __init__(self, work, secret):
        self.work, self.secret, self.directory = work, secret, work / f"repository-{self.name.replace(' ', '-')}"

    def make(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        self.points = 0
        measure.measure(self.making())

    def put(self, directory):
        """The files of a directory as the next point; with it how many bytes more there are than before."""
        self.points += 1
        before = tree_bytes(self.directory)
        run = measure.together([measure.measure(command) for command in self.putting(directory)])
        return run, tree_bytes(self.directory) - before

    def get(self, target):
        """Into a directory that is not there; it is gone afterwards."""
        target.mkdir()
        run = measure.together([measure.measure(command, target) for command in self.getting(target)])
        shutil.rmtree(target)
        return run


class Restic(Repository):
    name, program = "restic", "restic"

    def command(self, *words):
        return ["restic", "--quiet", "--repo", self.directory, "--password-file", self.secret,
                "--cache-dir", self.work / "cache/restic", *words]

    def making(self):
        return self.command("init", "--repository-version", "2")  # version 1 does not compress

    def putting(self, directory):
        return [self.command("backup", directory)]

    def getting(self, target):
        return [self.command("restore", "latest", "--target", target)]


class Borg(Repository):
    name, program = "borg", "borg"

    def making(self):
        return ["borg", "init", "--encryption", "repokey", self.directory]

    def putting(self, directory):
        return [["borg", "create", "--compression", "zstd,3", f"{self.directory}::{self.points}", directory]]

    def getting(self, target):
        return [["borg", "extract", f"{self.directory}::{self.points}"]]


class FileVault(Repository):
    """PST files as files like any other."""

    name = "vault put"

    def making(self):
        return [MAILKEEP, "vault", "init", self.directory, "--password-file", self.secret]

    def putting(self, directory):
        return [[MAILKEEP, "vault", "put", self.directory, directory, "--point", self.points,
                 "--password-file", self.secret]]

    def getting(self, target):
        return [[MAILKEEP, "vault", "get", self.directory, self.points, "--to", target,
                 "--password-file", self.secret]]


class PstVault(FileVault):
    """PST files as the items in them, a point for each mailbox; directories are named after mailboxes."""

    name = "pst put"

    def putting(self, directory):
        self.mailboxes = {d.name: sorted(d.rglob("*.pst")) for d in sorted(directory.iterdir())}
        return [[MAILKEEP, "pst", "put", *files, "--name", name, *self.place("--to")]
                for name, files in self.mailboxes.items()]

    def getting(self, target):
        return [[MAILKEEP, "pst", "get", *self.place("--from"), "--name", name, "--to", make(target / name)]
                for name in self.mailboxes]

    def place(self, option):
        return [option, f"vault:{self.directory}", "--vault-password-file", self.secret, "--quiet"]


class MailVault:
    """Mailboxes as items, fetched from a server."""

    name = "backup --to vault:"

    def __init__(self, work, secret, key_file=None):
        self.work, self.secret, self.directory = work, secret, work / "repository-items"
        self.key = ("key-file", key_file) if key_file else ("password-file", secret)

    def make(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        self.vault("init")

    def vault(self, command, *options):
        key, file = self.key
        return measure.measure([MAILKEEP, "vault", command, self.directory, f"--{key}", file, *options])

    def backup(self, url, mailboxes, *options):
        """As put() of a Repository."""
        before = tree_bytes(self.directory)
        runs = [measure.mailkeep("backup", url, self.secret, "--mailbox", mailbox, "--to", *self.place(),
                                 "--work", self.work / "state", *options) for mailbox in mailboxes]
        return measure.together(runs), tree_bytes(self.directory) - before

    def read(self, command, mailbox, *options):
        return measure.measure([MAILKEEP, command, "--from", *self.place(), "--mailbox", mailbox, *options])

    def place(self):
        key, file = self.key
        return f"vault:{self.directory}", f"--vault-{key}", file


def others(work, secret):
    """restic and borg, as far as they are installed."""
    return [kind(work, secret) for kind in (Restic, Borg) if shutil.which(kind.program)]


def file_vaults(work, secret):
    """Ours that take files; `pst put` is newer than vaults are."""
    help_text = subprocess.run([MAILKEEP, "pst", "put", "--help"], capture_output=True, text=True).stdout
    has_pst_put = "Usage: mailkeep pst put" in help_text
    return [FileVault(work, secret), *([PstVault(work, secret)] if has_pst_put else [])]


def remember_below(directory):
    """Where the programs keep what they remember of a repository; borg takes its password from here too."""
    os.environ.update(XDG_CACHE_HOME=str(directory), XDG_STATE_HOME=str(directory / "state"),
                      BORG_BASE_DIR=str(directory), BORG_PASSPHRASE=PASSWORD)


def make(directory):
    directory.mkdir()
    return directory
