"""`mailkeep pst tree`, `dump` of the lower layers, `copy --where`, `merge` and `split` on real files, judged by pypff,
readpst and pst_rules.py: parts together hold exactly the original's items, a merge holds the sum, --where takes what
pypff says, every written file obeys the rules, the same command gives the same bytes, and damage crashes nothing."""

import collections
import datetime
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import pst_rules

try:
    import pypff
except ImportError:
    raise SystemExit(77)

ROOT = pathlib.Path(os.environ.get("MK_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
BIN = pathlib.Path(os.environ.get("MK_BIN", ROOT / "build/dev/bin"))
SHARED = pathlib.Path(os.environ.get("MK_SHARED_DATA", ROOT / "../shared/data")) / "pst"
NPM = ROOT / "node_modules/pst-extractor/example/testdata"
ENRON = NPM / "enron.pst"
JAPANESE = "pst-extractor__contacts97-2002.pst"


def mailkeep(*arguments, expect=0):
    done = subprocess.run([str(BIN / "mailkeep"), "pst", *map(str, arguments)], capture_output=True, text=True,
                          errors="replace", timeout=300, check=False)
    if expect is not None and done.returncode != expect:
        raise AssertionError(f"{arguments} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def messages(path):
    """[(folder path, pypff message)] of all normal items."""
    file = pypff.file()
    file.set_ascii_codepage("cp932" if path.name == JAPANESE else "cp1252")
    file.open(str(path))
    out = []

    def walk(folder, names):
        if folder.identifier & 0x1F == 3:
            return
        for i in range(folder.number_of_sub_messages):
            out.append((names, folder.get_sub_message(i)))
        for sub in folder.sub_folders:
            walk(sub, names + (sub.name or "",))

    walk(file.root_folder, ())
    messages.open_file = file  # pypff's objects do not keep their file
    return out


def text(entry, page="cp1252"):
    """A string without subject mark and terminator, and only its ASCII characters: code pages become UTF-16."""
    value = (entry.data or b"").decode("utf-16-le" if entry.value_type == 0x1F else page, "replace")
    value = value[2:] if value[:1] == "\1" else value
    return "".join(c for c in value if " " <= c <= "~")


def entries(message):
    return [e for s in message.record_sets for e in s.entries]


def facts(message, page="cp1252"):
    values = {}
    for e in entries(message):
        if e.entry_type in (0x0037, 0x0C1F, 0x1035, 0x1000):
            values[e.entry_type] = text(e, page)[:200]
        if e.entry_type in (0x0E06, 0x0039):
            values[e.entry_type] = (e.data or b"").hex()
    return tuple(sorted(values.items())) + (message.number_of_attachments,)


def items(path):
    """A multiset of folder and content, by which items of two files are compared."""
    page = "cp932" if path.name == JAPANESE else "cp1252"
    # the mailbox of an OST is at the top of its copies
    place = lambda names: names[1:] if names[:2] == ("Root - Mailbox", "IPM_SUBTREE") else names
    return collections.Counter((place(names), facts(m, page)) for names, m in messages(path))


def readpst_count(path):
    with tempfile.TemporaryDirectory() as out:
        subprocess.run(["readpst", "-q", "-j", "0", "-D", "-e", "-o", out, str(path)], capture_output=True, check=True)
        return sum(1 for _ in pathlib.Path(out).rglob("*.eml"))


def readable():
    """Samples that mailkeep and pypff open, the large ones left out."""
    found = sorted(SHARED.glob("*.pst")) + sorted(NPM.glob("*.[po]st"))
    for path in found:
        if path.stat().st_size < 20_000_000 and mailkeep("info", path, expect=None).returncode == 0:
            try:
                messages(path)
            except (OSError, SystemError):
                continue
            yield path


class Tools(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not ENRON.exists():
            raise unittest.SkipTest("other people's data is not part of the project")

    def setUp(self):
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="mk-pst-tools-"))
        self.addCleanup(shutil.rmtree, self.work, ignore_errors=True)

    def check_rules(self, *paths):
        for path in paths:
            self.assertEqual(pst_rules.check(path), [], path.name)

    def parts_of(self, name):
        listed = json.loads((self.work / (name + ".parts.json")).read_text())
        for part in listed["parts"]:
            data = (self.work / part["file"]).read_bytes()
            self.assertEqual((part["bytes"], part["sha256"]), (len(data), hashlib.sha256(data).hexdigest()))
        return listed, [self.work / p["file"] for p in listed["parts"]]

    def test_tree_counts_what_pypff_counts(self):
        for path in readable():
            with self.subTest(path.name):
                lines = [json.loads(x) for x in mailkeep("tree", "--json", path).stdout.splitlines()]
                self.assertEqual(sum(x["items"] for x in lines), len(messages(path)))
        text = mailkeep("tree", ENRON).stdout.splitlines()
        self.assertEqual(text[-1].split(), ["71", "0", "0", "12503868", "in", "9", "folders"])

    def test_parts_hold_exactly_the_items_of_the_original(self):
        for path in readable():
            with self.subTest(path.name):
                before = items(path)
                for by in ("size", "year", "folder"):
                    name = f"{by}-x"
                    mailkeep("split", path, "--to", self.work / f"{name}.pst", "--by", by, "--size", "1MB", "--force")
                    listed, parts = self.parts_of(name)
                    self.assertEqual(listed["by"], by)
                    self.assertEqual(sum((items(p) for p in parts), collections.Counter()), before)
                    for entry, part in zip(listed["parts"], parts):
                        self.assertTrue(part.stat().st_size <= 1_000_000 or
                                        (entry["oversized"] and entry["items"] + entry["associated"] == 1), entry)
                        self.assertEqual(entry["items"], sum(items(part).values()))
                    self.check_rules(*parts)
                    for left in self.work.iterdir():
                        self.assertIn(left.suffix, (".pst", ".json"), left)

    def test_parts_have_all_folders_and_other_readers_count_the_same(self):
        mailkeep("split", ENRON, "--to", self.work, "--size", "2MB")
        _, parts = self.parts_of("enron")
        self.assertEqual(len(parts), 5)
        whole = [json.loads(x)["path"] for x in mailkeep("tree", "--json", ENRON).stdout.splitlines()]
        for part in parts:
            here = [json.loads(x)["path"] for x in mailkeep("tree", "--json", part).stdout.splitlines()]
            self.assertEqual(sorted(here), sorted(whole))
        self.assertEqual(sum(map(readpst_count, parts)), readpst_count(ENRON))

    def test_years_are_those_of_the_items(self):
        mailkeep("split", ENRON, "--to", self.work, "--by", "year")
        listed, parts = self.parts_of("enron")
        for entry, part in zip(listed["parts"], parts):
            for _, m in messages(part):
                self.assertEqual(entry["label"], str((m.delivery_time or m.client_submit_time).year))
            self.assertEqual({entry["first"][:4], entry["last"][:4]}, {entry["label"]})

    def test_a_merge_of_the_parts_is_the_original_again(self):
        mailkeep("split", ENRON, "--to", self.work, "--size", "2MB")
        _, parts = self.parts_of("enron")
        merged, once = self.work / "merged.pst", self.work / "once.pst"
        mailkeep("merge", *parts, "--to", merged)
        self.assertEqual(items(merged), items(ENRON))
        mailkeep("merge", ENRON, *parts, "--to", once, "--skip-duplicates")
        self.assertEqual(items(once), items(ENRON))
        self.check_rules(merged, once)

    def test_a_merge_holds_the_sum(self):
        others = [p for p in readable() if p != ENRON][:6] + [ENRON]
        if len(others) < 2:
            self.skipTest("one file is no merge")
        merged = self.work / "merged.pst"
        mailkeep("merge", *others, "--to", merged)
        facts_of = lambda path: collections.Counter(f for _, f in items(path).elements())
        self.assertEqual(len(messages(merged)), sum(len(messages(p)) for p in others))
        self.assertEqual(set(facts_of(merged)) >= set(facts_of(ENRON)), True)
        self.check_rules(merged)

    def test_where_takes_what_pypff_says(self):
        every = [(names, m.delivery_time or m.client_submit_time, m) for names, m in messages(ENRON)]
        def sender(m):
            return [text(e).lower() for e in entries(m)
                    if e.entry_type in (0x0C1A, 0x0C1F, 0x5D01, 0x0042, 0x0065, 0x5D02)]

        day = datetime.datetime(2001, 5, 1)
        expected = {
            ("since=2001-05-01",): sum(t >= day for _, t, _ in every),
            ("before=2001-05-01",): sum(t < day for _, t, _ in every),
            ("folder=lokay-m/MLOKAY (Non-Privileged)/Personal",): sum(n[-1] == "Personal" for n, _, _ in every),
            ("folder=Top of Personal Folders/lokay-m",): len(every),
            ("from=*@enron.com",): sum(any(s.endswith("@enron.com") for s in sender(m)) for _, _, m in every),
            ("class=IPM.Note",): len(every),
            ("class=IPM.Contact",): 0,
            ("since=2001-05-01", "from=*@enron.com"): sum(
                t >= day and any(s.endswith("@enron.com") for s in sender(m)) for _, t, m in every),
        }
        self.assertTrue(0 < expected[("from=*@enron.com",)] < len(every))
        for terms, count in expected.items():
            with self.subTest(terms):
                to = self.work / "chosen.pst"
                options = [x for t in terms for x in ("--where", t)]
                mailkeep("copy", ENRON, to, "--force", *options)
                self.assertEqual(len(messages(to)), count)
                self.check_rules(to)

    def test_the_same_command_gives_the_same_bytes(self):
        terms = ["--where", "since=2001-01-01", "--where", "from=*@enron.com", "--where", "folder=lokay-m"]
        turned = terms[4:] + terms[2:4] + terms[:2]
        for a, b in ((terms, terms), (terms, turned)):
            for name, options in (("a", a), ("b", b)):
                (self.work / name).mkdir(exist_ok=True)
                mailkeep("copy", ENRON, self.work / name / "x.pst", "--force", *options)
            self.assertEqual((self.work / "a/x.pst").read_bytes(), (self.work / "b/x.pst").read_bytes())
        for name in ("c", "d"):
            mailkeep("split", ENRON, "--to", self.work / name, "--size", "1MB")
        files = sorted(p.name for p in (self.work / "c").iterdir())
        self.assertEqual(files, sorted(p.name for p in (self.work / "d").iterdir()))
        for name in files:
            self.assertEqual((self.work / "c" / name).read_bytes(), (self.work / "d" / name).read_bytes(), name)

    def test_an_interrupted_split_leaves_only_partial_files(self):
        for delay in (0.05, 0.15, 0.3):
            out = self.work / str(delay)
            child = subprocess.Popen([BIN / "mailkeep", "pst", "split", ENRON, "--to", out, "--size", "1MB"],
                                     stdout=subprocess.DEVNULL)
            time.sleep(delay)
            child.send_signal(signal.SIGKILL)
            child.wait()
            left = [p.name for p in out.iterdir()] if out.is_dir() else []
            if f"{ENRON.stem}.parts.json" in left or any(n.endswith(".pst") for n in left):
                continue  # it was done, or giving names
            self.assertTrue(all(n.endswith(".partial") for n in left), left)

    def test_dump_shows_every_layer_of_every_form(self):
        for path in readable():
            with self.subTest(path.name):
                header = mailkeep("dump", path, "--header").stdout
                self.assertIn("BREFNBT", header)
                at = header.split("BREFNBT", 1)[1].split("ib ", 1)[1].split()[0]
                page = mailkeep("dump", path, "--page", at, "--hex").stdout
                self.assertIn("ptypeNBT", page)
                node = mailkeep("dump", path, "--node", "0x122").stdout
                for word in ("BLOCKTRAILER", "HNHDR", "HNPAGEMAP", "BTHHEADER", "0x3001"):
                    self.assertIn(word, node)
                table = mailkeep("dump", path, "--node", "12d").stdout
                for word in ("TCINFO", "TCOLDESC", "TCROWID"):
                    self.assertIn(word, table)
                self.assertNotIn("damage:", header + page + node + table)
                self.assertIn("PC BTH record", mailkeep("dump", path, "--property", "0x122:3001").stdout)

    def test_dump_gives_the_bytes_that_pypff_gives(self):
        for names, m in messages(ENRON)[:20]:
            subject = next((e.data for e in entries(m) if e.entry_type == 0x0037 and e.data), b"")
            text = mailkeep("dump", ENRON, "--property", f"{m.identifier:#x}:0x0037001f", "--hex").stdout
            ours = "".join(line[12:59].replace(" ", "") for line in text.splitlines() if line.startswith("  0000"))
            # a terminator that a third-party writer left in is no part of the text
            self.assertEqual(ours, subject.hex().removesuffix("0000"), text)

    def test_bad_terms_and_sizes_are_named(self):
        to = self.work / "x.pst"
        for options, word in ((["--where", "colour=red"], "colour"), (["--where", "folder=Nowhere"], "Nowhere"),
                              (["--where", "since=soon"], "soon"), (["--split", "51GiB"], "51GiB"),
                              (["--split", "much"], "much")):
            done = mailkeep("copy", ENRON, to, *options, expect=2)
            self.assertIn(word, done.stderr)
            self.assertFalse(to.exists())
        mailkeep("copy", ENRON, to)
        for command in (["copy", to, to], ["split", to, "--to", to], ["merge", ENRON, ENRON, "--to", self.work / "y.pst"],
                        ["merge", ENRON, to, "--to", to], ["dump", ENRON, "--node", "x"]):
            self.assertEqual(len(mailkeep(*command, expect=2).stderr.strip().splitlines()), 1, command)

    def test_damage_crashes_nothing(self):
        source = bytearray(ENRON.read_bytes()[:3_000_000])
        rng = random.Random(7)
        for round_number in range(12):
            data = bytearray(source)
            for _ in range(400 if round_number else 0):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            damaged = self.work / "damaged.pst"
            damaged.write_bytes(data if round_number % 3 else ENRON.read_bytes()[: 700_000 * (1 + round_number)])
            out = self.work / "out"
            for command in (["tree", damaged], ["dump", damaged, "--header"], ["dump", damaged, "--page", "4400"],
                            ["dump", damaged, "--node", "0x8022"], ["dump", damaged, "--block", "0x38", "--hex"],
                            ["dump", damaged, "--property", "0x21:3001"],
                            ["copy", damaged, out / "c.pst", "--force", "--where", "class=IPM"],
                            ["merge", damaged, ENRON, "--to", out / "m.pst", "--force"],
                            ["split", damaged, "--to", out, "--force", "--by", "year"]):
                out.mkdir(exist_ok=True)
                done = mailkeep(*command, expect=None)
                self.assertIn(done.returncode, range(8), (command, done.stderr[-300:]))
                self.assertNotIn("bug in mailkeep", done.stderr)

    def test_damaged_items_are_skipped_and_named(self):
        damaged = self.work / "damaged.pst"
        plain = self.work / "plain.pst"
        mailkeep("copy", ENRON, plain, "--plain")
        data = bytearray(plain.read_bytes())
        at = data.find("Power Mart".encode("utf-16-le"))
        self.assertGreater(at, 0)
        data[at] ^= 1
        damaged.write_bytes(data)
        done = mailkeep("merge", damaged, ENRON, "--to", self.work / "m.pst", expect=3)
        self.assertRegex(done.stderr, r"skipped 0x[0-9a-f]+ in .*damaged\.pst: Top of Outlook data file/|skipped 0x")
        self.assertEqual(len(messages(self.work / "m.pst")), 2 * 71 - 1)


if __name__ == "__main__":
    unittest.main()
