"""Damages real PST files and has `mailkeep pst recover` rebuild them: it ends in time with an answer, the new file obeys
the rules of pst_rules.py, pypff opens it, and what it has is what the original had."""
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

try:
    import pypff
except ImportError:
    raise SystemExit(77)

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import pst_rules
from pst_parser import Pst

ROOT = pathlib.Path(os.environ.get("MK_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BIN = pathlib.Path(os.environ.get("MK_BIN", ROOT / "build/dev/bin"))
SHARED = pathlib.Path(os.environ.get("MK_SHARED_DATA", ROOT / "../shared/data")) / "pst"
OST = ROOT / "node_modules/pst-extractor/example/testdata/pstextractortest@outlook.com.ost"
TORN = SHARED / "aspose-c__AddingBulkMessagesWithImprovedPerformance.pst"
SAMPLES = ["aspose-c__Outlook.pst", "process-pst__flags_john_doe.pst", "pst2john__2k_outlook_qwerty1234.pst",
           "pst2john__2003_high-encryption_quickquick.pst", "tika__testPST.pst"]


def subjects(path):
    """Subjects of all messages, as pypff has them."""
    file = pypff.file()
    file.open(str(path))
    found = []

    def walk(folder):
        found.extend(m.subject for m in folder.sub_messages)
        for sub in folder.sub_folders:
            walk(sub)

    walk(file.root_folder)
    return found


def flips(data, rng):
    for _ in range(64):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return data


def zeros(data, rng):
    for _ in range(4):
        at = rng.randrange(len(data))
        data[at : at + 4096] = bytes(len(data[at : at + 4096]))
    return data


def cut(data, rng):
    return data[: rng.randrange(len(data) // 4, len(data))]


def without_header(data, rng):
    data[:600] = bytes(600)
    return data


class RecoverTest(unittest.TestCase):
    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="mk-pst-recover-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)

    def recover(self, data):
        damaged, new = self.work / "damaged.pst", self.work / "new.pst"
        damaged.write_bytes(data)
        new.unlink(missing_ok=True)
        done = subprocess.run([BIN / "mailkeep", "pst", "recover", damaged, "--to", new], capture_output=True, text=True,
                              timeout=120, check=False)
        self.assertEqual(damaged.read_bytes(), data)
        return done, new

    def test_random_damage(self):
        paths = [p for p in [SHARED / s for s in SAMPLES] + [OST] if p.exists()]
        if not paths:
            self.skipTest("other people's data is not part of the project")
        for path in paths:
            whole = subjects(path)
            for seed, damage in enumerate((flips, zeros, cut, without_header)):
                with self.subTest(path.name, damage=damage.__name__):
                    done, new = self.recover(bytes(damage(bytearray(path.read_bytes()), random.Random(seed))))
                    self.assertEqual(done.returncode, 3, done.stderr)
                    self.assertEqual(done.stderr, "")
                    self.assertRegex(done.stdout, r"(?m)^(damage|lost|not whole)")
                    self.assertEqual(pst_rules.check(new), [])
                    found = subjects(new)
                    self.assertLessEqual(len(found), len(whole))
                    if damage is without_header:
                        self.assertEqual(sorted(map(str, found)), sorted(map(str, whole)))

    def test_an_undamaged_file_loses_nothing(self):
        path = SHARED / SAMPLES[0]
        if not path.exists():
            self.skipTest("other people's data is not part of the project")
        done, new = self.recover(path.read_bytes())
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("0 items not whole, 0 lost", done.stdout)
        self.assertNotIn("damage", done.stdout.replace("damaged.pst", ""))
        self.assertEqual(sorted(subjects(new)), sorted(subjects(path)))

    def test_what_is_lost_is_told_with_folder_and_cause(self):
        path = SHARED / "process-pst__flags_john_doe.pst"
        if not path.exists():
            self.skipTest("other people's data is not part of the project")
        pst = Pst(path)
        nid = next(n for n in pst.nodes if n & 0x1F == 4)
        block = pst.blocks[pst.nodes[nid].data]
        data = bytearray(path.read_bytes())
        data[block.at + block.size // 2] ^= 1
        done, _ = self.recover(bytes(data))
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stdout, r"(?m)^folder .*: \d+ items recovered, 1 of them not whole, 0 lost$")
        self.assertRegex(done.stdout, rf"(?m)^not whole {nid:#x} in .*: .*BLOCKTRAILER.dwCRC")
        data[block.at : block.at + (block.size + 16 + 63) // 64 * 64] = bytes((block.size + 16 + 63) // 64 * 64)
        done, _ = self.recover(bytes(data))
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stdout, r"(?m)^folder .*: \d+ items recovered, 0 of them not whole, 1 lost$")
        self.assertRegex(done.stdout, rf"(?m)^lost {nid:#x} in .*: .*BLOCKTRAILER")

    def test_a_file_that_no_program_opens(self):
        if not TORN.exists():
            self.skipTest("other people's data is not part of the project")
        with self.assertRaises((OSError, SystemError)):
            pypff.open(str(TORN))
        done, new = self.recover(TORN.read_bytes())
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("HEADER.dwCRCPartial", done.stdout)
        self.assertEqual(len(subjects(new)), 1)

    def test_bad_arguments_end_in_one_message(self):
        for data, words in ((b"", "nothing to recover"), (b"x" * 5000, "nothing to recover")):
            done, new = self.recover(data)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(words, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)
            self.assertFalse(new.exists())


if __name__ == "__main__":
    unittest.main()
