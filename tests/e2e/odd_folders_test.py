"""Folders of any name: backed up, selected by path, restored under the very same name."""

import pathlib
import shutil
import tempfile
import unittest

from harness import BIN, Simulator, exchange_account, run, secret_file

ALICE, BOB, PASSWORD = "alice@example.test", "bob@example.test", "secret"
NAMES = [
    "a/b", "a\\b", "a\\/b", "..", ".", "a/../b", "../../outside", "/", "\\", "CON", "NUL.pst", "lpt1", ".hidden", "-rf", "--help",
    "smile 😀 family 👨‍👩‍👧", "x" * 255, "é" * 200, "\u00e9t\u00e9", "e\u0301te\u0301", " spaces around ", "dot at the end.", "a:b*c?d|e",
    '"quoted"', "<b>&amp;</b>", "id:AAAA", "%2e%2e%2f", "$(reboot)", "名前", "\u202egpj.exe", "O'Brien", "~", "Inbox", "items.segment",
    "manifest.jsonl", "Inbox.pst",
]


def path_of(*names):
    return "/".join(n.replace("\\", "\\\\").replace("/", "\\/") for n in names)


@unittest.skipUnless((BIN / "mailkeep-sim").exists(), "no simulator")
class OddFolders(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="mk-odd-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)
        self.sim = self.enterContext(Simulator({ALICE: "empty", BOB: "empty"}, [f"{ALICE}:{PASSWORD}", f"{BOB}:{PASSWORD}"]))
        password = self.enterContext(secret_file(PASSWORD))
        self.alice = ["--server", self.sim.url, "--user", ALICE, "--password-file", password]
        self.bob = ["--server", self.sim.url, "--user", BOB, "--password-file", password]

    def account(self, address):
        return exchange_account(self.sim.url, address, PASSWORD, address)

    def fill(self, names):
        import exchangelib

        account = self.account(ALICE)
        for name in names:
            folder = exchangelib.folders.Messages(parent=account.inbox, name=name)
            folder.save()
            exchangelib.Message(account=account, folder=folder, subject=f"in {name[:50]}", body="here").save()

    def subjects(self, address):
        """{folder name below the inbox: subjects}"""
        return {f.name: sorted(i.subject for i in f.all()) for f in self.account(address).inbox.children}

    def test_come_back_under_their_names(self):
        self.fill(NAMES)
        expected = self.subjects(ALICE)
        self.assertEqual(set(expected), set(NAMES))
        backup = self.work / "in/here"
        run("mailkeep", "backup", *self.alice, "--mailbox", ALICE, "--to", backup)
        self.assertEqual([p.name for p in self.work.iterdir()], ["in"])
        self.assertEqual([p.name for p in (self.work / "in").iterdir()], ["here"])
        run("mailkeep", "verify", "--from", backup)
        for _ in range(2):  # a second restore creates nothing
            run("mailkeep", "restore", "--from", backup, *self.bob, "--to-mailbox", BOB)
            self.assertEqual(self.subjects(BOB), expected)

    def test_are_listed_below_their_parent(self):
        self.fill(["first/child", "second"])
        names = [line[:30].rstrip() for line in run("mailkeep", "folders", *self.alice, "--mailbox", ALICE).stdout.splitlines()]
        inbox = names.index("  Inbox")
        self.assertEqual(names[inbox + 1:inbox + 3], ["    first/child", "    second"])

    def test_can_each_be_selected_by_path(self):
        self.fill(NAMES)
        selected = [option for name in NAMES for option in ("--folder", path_of("Inbox", name))]
        run("mailkeep", "backup", *self.alice, "--mailbox", ALICE, "--to", self.work / "b", *selected)
        point = next((self.work / "b/points").iterdir())
        psts = sorted(p.name for p in point.glob("*.pst"))
        self.assertEqual(len(psts), len(NAMES), psts)
        self.assertEqual(len({p.lower() for p in psts}), len(psts), "names must differ on every file system")
        for name in psts:
            self.assertNotRegex(name, r'^\.|[\\/:*?"<>|\x00-\x1f]')
        self.assertIn("in ../../outside", "".join(run("mailkeep", "pst", "ls", point / p).stdout for p in psts))

    def test_a_restore_can_take_one_of_them(self):
        self.fill(["a/b", "a"])
        run("mailkeep", "backup", *self.alice, "--mailbox", ALICE, "--to", self.work / "b")
        run("mailkeep", "restore", "--from", self.work / "b", "--folder", "Inbox/a\\/b", *self.bob, "--to-mailbox", BOB)
        self.assertEqual(self.subjects(BOB), {"a/b": ["in a/b"]})


if __name__ == "__main__":
    unittest.main()
