"""mailkeep fts, through the real program: streams become the JSON beside them, damage becomes an exit code."""

import json
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["MK_SOURCE_DIR"])
MAILKEEP = pathlib.Path(os.environ["MK_BIN"]) / "mailkeep"
GOLDEN = SOURCE / "src/mapi/testdata"
CORPUS = pathlib.Path(os.environ.get("MK_SHARED_DATA", SOURCE / "../shared/data")) / "fts"


def run(*arguments):
    return subprocess.run([MAILKEEP, "fts", *map(str, arguments)], capture_output=True, timeout=60)


def framed(stream):
    """Record framing, written here a second time so that an error of the program cannot hide."""
    iid = bytes.fromhex("0703020000000000c000000000000046")
    records = [(1, struct.pack("<II", 0, 1)), (3, struct.pack("<I", 1) + iid + struct.pack("<I", 0x80002400))]
    records.append((4, struct.pack("<HHH", 0x0F00, 0x8000, 0)))
    records += [(2, stream[i : i + 100]) for i in range(0, len(stream), 100)]
    return b"".join(struct.pack("<ii", op, len(payload)) + payload for op, payload in records)


class Dump(unittest.TestCase):
    def test_prints_the_golden_json_and_finds_the_root_itself(self):
        for stream in sorted(GOLDEN.glob("*.bin")):
            with self.subTest(stream.name):
                done = run("dump", stream)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stdout, stream.with_suffix(".json").read_bytes())

    def test_prints_real_streams_as_an_independent_decoder_does(self):
        if not CORPUS.exists():
            self.skipTest("other people's data is not part of the project")
        rows = [line.split("\t") for line in (CORPUS / "index.tsv").read_text().splitlines()[1:]]
        rows = [row for row in rows if row[0].endswith(".fxs")]
        for row in rows[::10]:
            with self.subTest(row[0]):
                done = run("dump", "--root", row[7], CORPUS / row[0])
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(json.loads(done.stdout), json.loads((CORPUS / row[0]).with_suffix(".json").read_bytes()))

    def test_prints_a_cut_stream_as_far_as_it_goes(self):
        stream = (GOLDEN / "message_content.bin").read_bytes()
        with tempfile.NamedTemporaryFile() as cut:
            cut.write(framed(stream)[:300])
            cut.flush()
            done = run("dump", cut.name)
        self.assertEqual(done.returncode, 7)
        self.assertIn("at offset 300", json.loads(done.stdout)["damage"])
        self.assertGreater(len(json.loads(done.stdout)["content"]["properties"]), 5)

    def test_refuses_an_unknown_root(self):
        done = run("dump", "--root", "nonsense", GOLDEN / "state.bin")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"nonsense", done.stderr)


class Check(unittest.TestCase):
    def verdict(self, data, *options):
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            done = run("check", *options, file.name)
        return done.returncode, done.stdout.decode().removeprefix(file.name + ": ").split(":")[0]

    def test_gives_each_of_the_three_verdicts(self):
        data = framed((GOLDEN / "message_content.bin").read_bytes())
        self.assertEqual(self.verdict(data), (0, "cannot tell"))
        self.assertEqual(self.verdict(data, "--size", len(data), "--attachments"), (0, "whole"))
        self.assertEqual(self.verdict(data[:-1], "--size", len(data)), (7, "not whole"))
        self.assertEqual(self.verdict(data + b"=== Truncated Data ===", "--size", len(data)), (7, "not whole"))
        self.assertEqual(self.verdict((GOLDEN / "state.bin").read_bytes()), (0, "whole"))

    def test_names_a_file_that_is_not_there(self):
        done = run("check", "/nowhere/x.fts")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"/nowhere/x.fts", done.stderr)


if __name__ == "__main__":
    unittest.main()
