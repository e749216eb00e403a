"""`mailkeep pst check`: genuine files of Outlook 2007 SP2 and later give notes only, those of any year nothing fatal,
copies are clean under --strict and the second opinion of pst_rules.py agrees; exit codes 0, 1 and 2; damage never crashes or hangs it."""

import csv
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import pst_rules

ROOT = pathlib.Path(os.environ.get("MK_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BIN = pathlib.Path(os.environ.get("MK_BIN", ROOT / "build/dev/bin"))
SHARED = pathlib.Path(os.environ.get("MK_SHARED_DATA", ROOT / "../shared/data")) / "pst"
NPM = ROOT / "node_modules/pst-extractor/example/testdata"


def originals():
    files = sorted(SHARED.glob("*.pst")) if SHARED.is_dir() else []
    return files + sorted(NPM.glob("*.[po]st"))


def makers():
    index = SHARED / "index.tsv"
    if not index.exists():
        return {}
    with open(index, encoding="utf-8") as f:
        return {row["file"]: row["maker"] for row in csv.DictReader(f, delimiter="\t")}


def mailkeep(*arguments):
    return subprocess.run([str(BIN / "mailkeep"), "pst", *map(str, arguments)], capture_output=True, text=True, timeout=120)


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


class CheckTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="mk-pst-check-"))
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        cls.files = originals()

    def sample(self):
        path = next((p for p in self.files if p.name.startswith("process-pst__flags_john")), None)
        if path is None:
            self.skipTest("other people's data is not part of the project")
        return path

    def test_genuine_files_of_todays_outlook_give_notes_only(self):
        known = makers()
        genuine = [p for p in self.files if known.get(p.name) == "Outlook 2007SP2+" or p.suffix == ".ost"]
        if not genuine:
            self.skipTest("other people's data is not part of the project")
        for path in genuine:
            with self.subTest(path.name):
                done = mailkeep("check", path, "--json")
                above = [f for f in lines(done) if f.get("weight") in ("fatal", "repair")]
                self.assertEqual((above, done.returncode), ([], 0))

    def test_no_genuine_file_of_any_year_has_a_fatal_finding(self):
        known = makers()
        genuine = [p for p in self.files if known.get(p.name, "").startswith("Outlook") or p.suffix == ".ost"]
        if not genuine:
            self.skipTest("other people's data is not part of the project")
        for path in genuine:
            with self.subTest(path.name):
                self.assertEqual([f for f in lines(mailkeep("check", path, "--json")) if f.get("weight") == "fatal"], [])

    def test_copies_are_clean_under_strict_and_pst_rules_agrees(self):
        if not self.files:
            self.skipTest("other people's data is not part of the project")
        for path in self.files:
            with self.subTest(path.name):
                copy = self.work / path.name
                mailkeep("copy", path, copy)
                if not copy.exists():
                    continue  # a file that cannot be read at all
                done = mailkeep("check", "--strict", copy)
                self.assertEqual(done.returncode, 0, done.stdout[:1000])
                self.assertIn(" 0 fatal, 0 repair, 0 notes", done.stdout)
                self.assertEqual(pst_rules.check(copy), [])

    def test_json_has_a_line_for_each_finding_and_one_for_the_whole(self):
        *found, total = lines(mailkeep("check", self.sample(), "--json"))
        keys = {"code", "weight", "invariant", "section", "place", "expected", "found", "meaning"}
        self.assertTrue(found)
        for f in found:
            self.assertEqual(set(f), keys)
        self.assertEqual(total["note"], sum(total["counts"].values()))
        self.assertGreater(total["blocks"], 0)

    def test_exit_codes(self):
        self.assertEqual(mailkeep("check", self.sample()).returncode, 0)
        damaged = self.work / "damaged.pst"
        data = bytearray(self.sample().read_bytes())
        data[0x4400 + 100] ^= 1
        damaged.write_bytes(data)
        done = mailkeep("check", damaged)
        self.assertEqual(done.returncode, 1)
        self.assertIn("map.crc", done.stdout)
        cut = self.work / "cut.pst"
        cut.write_bytes(data[: len(data) // 2])
        done = mailkeep("check", cut)
        self.assertEqual(done.returncode, 1)
        self.assertIn("header.file-eof", done.stdout)

    def test_what_is_no_pst_ends_in_2(self):
        for name, content in (("text.pst", b"hello, this is no PST\n" * 100), ("empty.pst", b""), ("short.pst", b"!BDN")):
            path = self.work / name
            path.write_bytes(content)
            with self.subTest(name):
                done = mailkeep("check", path)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("mailkeep: ", done.stderr)
        self.assertEqual(mailkeep("check", self.work / "absent.pst").returncode, 2)

    def test_rules_lists_every_code_of_the_documentation(self):
        listed = {line.split()[0] for line in mailkeep("check", "--rules").stdout.splitlines()[1:]}
        text = (ROOT / "docs/formats/pst-check.md").read_text(encoding="utf-8")
        documented = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
        self.assertEqual(listed, documented)

    def test_random_damage_neither_crashes_nor_hangs_it(self):
        source = self.sample().read_bytes()
        dice = random.Random(7)
        for i in range(40):
            data = bytearray(source)
            for _ in range(dice.choice((1, 8, 64, 2000))):
                data[dice.randrange(len(data))] = dice.randrange(256)
            path = self.work / "hostile.pst"
            path.write_bytes(data[: dice.choice((len(data), dice.randrange(len(data))))])
            with self.subTest(i):
                self.assertIn(mailkeep("check", path).returncode, (0, 1, 2))


if __name__ == "__main__":
    unittest.main()
