"""Our EML files compared with what readpst and pffexport make of the same PSTs, and what the command promises.

Whatever differs from the other two fails, unless `expected_*` below says why; docs/formats/mime-mapping.md lists it.
"""

import collections
import datetime
import email
import email.policy
import email.utils
import hashlib
import html as html_entities
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import ENRON, SOURCE, run

SHARED = pathlib.Path(os.environ.get("MK_SHARED_DATA", SOURCE / "../shared/data"))
OST = ENRON.parent / "pstextractortest@outlook.com.ost"
SAMPLES = """aspose-c__Outlook aspose-c__Test_part1 aspose-py__test hughbe-hughbe__backup ingest-file__testPST
    hughbe-simiden__2003_compressable-encryption_quickbrownfox process-pst__flags_jane_doe process-pst__flags_john_doe
    process-pst__multiple_to_cc pst2john__2003_high-encryption_quickquick pst2john__2003_no-encryption_quickquick
    pst2john__Outlook_enc pst2john__2k_outlook_qwerty1234 pstsdk__sample1 pstsdk__test_ansi pstsdk__test_unicode
    tika__testPST""".split()


def samples(*more):
    there = [path for path in (SHARED / "pst" / f"{name}.pst" for name in SAMPLES) if path.exists()]
    return there + [path for path in more if path.exists()]


def words(text):
    return " ".join((text or "").replace("\0", "").split())


def digest(data):
    return hashlib.sha256(data).hexdigest()


def addresses(message, field):
    """Of a field, in lower case, without the quotes that some people's programs put around an address."""
    found = [a.addr_spec for value in message.get_all(field, []) for a in value.addresses]
    return sorted(address.lower().strip("'\"") for address in found if "@" in address)


def leaves(message):
    """The parts of a message that hold something; a message inside is one."""
    if message.get_content_type() == "message/rfc822" or not message.is_multipart():
        return [message]
    return [leaf for part in message.get_payload() for leaf in leaves(part)]


def text_of(part):
    data = part.get_payload(decode=True) or b""
    try:
        return data.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return data.decode("latin-1")


def facts(path):
    """What two programs have to agree on."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    try:
        date = email.utils.parsedate_to_datetime(str(message["date"])).timestamp()
    except (TypeError, ValueError):
        date = None
    found = {"subject": words(str(message["subject"] or "")), "date": date}
    found |= {field: addresses(message, field) for field in ("from", "to", "cc")}
    found |= {"text/plain": "", "text/html": "", "attachments": [], "messages": 0}
    for part in leaves(message):
        kind = part.get_content_type()
        if kind == "message/rfc822":
            found["messages"] += 1
        elif part.get_content_maintype() == "multipart":
            continue  # readpst's empty bodies
        elif kind in ("text/calendar", "text/rtf") and part.get_filename() is None:
            continue  # the body once more, in a form that the others do not write
        elif kind.startswith("text/") and part.get_filename() is None and not found.get(kind, True):
            found[kind] = words(text_of(part))
        else:
            found["attachments"].append((words(part.get_filename()), digest(part.get_payload(decode=True) or b"")))
    found["attachments"].sort()
    return found


class Comparison(unittest.TestCase):
    """One PST, exported by us and by somebody else."""

    def setUp(self):
        self.agreed = collections.Counter()
        self.differences = []

    def export(self, pst):
        """Our index lines by folder, in the order of the folder."""
        run("mailkeep", "pst", "export", pst, "--to", self.to / "ours")
        lines = collections.defaultdict(list)
        for line in (self.to / "ours/export.jsonl").read_text().splitlines():
            line = json.loads(line)
            lines[line["folder"]].append(line)
        return lines

    def each_sample(self, compare, *more):
        found = samples(*more)
        if not found:
            self.skipTest("other people's data is not part of the project")
        for pst in found:
            with tempfile.TemporaryDirectory() as directory:
                self.to = pathlib.Path(directory)
                compare(pst)
        print(dict(sorted(self.agreed.items())))
        self.assertFalse(self.differences, "\n" + "\n".join(self.differences))

    def expect(self, key, ours, theirs, where):
        if ours == theirs:
            self.agreed[key] += 1
        else:
            self.differences.append(f"{where}: {key}: we have {str(ours)[:300]}, they have {str(theirs)[:300]}")


def without_own(found):
    """Our encapsulated addresses, which stand for what is no Internet address."""
    return [address for address in found if not address.endswith("@mailkeep.invalid")]


def is_internet(address):
    return re.fullmatch(r"[^\s\"<>@/]+@[^\s\"<>@/]+", address) is not None


def visible(html):
    """The words of HTML that a reader sees, more or less."""
    text = re.sub(r"(?is)<(style|head|script)\b.*?</\1>|<!--.*?-->|<[^>]*>", " ", html)
    return set(re.findall(r"\w{4,}", html_entities.unescape(text)))


def html_of_rtf_fault(found):
    """Neither of the others takes HTML out of an RTF body, as we do: then it has to say what the text says."""
    text = set(re.findall(r"\w{4,}", re.sub(r"<[^<>]*>|\S+://\S+", " ", found["text/plain"])))
    missing = text - visible(found["text/html"])
    return f"HTML made of RTF lacks {sorted(missing)[:9]}" if len(missing) > 0.05 * len(text) else None


@unittest.skipUnless(shutil.which("readpst"), "readpst is not here")
class Readpst(Comparison):
    def compare(self, pst):
        lines = self.export(pst)
        (self.to / "theirs").mkdir()
        command = ["readpst", "-j", "0", "-e", "-8", "-D", "-b", "-q", "-te", "-o", self.to / "theirs", pst]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        ours = collections.defaultdict(list)  # readpst calls the top folder by the name of the store
        for folder, items in lines.items():
            below = folder.removeprefix("Root - Mailbox/").partition("/")[2]
            ours[below] += [facts(self.to / "ours" / i["file"]) for i in items if i["file"].endswith(".eml")]
        for path in (self.to / "theirs").rglob("*.eml"):
            theirs = facts(path)
            if not theirs["subject"] and theirs["date"] is None and not theirs["from"]:
                continue  # readpst writes a file with nothing in it for search folders and the like
            below = "/".join(path.relative_to(self.to / "theirs").parts[1:-1])
            self.compare_with_best(ours[below], theirs, f"{pst.name} {below}/{path.name}")

    def compare_with_best(self, candidates, theirs, where):
        same = [i for i in candidates if i["subject"] == theirs["subject"]]
        if not same:
            self.differences.append(f"{where}: we have no {theirs['subject']!r}")
            return
        mine = max(same, key=lambda i: sum(i[key] == theirs[key] for key in theirs))
        candidates.remove(mine)
        self.compare_message(mine, theirs, where)

    def compare_message(self, ours, theirs, where):
        if theirs["date"] is not None:  # of what was never sent or delivered we give the time of creation
            self.expect("date", ours["date"], theirs["date"], where)
        if ours["text/html"] and not theirs["text/html"]:
            self.expect("text/html of RTF", html_of_rtf_fault(ours), None, where)
        else:
            self.expect("text/html", ours["text/html"], theirs["text/html"], where)
        for key in ("subject", "text/plain", "messages"):
            self.expect(key, ours[key], theirs[key], where)
        for key in ("from", "to", "cc"):
            self.expect(key, without_own(ours[key]), [a for a in theirs[key] if is_internet(a)], where)
        self.expect("attachments", sorted(data for _, data in ours["attachments"]),
                    sorted(data for _, data in theirs["attachments"]), where)
        for (mine, _), (name, _) in zip(ours["attachments"], theirs["attachments"]):
            self.expect("file names", mine.startswith(name), True, where)  # readpst cuts them at a bracket

    def test_samples(self):
        self.each_sample(self.compare, ENRON)


def key_values(path):
    """`Name:   value` lines of pffexport, the first of each name."""
    found = {}
    for line in path.read_text("utf-8", "replace").splitlines():
        name, _, value = line.partition(":")
        found.setdefault(name.strip(), value.strip())
    return found


def recipients(path):
    """(type, address) of Recipients.txt; a blank line ends each."""
    text = path.read_text("utf-8", "replace") if path.exists() else ""
    blocks = [dict((part.strip() for part in line.split(":", 1)) for line in block.splitlines() if ":" in line)
              for block in text.split("\n\n")]
    return [(b.get("Recipient type", ""), b.get("Email address", "").lower()) for b in blocks if b]


@unittest.skipUnless(shutil.which("pffexport"), "pffexport is not here")
class Pffexport(Comparison):
    def compare(self, pst):
        lines = self.export(pst)
        command = ["pffexport", "-q", "-m", "items", "-f", "all", "-t", self.to / "theirs", pst]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        missing = 0
        for folder, items in lines.items():
            items = [i for i in items if i["class"] not in self.LEFT_OUT]
            found = [d for d in (self.to / "theirs.export" / folder).glob("*[0-9][0-9][0-9][0-9][0-9]") if d.is_dir()]
            missing += len(items) - len(found)
            if len(items) != len(found):
                continue
            for item, theirs in zip(items, sorted(found, key=lambda d: int(d.name[-5:]))):
                if theirs.name.startswith("Message"):
                    self.compare_message(facts(self.to / "ours" / item["file"]), theirs, f"{pst.name} {item['file']}")
        unreadable = done.stderr.count("libpff_item_determine_type: unable to retrieve record entry")
        self.expect("files", missing, unreadable, f"{pst.name}, items that pffexport cannot read")
        self.agreed["items that pffexport cannot read"] += missing

    def compare_message(self, ours, directory, where):
        fields = key_values(directory / "OutlookHeaders.txt")
        self.expect("subject", ours["subject"], words(fields.get("Subject")), where)
        self.expect("date", ours["date"], self.date(fields), where)
        sender = fields.get("Sent representing email address") or fields.get("Sender email address") or ""
        self.compare_addresses("from", ours["from"], [sender.lower()], where)
        people = recipients(directory / "Recipients.txt")
        for key, kind in (("to", "To"), ("cc", "CC")):
            self.compare_addresses(key, ours[key], [address for k, address in people if k == kind], where)
        bodies = {key: self.text(directory / name) for key, name in self.BODIES.items()}
        only_rtf = not bodies["text/plain"] and (directory / "Message.rtf").exists()
        self.expect("text/plain", "" if only_rtf else ours["text/plain"], bodies["text/plain"], where)
        if ours["text/html"] and not bodies["text/html"]:
            self.assertTrue((directory / "Message.rtf").exists(), where)
            self.expect("text/html of RTF", html_of_rtf_fault(ours), None, where)
        else:
            self.expect("text/html", ours["text/html"], bodies["text/html"], where)
        files = [p for p in (directory / "Attachments").glob("*") if p.is_file()]
        self.expect("attachments", sorted(data for _, data in ours["attachments"]),
                    sorted(digest(p.read_bytes()) for p in files), where)
        inside = [p for p in (directory / "Attachments").glob("*/Message*") if p.is_dir()]
        self.expect("messages", ours["messages"], len(inside), where)

    def compare_addresses(self, key, ours, theirs, where):
        """pffexport gives the address as it is stored: an Exchange address says nothing of the SMTP address, which we
        take from its own property; what is neither we encapsulate."""
        internet = sorted(a.strip("'") for a in theirs if is_internet(a))
        others = [a for a in theirs if a and not is_internet(a)]
        self.expect(key, sorted(set(internet) - set(ours)), [], where)
        self.assertLessEqual(len(set(ours) - set(internet)), len(others), f"{where}: {key} {ours} {theirs}")

    LEFT_OUT = {"IPM.Microsoft.ScheduleData.FreeBusy", "IPM.Post"}
    BODIES = {"text/plain": "Message.txt", "text/html": "Message.html"}

    @staticmethod
    def text(path):
        data = path.read_bytes() if path.exists() else b""
        try:
            return words(data.decode())
        except UnicodeDecodeError:
            return words(data.decode("cp1252", "replace"))

    @staticmethod
    def date(fields):
        text = fields.get("Client submit time") or fields.get("Delivery time") or fields.get("Creation time")
        if not text:
            return None
        moment = datetime.datetime.strptime(text.partition(".")[0].removesuffix(" UTC"), "%b %d, %Y %H:%M:%S")
        return moment.replace(tzinfo=datetime.timezone.utc).timestamp()

    def test_samples(self):
        # The OST's few mails are invitations, for which readpst has ways of its own.
        self.each_sample(self.compare, ENRON, OST)


class Command(unittest.TestCase):
    def setUp(self):
        if not ENRON.exists():
            self.skipTest("other people's data is not part of the project")
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.to = pathlib.Path(self.directory.name, "out")

    def test_every_file_is_in_the_index_and_the_same_each_time(self):
        contents = []
        for name in ("first", "second"):
            to = self.to / name
            run("mailkeep", "pst", "export", ENRON, "--to", to)
            contents.append({str(p.relative_to(to)): p.read_bytes() for p in to.rglob("*") if p.is_file()})
        self.assertEqual(contents[0], contents[1])
        lines = [json.loads(line) for line in contents[0].pop("export.jsonl").decode().splitlines()]
        self.assertEqual({line["file"] for line in lines}, set(contents[0]))
        self.assertEqual(len(lines), 71)

    def test_a_folder(self):
        listed = run("mailkeep", "pst", "ls", "--json", ENRON).stdout.splitlines()
        folders = [json.loads(line) for line in listed if '"parent"' in line]
        chosen = max(folders, key=lambda f: f["items"])
        run("mailkeep", "pst", "export", "--to", self.to, "--folder", chosen["path"], ENRON)
        lines = [json.loads(line) for line in (self.to / "export.jsonl").read_text().splitlines()]
        self.assertEqual(len(lines), chosen["items"])
        self.assertEqual({line["folder"] for line in lines}, {chosen["path"]})

    def test_what_is_there_stays(self):
        self.to.mkdir()
        (self.to / "mine").write_text("mine")
        done = run("mailkeep", "pst", "export", ENRON, "--to", self.to, expect=2)
        self.assertIn("not an empty directory", done.stderr)
        self.assertEqual([p.name for p in self.to.iterdir()], ["mine"])
        done = run("mailkeep", "pst", "export", ENRON, "--to", self.to / "mine", expect=2)
        self.assertIn("not an empty directory", done.stderr)

    def test_damaged_items_are_named_and_the_rest_goes_on(self):
        data = bytearray(ENRON.read_bytes())
        at = len(data) // 2
        data[at : at + 65536] = bytes(65536)  # attachments, mostly
        damaged = pathlib.Path(self.directory.name, "damaged.pst")
        damaged.write_bytes(data)
        done = run("mailkeep", "pst", "export", damaged, "--to", self.to, expect=3)
        lines = [json.loads(line) for line in (self.to / "export.jsonl").read_text().splitlines()]
        bad = [line for line in lines if "error" in line]
        self.assertEqual(len(lines), 71)
        self.assertTrue(1 <= len(bad) <= 5, bad)
        for line in bad:
            self.assertNotIn("file", line)
            self.assertIn(f"skipped {line['item']} in {line['folder']}: ", done.stderr)
        self.assertEqual(len(list(self.to.rglob("*.eml"))), 71 - len(bad))

    def test_wrong_folder(self):
        done = run("mailkeep", "pst", "export", ENRON, "--to", self.to, "--folder", "No such", expect=2)
        self.assertIn("No such", done.stderr)
        self.assertFalse(self.to.exists())


if __name__ == "__main__":
    unittest.main()
