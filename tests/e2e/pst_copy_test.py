"""Copies real PST files with `mailkeep pst copy` and has programs that are not ours compare original and copy:
readpst, pffexport and pst-extractor count the same folders, items and attachments; pypff finds the same properties
with the same values, named ones by GUID and name from each file's own map; what pypff does not show (recipients,
associated items, embedded messages, OLE objects) is compared through a parser of the tests' own. Every copy obeys
the rules of pst_rules.py."""

import collections
import hashlib
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import pst_rules
from pst_parser import PERMUTE, Damage, Pst, crc

ROOT = pathlib.Path(os.environ.get("MK_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BIN = pathlib.Path(os.environ.get("MK_BIN", ROOT / "build/dev/bin"))
SHARED = pathlib.Path(os.environ.get("MK_SHARED_DATA", ROOT / "../shared/data")) / "pst"
NPM = ROOT / "node_modules"

# What a copy may say otherwise; docs/formats/pst-writer.md gives the reason of each.
STORE_STATE = {0x0E09, 0x0E30, 0x0E33, 0x0E34, 0x0E38, 0x0E3C, 0x0E3D, 0x0FF4, 0x0FF5, 0x0FF7, 0x0FF8, 0x0FFA, 0x0FFB,
               0x67F2, 0x67F3}
MESSAGE = STORE_STATE | {0x0E08, 0x0E12, 0x0E13, 0x0E17, 0x0FF9, 0x0FFE, 0x0FFF}
ATTACHMENT = STORE_STATE | {0x0E20, 0x0E21, 0x0FF9, 0x0FFE, 0x3701}  # 3701: its bytes are compared apart
RECIPIENT = STORE_STATE | {0x3000}
FOLDER = STORE_STATE | {0x0E08, 0x0FF9, 0x0FFE, 0x0FFF, 0x3602, 0x3603, 0x360A, 0x3617, 0x360E, 0x360F, 0x3610, 0x3611,
                        0x6635, 0x6636}
SYNTHESIZED = {0x001A, 0x3007, 0x3008, 0x300B, 0x0E07}  # filled in where the original lacks them
HAS_ATTACHMENTS = 0x10
ASSOCIATED = 0x40


def originals():
    files = sorted(SHARED.glob("*.pst")) if SHARED.is_dir() else []
    return files + sorted((NPM / "pst-extractor/example/testdata").glob("*.[po]st"))


# Windows code pages of text that an item's PidTagInternetCodepage names in its form for the wire
ON_THE_WIRE = {20127: 1252, 28591: 1252, 28605: 1252, 50220: 932}
STORE_PAGE = {"pst-extractor__contacts97-2002.pst": "cp932"}  # where items do not say it; else Windows-1252


def code_page(values):
    """The code page that an item names; None."""
    by_id = {ident: data for ident, kind, data in values if kind == 3 and data}
    for ident in (0x3FFD, 0x3FDE):
        if ident in by_id:
            page = struct.unpack("<I", by_id[ident])[0]
            page = ON_THE_WIRE.get(page, page)
            return "utf-8" if page == 65001 else f"cp{page}"
    return None


def unicode_of(kind, data, page):
    """8-bit strings as the UTF-16 that they become."""
    data = data or b""
    if kind == 0x1E:
        return 0x1F, data.rstrip(b"\0").decode(page, "replace").encode("utf-16-le")
    if kind != 0x101E or not data:
        return (0x101F if kind == 0x101E else kind), data
    (n,) = struct.unpack_from("<I", data)
    starts = struct.unpack_from(f"<{n}I", data, 4) + (len(data),)
    parts = [data[a:b].rstrip(b"\0").decode(page, "replace").encode("utf-16-le") for a, b in zip(starts, starts[1:])]
    at, offsets = 4 + 4 * n, []
    for part in parts:
        offsets.append(at)
        at += len(part)
    return 0x101F, struct.pack(f"<{n + 1}I", n, *offsets) + b"".join(parts)


def normal(ident, kind, data):
    """A value as a person would compare it."""
    data = data or b""
    if ident == 0x0037 and data[:2] == b"\1\0":
        data = data[4:]
    if kind == 0x1F and len(data) % 2:
        data = data[:-1]
    if kind == 0x1F and data.endswith(b"\0\0"):
        data = data[:-2]  # the terminator that some third-party writers leave in
    if ident == 0x0E07 and len(data) == 4:
        data = struct.pack("<I", struct.unpack("<I", data)[0] & ~(HAS_ATTACHMENTS | ASSOCIATED))
    return data


class Properties(dict):
    """{id or (GUID, name): (type, value)} without what a copy may say otherwise."""

    def __init__(self, values, names, ignored, page=None):
        super().__init__()
        self.page = code_page(values) or page or "cp1252"
        for ident, kind, data in values:
            kind, data = unicode_of(kind, data, self.page)
            if ident in ignored or kind in (0, 1, 10):
                continue
            if ident >= 0x8000:
                if ident not in names:
                    continue  # an id without a name means nothing in another file
                ident = names[ident]
            data = normal(ident, kind, data)
            if ident in (0x0E02, 0x0E03, 0x0E04) and not data:
                continue
            self[ident] = (kind, hashlib.sha256(data).hexdigest() if len(data) > 200 else data)

    def key(self):
        return repr(sorted(((repr(k), v) for k, v in self.items() if k not in SYNTHESIZED)))


def differences(a, b):
    """What differs from original to copy, synthesized properties aside."""
    out = []
    for k in a.keys() | b.keys():
        if k in SYNTHESIZED and k not in a:
            continue
        if a.get(k) != b.get(k):
            name = f"{k:04x}" if isinstance(k, int) else f"{k[0].hex()}/{k[1]}"
            out.append(f"{name}: {a.get(k)!r:.120} became {b.get(k)!r:.120}")
    return out


class Through:
    """One file as pypff shows it."""

    def __init__(self, path):
        import pypff

        self.file = pypff.file()
        self.page = STORE_PAGE.get(path.name, "cp1252") if path.parent.name == "original" else "cp1252"
        self.file.set_ascii_codepage(self.page)
        self.file.open(str(path))
        try:
            self.names = Pst(path).names()
        except (Damage, struct.error, KeyError, IndexError):
            self.names = {}

    def properties(self, item, ignored, page=None):
        values = []
        for record_set in item.record_sets:
            for e in record_set.entries:
                if e.entry_type is not None:
                    values.append((e.entry_type, e.value_type, e.data))
        return Properties(values, self.names, ignored, page or self.page)

    def folders(self):
        """[(path, folder)] without search folders, which are not copied."""
        out = []

        def walk(folder, path):
            if folder.identifier & 0x1F == 3:
                return
            out.append((path, folder))
            seen = collections.Counter()
            for sub in folder.sub_folders:
                name = sub.name or ""
                seen[name] += 1
                walk(sub, path + ((name, seen[name]),))

        walk(self.file.root_folder, ())
        return out

    def payload(self, attachment):
        digest, left = hashlib.sha256(), attachment.size
        attachment.seek_offset(0, 0)
        while left > 0:
            part = attachment.read_buffer(min(left, 1 << 20))
            if not part:
                break
            digest.update(part)
            left -= len(part)
        return digest.hexdigest()


class Item:
    """A message with all its parts, through the parser of the tests."""

    def __init__(self, pst, names, data, sub, page=None, depth=0):
        subs = pst.subnodes(sub)
        pc = pst.pc(data, sub)
        self.properties = Properties([(i, v.kind, v.data) for i, v in pc.items()], names, MESSAGE, page)
        page = self.properties.page
        self.recipients, self.attachments = [], []
        if 0x692 in subs and subs[0x692][0]:
            table = pst.tc(*subs[0x692])
            for ident in sorted(table.rows, key=table.row_index.get):
                values = [(t >> 16, t & 0xFFFF, v) for t, v in table.rows[ident].items()]
                row = Properties(values, names, RECIPIENT, page)
                for key in [k for k, v in row.items() if v[1] == b""]:
                    del row[key]  # an empty value makes no cell
                self.recipients.append(row)
        for nid in sorted(n for n in subs if n & 0x1F == 5):
            self.attachments.append(self.attachment(pst, names, *subs[nid], depth))

    def attachment(self, pst, names, data, sub, depth):
        pc = pst.pc(data, sub)
        properties = Properties([(i, v.kind, v.data) for i, v in pc.items()], names, ATTACHMENT, self.properties.page)
        payload = pc.get(0x3701)
        if payload is None:
            return properties, b""
        if payload.kind != 13 or len(payload.data) != 8:
            return properties, hashlib.sha256(payload.data).digest()
        inner = pst.subnodes(sub).get(struct.unpack("<I", payload.data[:4])[0], (0, 0))
        if pc[0x3705].data == b"\5\0\0\0" and depth < 40:
            return properties, Item(pst, names, *inner, None, depth + 1)
        return properties, hashlib.sha256(b"".join(pst.tree(inner[0]).leaves)).digest()

    def key(self):
        parts = [r.key() for r in self.recipients]
        for properties, payload in self.attachments:
            parts += [properties.key(), payload.key() if isinstance(payload, Item) else repr(payload)]
        return self.properties.key() + "".join(parts)


def compare_items(a, b, where):
    out = [f"{where}: {d}" for d in differences(a.properties, b.properties)]
    if len(a.recipients) != len(b.recipients) or len(a.attachments) != len(b.attachments):
        return out + [f"{where}: {len(a.recipients)}/{len(a.attachments)} became {len(b.recipients)}/{len(b.attachments)}"]
    for i, (x, y) in enumerate(zip(a.recipients, b.recipients)):
        y = {k: v for k, v in y.items() if k in x or k != 0x0C15}
        out += [f"{where} recipient {i}: {d}" for d in differences(x, y)]
    for i, ((x, p), (y, q)) in enumerate(zip(a.attachments, b.attachments)):
        y = {k: v for k, v in y.items() if k in x or k not in (0x3705, 0x370B)}
        out += [f"{where} attachment {i}: {d}" for d in differences(x, y)]
        if isinstance(p, Item) and isinstance(q, Item):
            out += compare_items(p, q, f"{where}/{i}")
        elif isinstance(p, Item) != isinstance(q, Item) or p != q:
            out.append(f"{where} attachment {i}: payload differs")
    return out


def run(*command, **options):
    """What it prints may hold names in code pages: bytes that are no UTF-8 are replaced."""
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, errors="replace", timeout=600, **options)


def readpst_counts(path, work):
    """{folder: items} and attachment files."""
    out = work / ("readpst-" + path.parent.name)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    done = run("readpst", "-j", "0", "-D", "-S", "-o", out, path)
    counts = collections.Counter()
    for line in done.stdout.splitlines():
        if "items done" in line:
            name = line.strip().rsplit('"', 1)[0].strip('"')
            counts[name] += int(line.rsplit(" items done", 1)[0].rsplit(" ", 1)[1])
    files = sum(1 for f in out.rglob("*") if f.is_file() and "-" in f.name)
    return counts, files


def pffexport_counts(path, work):
    out = work / ("pff-" + path.parent.name)
    for old in work.glob(out.name + "*"):
        shutil.rmtree(old)
    run("pffexport", "-q", "-m", "items", "-t", out, path)
    top = pathlib.Path(str(out) + ".export")
    messages = sum(1 for f in top.rglob("*") if f.is_file() and f.name in
                   {"OutlookHeaders.txt", "Contact.txt", "Appointment.txt", "Task.txt", "Note.txt", "Activity.txt", "DistributionList.txt"})
    attachments = sum(1 for d in top.rglob("Attachments") if d.is_dir() for f in d.iterdir())
    return messages, attachments


def odd_properties(path):
    """Properties of no type in the items of a file."""
    pst = Pst(path)
    for nid, node in pst.nodes.items():
        if nid & 0x1F == 4 and node.data:
            yield from (v for v in pst.pc(node.data, node.sub).values() if v.kind == 0)


EXTRACTOR = """
const { PSTFile } = require('pst-extractor');
const counts = { folders: 0, items: 0, attachments: 0 };
function walk(folder) {
  if (folder.getNodeType() === 3) return; // search folders are not copied
  counts.folders++;
  if (folder.hasSubfolders) for (const f of folder.getSubFolders()) walk(f);
  if (folder.contentCount > 0)
    for (let m = folder.getNextChild(); m != null; m = folder.getNextChild()) {
      counts.items++;
      counts.attachments += m.numberOfAttachments || 0;
    }
}
walk(new PSTFile(process.argv[1]).getRootFolder());
console.log(JSON.stringify(counts));
"""


def sign_header(data):
    struct.pack_into("<I", data, 4, crc(data[8 : 8 + 471]))
    struct.pack_into("<I", data, 524, crc(data[8 : 8 + 516]))


def sign_page(data, at):
    struct.pack_into("<I", data, at + 500, crc(data[at : at + 496]))


def faults(pst):
    """[(rule, function that breaks it)] for one file."""
    message = next(nid for nid, n in pst.nodes.items() if nid & 0x1F == 4 and not n.data & 2)
    block = pst.blocks[pst.nodes[message].data]
    bbt_at = next(p[1] for p in pst.bbt_pages if p[6] == 0)
    nbt_at = next(p[1] for p in pst.nbt_pages if p[6] == 0)

    def header(offset, form, value):
        def change(data):
            struct.pack_into(form, data, offset, value)
            sign_header(data)

        return change

    def page(at, offset, form, value):
        def change(data):
            struct.pack_into(form, data, at + offset, value)
            sign_page(data, at)

        return change

    def in_block(edit):
        def change(data):
            plain = bytearray(pst.block(block.bid))
            edit(plain)
            stored = bytes(plain).translate(PERMUTE)
            data[block.at : block.at + block.size] = stored
            end = block.at + (block.size + 16 + 63) // 64 * 64
            struct.pack_into("<I", data, end - 12, crc(stored))

        return change

    def message_size(plain):
        at = plain.index(struct.pack("<HH", 0x0E08, 3))
        plain[at + 4] ^= 1

    def fill_level(plain):
        plain[8] ^= 1

    def free_count(plain):
        (at,) = struct.unpack_from("<H", plain)
        plain[at + 2] += 1

    def flip(at):
        def change(data):
            data[at] ^= 1

        return change

    table = [
        ("1", "client version", header(12, "<H", 20)), ("2", "header without signature", flip(100)),
        ("4", "free bytes", header(200, "<Q", 64)), ("5", "maps not valid", header(248, "<B", 1)),
        ("6", "next block id", header(516, "<Q", 4)), ("7", "last index", header(44 + 4 * 4, "<I", 0x10000)),
        ("8", "last row version", header(40, "<I", 1)), ("9", "free map in header", header(256, "<B", 0)),
        ("10", "AMap without signature", flip(0x4400 + 400)), ("12", "PMap", page(0x4600, 0, "<B", 0)),
        ("15", "allocated and not used", page(0x4400, 495, "<B", 1)), ("15", "used and not allocated", page(0x4400, 0, "<B", 0)),
        ("16", "entries of a page", page(bbt_at, 489, "<B", 21)), ("17", "references", page(bbt_at, 18, "<H", 7)),
        ("20", "parent of a node", page(nbt_at, 24, "<I", 0x122)), ("21", "block without signature", flip(block.at)),
        ("26", "free allocations", in_block(free_count)), ("27", "fill level", in_block(fill_level)),
        ("38", "message size", in_block(message_size)),
    ]
    out = []
    for rule, name, change in table:
        change.__name__ = name
        out.append((rule, change))
    return out


class CopyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = originals()
        if not cls.files:
            raise unittest.SkipTest("other people's data is not part of the project")
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="mk-pst-copy-"))
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        (cls.work / "copy").mkdir()
        (cls.work / "original").mkdir()
        cls.pairs, cls.exits = [], {}
        for path in cls.files:
            copy = cls.work / "copy" / path.name
            original = cls.work / "original" / path.name
            shutil.copy(path, original)
            done = run(BIN / "mailkeep", "pst", "copy", original, copy)
            cls.exits[path.name] = (done.returncode, done.stderr)
            if copy.exists():
                cls.pairs.append((original, copy))

    def test_every_readable_file_is_copied(self):
        """pypff is the judge of what is readable."""
        import pypff

        copied = {c.name for _, c in self.pairs}
        for path in self.files:
            try:
                pypff.open(str(path))
            except (OSError, SystemError):  # how pypff.open says it
                continue
            with self.subTest(path.name):
                self.assertIn(path.name, copied, self.exits[path.name])
                self.assertEqual(self.exits[path.name][0], 0, self.exits[path.name])

    def test_copies_obey_the_rules(self):
        for _, copy in self.pairs:
            with self.subTest(copy.name):
                self.assertEqual(pst_rules.check(copy), [])

    def test_pypff_finds_the_same_properties(self):
        for original, copy in self.pairs:
            with self.subTest(original.name):
                a, b = Through(original), Through(copy)
                self.assertEqual(self.compare_files(a, b)[:20], [])

    def compare_files(self, a, b):
        left, right = a.folders(), b.folders()
        ours = dict(right)
        found = []
        for path, folder in left:
            if path[:2] == (("Root - Mailbox", 1), ("IPM_SUBTREE", 1)):
                path = path[1:]  # an OST's becomes the copy's own, below the root
            if path not in ours:
                found.append(f"folder {path} is not in the copy")
                continue
            twin = ours.pop(path)
            found += [f"folder {path}: {d}" for d in self.folder_differences(a, b, folder, twin)]
            found += self.compare_messages(a, b, folder, twin, path)
        for path, folder in ours.items():
            if (path[-1][0] if path else "") not in ("Deleted Items", "Search Root") or folder.number_of_sub_items:
                found.append(f"folder {path} is new in the copy")
        return found

    def folder_differences(self, a, b, x, y):
        return differences(a.properties(x, FOLDER), b.properties(y, FOLDER))

    def compare_messages(self, a, b, folder, twin, path):
        def sorted_messages(side, f):
            out = []
            for i in range(f.number_of_sub_messages):
                try:
                    message = f.get_sub_message(i)
                except OSError:  # pypff gives up at a property without a type
                    continue
                out.append((side.properties(message, MESSAGE), message))
            return sorted(out, key=lambda x: x[0].key())

        xs, ys = sorted_messages(a, folder), sorted_messages(b, twin)
        if len(xs) < folder.number_of_sub_messages == len(ys):
            known = {p.key() for p, _ in xs}  # the others are compared through the tests' own parser
            ys = [y for y in ys if y[0].key() in known]
        if len(xs) != len(ys):
            return [f"folder {path}: {len(xs)} messages became {len(ys)}"]
        found = []
        for (p, m), (q, n) in zip(xs, ys):
            found += [f"{path} {m.identifier:#x}: {d}" for d in differences(p, q)]
            if m.number_of_attachments != n.number_of_attachments:
                found.append(f"{path} {m.identifier:#x}: {m.number_of_attachments} attachments became {n.number_of_attachments}")
                continue
            for i, (x, y) in enumerate(zip(m.attachments, n.attachments)):
                px, py = a.properties(x, ATTACHMENT, p.page), b.properties(y, ATTACHMENT, q.page)
                py = {k: v for k, v in py.items() if k in px or k not in (0x3705, 0x370B)}
                found += [f"{path} {m.identifier:#x} attachment {i}: {d}" for d in differences(px, py)]
                if px.get(0x3705, (3, b""))[1] != b"\5\0\0\0" and a.payload(x) != b.payload(y):
                    found.append(f"{path} {m.identifier:#x} attachment {i}: payload differs")
        return found

    def test_parts_that_pypff_does_not_show_are_the_same(self):
        for original, copy in self.pairs:
            with self.subTest(original.name):
                sides = []
                for path in (original, copy):
                    pst = Pst(path)
                    names = pst.names()
                    page = STORE_PAGE.get(path.name) if path == original else None
                    sides.append([Item(pst, names, n.data, n.sub, page) for nid, n in pst.nodes.items() if nid & 0x1F in (4, 8) and n.data
                                  and n.parent in pst.nodes])
                xs, ys = (sorted(s, key=Item.key) for s in sides)
                self.assertEqual(len(xs), len(ys))
                found = [d for i, (x, y) in enumerate(zip(xs, ys)) for d in compare_items(x, y, f"item {i}")]
                self.assertEqual(found[:20], [])

    def test_readpst_counts_the_same(self):
        for original, copy in self.pairs:
            with self.subTest(original.name):
                (a, files_a), (b, files_b) = readpst_counts(original, self.work), readpst_counts(copy, self.work)
                self.assertEqual(files_a, files_b)
                a, b = ({k: v for k, v in side.items() if v} for side in (a, b))
                if original.name in STORE_PAGE:  # it takes all names for Windows-1252
                    a, b = sorted(a.values()), sorted(b.values())
                self.assertEqual(a, b)

    def test_pffexport_counts_the_same(self):
        for original, copy in self.pairs:
            with self.subTest(original.name):
                a, b = pffexport_counts(original, self.work), pffexport_counts(copy, self.work)
                if any(e.kind == 0 for e in odd_properties(original)):
                    self.assertLessEqual(a, b)  # it gives up at items with a property of no type; copies have none
                else:
                    self.assertEqual(a, b)

    def test_pst_extractor_counts_the_same(self):
        if not (NPM / "pst-extractor").is_dir():
            self.skipTest("npm package pst-extractor is not installed")
        for original, copy in self.pairs:
            with self.subTest(original.name):
                a, b = (run("node", "-e", EXTRACTOR, path, cwd=ROOT) for path in (original, copy))
                self.assertTrue(b.stdout, b.stderr[:500])
                if not a.stdout:
                    continue  # it gives up at the original
                a, b = json.loads(a.stdout), json.loads(b.stdout)
                standing = b.pop("folders") - a.pop("folders")
                self.assertIn(standing, (0, 1, 2))  # Deleted Items and Search Root are in every copy
                if original.suffix == ".ost":  # of which it loses most appointments, not of the copy
                    self.assertLess(a["items"], b["items"])
                    a["items"] = sum(f.number_of_sub_messages for _, f in Through(original).folders())
                self.assertEqual(a, b)

    def test_a_damaged_file_gives_what_is_left_and_says_what_is_not(self):
        """One block of a message is damaged: the other messages are copied, exit code 3."""
        source = next((p for p in self.files if p.name.startswith("process-pst__flags_john")), None)
        if source is None:
            self.skipTest("the sample is not here")
        pst = Pst(source)
        nid = next(n for n in pst.nodes if n & 0x1F == 4)
        damaged = self.work / "damaged.pst"
        data = bytearray(source.read_bytes())
        at = pst.blocks[pst.nodes[nid].data].at
        data[at : at + 64] = bytes(64)
        damaged.write_bytes(data)
        copy = self.work / "rescued.pst"
        done = run(BIN / "mailkeep", "pst", "copy", damaged, copy)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(f"{nid:#x}", done.stderr)
        self.assertEqual(pst_rules.check(copy), [])

    def test_the_rules_notice_single_faults(self):
        """Each fault breaks one rule in a copy; everything else is signed again."""
        sample = next((c for _, c in self.pairs if c.name.startswith("tika")), None)
        if sample is None:
            self.skipTest("the sample is not here")
        for rule, fault in faults(Pst(sample)):
            with self.subTest(fault.__name__):
                data = bytearray(sample.read_bytes())
                fault(data)
                broken = self.work / "broken.pst"
                broken.write_bytes(data)
                found = pst_rules.check(broken)
                self.assertTrue(any(f.startswith(f"rule {rule}:") for f in found), found)

    def test_bad_arguments_end_in_one_message(self):
        original, copy = self.pairs[0]
        for arguments in ([original, original], [original, copy], [self.work, self.work / "x.pst"],
                          [pathlib.Path(__file__), self.work / "x.pst"], [original, self.work / "no/such/x.pst"]):
            done = run(BIN / "mailkeep", "pst", "copy", *arguments)
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        self.assertFalse((self.work / "x.pst").exists())


if __name__ == "__main__":
    unittest.main()
