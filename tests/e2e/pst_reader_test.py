"""Every value that `mailkeep pst dump` gives, compared with what pypff reads from the same file."""
import datetime
import hashlib
import json
import os
import pathlib
import struct
import subprocess
import tempfile
import unittest

try:
    import pypff
except ImportError:
    raise SystemExit(77)

BIN = pathlib.Path(os.environ["MK_BIN"])
SOURCE = pathlib.Path(os.environ["MK_SOURCE_DIR"])
SHARED = pathlib.Path(os.environ.get("MK_SHARED_DATA", SOURCE / "../shared/data"))
NPM = SOURCE / "node_modules/pst-extractor"
ENRON = NPM / "example/testdata/enron.pst"
TORN = "aspose-c__AddingBulkMessagesWithImprovedPerformance.pst"  # its writer was interrupted: no program opens it
JAPANESE = "pst-extractor__contacts97-2002.pst"  # ANSI, in code page 932; the others are in 1252


def samples():
    """Every PST and OST there is, of all forms."""
    found = sorted((SHARED / "pst").glob("*.pst")) + sorted((NPM / "example/testdata").glob("*.[po]st"))
    return [p for p in found if p.name != TORN]

NUMBERS = {"PtypInteger16": "<h", "PtypInteger32": "<i", "PtypErrorCode": "<i", "PtypInteger64": "<q",
           "PtypCurrency": "<q", "PtypFloating32": "<f", "PtypFloating64": "<d", "PtypFloatingTime": "<d"}


def run(*args):
    return subprocess.run([BIN / "mailkeep", "pst", *args], capture_output=True, check=False)


def ticks(text):
    """FILETIME of `2026-11-22T20:00:00.1234567Z`."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = (datetime.datetime.fromisoformat(whole) - datetime.datetime(1601, 1, 1)) // datetime.timedelta(seconds=1)
    return seconds * 10_000_000 + int((fraction + "0000000")[:7])


def to_bytes(kind, value, code_page="cp1252"):
    """The bytes that a PST holds for a value of the dump."""
    if isinstance(value, dict):
        return bytes.fromhex(value["hex"])
    if kind == "PtypBoolean":
        return struct.pack("<B", value)
    if kind in NUMBERS:
        return struct.pack(NUMBERS[kind], value)
    if kind == "PtypTime":
        return struct.pack("<Q", ticks(value))
    if kind == "PtypString":
        return value.encode("utf-16-le")
    if kind == "PtypString8":
        return value.encode(code_page)
    if kind == "PtypGuid":
        import uuid
        return uuid.UUID(value).bytes_le
    raise AssertionError("no such type: " + kind)


def array_bytes(kind, values, code_page):
    element = kind.replace("Multiple", "")
    parts = [to_bytes(element, v, code_page) for v in values]
    if element not in ("PtypString", "PtypString8", "PtypBinary"):
        return b"".join(parts)
    at = 4 + 4 * len(parts)
    offsets = []
    for p in parts:
        offsets.append(at)
        at += len(p)
    return struct.pack("<%dI" % (len(parts) + 1), len(parts), *offsets) + b"".join(parts)


def entries(record_set):
    out = {}
    for i in range(record_set.number_of_entries):
        e = record_set.get_entry(i)
        out[(e.entry_type, e.value_type)] = e.data or b""
    return out


def without_nul(kind, data):
    """Third-party writers end strings with a NUL that the format does not have; mailkeep takes it off."""
    if kind == "PtypString" and data.endswith(b"\0\0") and len(data) % 2 == 0:
        return data[:-2]
    return data[:-1] if kind == "PtypString8" and data.endswith(b"\0") else data


class Comparison(unittest.TestCase):
    def compare_list(self, ours, record_set, where):
        theirs = entries(record_set)
        seen = set()
        for p in ours:
            tag = int(p["tag"], 16)
            kind = 0x1E if tag & 0x8000 else tag & 0xFFFF  # 8-bit text whose type names its code page
            key = (tag >> 16, kind)
            self.assertIn(key, theirs, f"{where} {p}")
            seen.add(key)
            self.compare_value(p, theirs[key], f"{where} {p['tag']}")
        missing = set(theirs) - seen
        # An embedded message is a part of its own, not a property.
        self.assertLessEqual(missing, {(0x3701, 0x000D)}, where)
        self.count += len(seen)

    def compare_value(self, p, data, where):
        kind, value = p["type"], p["value"]
        if kind == "PtypObject":
            self.assertEqual(len(data), 8, where)  # pypff gives the reference, we give the object
        elif isinstance(value, list):
            self.assertEqual(array_bytes(kind, value, self.code_page).hex(), data.hex(), where)
        elif isinstance(value, dict) and "sha256" in value:
            data = without_nul(kind, data)
            self.assertEqual((value["bytes"], value["sha256"]), (len(data), hashlib.sha256(data).hexdigest()), where)
        else:
            self.assertEqual(to_bytes(kind, value, self.code_page).hex(), without_nul(kind, data).hex(), where)

    def compare_message(self, content, message, where):
        self.compare_list(content["properties"], message.get_record_set(0), where)
        self.assertEqual(len(content["attachments"]), message.number_of_attachments, where)
        for i, a in enumerate(content["attachments"]):
            self.compare_list(a["properties"], message.get_attachment(i).get_record_set(0), f"{where} attachment {i}")

    def compare_folder(self, folder, lines):
        for i in range(folder.number_of_sub_messages):
            try:
                message = folder.get_sub_message(i)
            except OSError:  # pypff gives up at a property without a type
                self.refused += 1
                continue
            key = f"{message.identifier:#x}"
            self.assertIn(key, lines)
            self.compare_message(lines.pop(key)["content"], message, f"item {key}")
        for i in range(folder.number_of_sub_folders):
            sub = folder.get_sub_folder(i)
            key = f"folder {sub.identifier:#x}"
            if key in lines:  # search folders are not ours
                self.compare_list(lines.pop(key)["properties"], sub.get_record_set(0), key)
                self.compare_folder(sub, lines)

    def compare_file(self, path):
        result = run("dump", "--json", path)
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        lines = {}
        for line in result.stdout.decode().splitlines():
            o = json.loads(line)
            lines[o["item"] if "item" in o else "folder " + o["folder"] if "folder" in o else "store"] = o
        file = pypff.file()
        file.open(str(path))
        self.count = self.refused = 0
        self.code_page = "cp932" if path.name == JAPANESE else "cp1252"
        self.compare_list(lines.pop("store")["properties"], file.get_message_store().get_record_set(0), "store")
        self.compare_folder(file.get_root_folder(), lines)
        # pypff does not list associated items: type 8 of the node id
        left = [k for k in lines if int(k.removeprefix("folder "), 16) & 0x1F != 8]
        self.assertEqual(len(left), self.refused)
        file.close()
        return self.count

    def test_samples(self):
        if not samples():
            self.skipTest("other people's data is not part of the project")
        for path in samples():
            with self.subTest(path.name):
                self.assertGreater(self.compare_file(path), 10)

    def test_text_is_in_its_code_page(self):
        path = SHARED / "pst" / JAPANESE
        if not path.exists():
            self.skipTest("other people's data is not part of the project")
        text = run("ls", path).stdout.decode()
        for word in ("データ ファイル", "削除済みアイテム", "イグザンプル"):
            self.assertIn(word, text)


EXTRACTOR = """
const { PSTFile } = require('pst-extractor');
function walk(folder) {
  if (folder.hasSubfolders) for (const f of folder.getSubFolders()) walk(f);
  if (folder.contentCount > 0)
    for (let m = folder.getNextChild(); m != null; m = folder.getNextChild())
      console.log(JSON.stringify([Number(m.descriptorNodeId), m.numberOfRecipients || 0, m.numberOfAttachments || 0]));
}
walk(new PSTFile(process.argv[1]).getRootFolder());
"""


def items_of(path):
    """{node id: content} as mailkeep has them."""
    lines = map(json.loads, run("dump", "--json", path).stdout.decode().splitlines())
    return {int(o["item"], 16): o["content"] for o in lines if "item" in o}


class NothingMissing(unittest.TestCase):
    """Every item, recipient and attachment that another program finds is found here too."""

    def test_pst_extractor(self):
        if not NPM.is_dir() or not samples():
            self.skipTest("npm package pst-extractor or other people's data is not here")
        counted = 0
        for path in samples():
            theirs = subprocess.run(["node", "-e", EXTRACTOR, path], capture_output=True, cwd=SOURCE, check=False)
            ours = items_of(path)
            for line in theirs.stdout.decode().splitlines():
                if not line.startswith("["):
                    continue
                nid, recipients, attachments = json.loads(line)
                with self.subTest(path.name, item=hex(nid)):
                    self.assertIn(nid, ours)
                    self.assertGreaterEqual(len(ours[nid]["recipients"]), recipients)
                    self.assertGreaterEqual(len(ours[nid]["attachments"]), attachments)
                    counted += 1
        self.assertGreater(counted, 400)  # 434 of our 700

    def test_what_others_counted(self):
        """The index of the samples says what pffexport found: folders (search folders too), items, attachments."""
        index = SHARED / "pst/index.tsv"
        if not index.exists():
            self.skipTest("other people's data is not part of the project")
        paths = {p.name: p for p in samples()}
        checked = 0
        for line in index.read_text().splitlines()[1:]:
            cells = line.split("\t")
            path = paths.get(cells[0].removeprefix("npm-pst-extractor__"))
            if path is None:
                continue
            _, items, attachments = (int(n) for n in cells[9].split()[0].split("/"))
            ours = [c for nid, c in items_of(path).items() if nid & 0x1F == 4]
            with self.subTest(path.name):
                self.assertGreaterEqual(len(ours), items)
                self.assertGreaterEqual(sum(self.attachments(c) for c in ours), attachments)
                checked += 1
        self.assertGreater(checked, 25)

    def attachments(self, content):
        return sum(1 + (self.attachments(a["embedded"]) if a.get("embedded") else 0) for a in content["attachments"])


class BadInput(unittest.TestCase):
    def expect(self, path, code, words):
        for command in ("info", "ls", "dump"):
            result = run(command, path)
            self.assertEqual(result.returncode, code, result.stderr)
            self.assertIn(words, result.stderr.decode())
            self.assertEqual(result.stderr.count(b"\n"), 1, result.stderr)

    def test_what_is_no_pst(self):
        with tempfile.TemporaryDirectory() as d:
            path = pathlib.Path(d, "a.pst")
            path.write_bytes(b"")
            self.expect(path, 7, "not a PST file")
            path.write_bytes(b"PK\3\4" + bytes(1000))
            self.expect(path, 7, "not a PST file")
            self.expect(pathlib.Path(d, "none.pst"), 1, "No such file")
            self.expect(pathlib.Path(d), 2, d)

    def test_what_is_cut_or_damaged(self):
        whole = SHARED / "pst/outlook-pst-rs__Empty.pst"
        if not whole.exists():
            self.skipTest("other people's data is not part of the project")
        data = bytearray(whole.read_bytes())
        with tempfile.TemporaryDirectory() as d:
            path = pathlib.Path(d, "a.pst")
            path.write_bytes(data[:200000])
            self.expect(path, 7, "its end is missing")
            path.write_bytes(data[:300])
            self.expect(path, 7, "the header needs")
            data[100] ^= 1
            path.write_bytes(data)
            self.expect(path, 7, "the header is damaged")

    def test_wrong_item(self):
        if not ENRON.exists():
            self.skipTest("other people's data is not part of the project")
        self.assertEqual(run("dump", "--item", "x", ENRON).returncode, 2)
        result = run("dump", "--item", "0x999984", ENRON)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"no node 0x999984", result.stderr)


if __name__ == "__main__":
    unittest.main()
