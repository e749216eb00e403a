"""Our iCalendar and vCard files judged by other people's parsers: python3-icalendar, python3-vobject, python3-dateutil.

The files in src/mime/testdata/calendar are what the unit tests make of the worked examples of [MS-OXOCAL] 4.1; which
occurrences those series have was worked out by hand from the text of the specification. Series of a real mailbox are
compared with the sentence that Outlook itself put into their bodies.
"""

import collections
import datetime
import io
import os
import pathlib
import re
import tempfile
import unittest

from harness import SOURCE, run

try:
    import dateutil.rrule
    import dateutil.tz
    import icalendar
    import vobject
except ImportError as missing:
    print(f"skipped: {missing}")
    raise SystemExit(77)

SHARED = pathlib.Path(os.environ.get("MK_SHARED_DATA", SOURCE / "../shared/data"))
OST = SOURCE / "node_modules/pst-extractor/example/testdata/pstextractortest@outlook.com.ost"
GOLDEN = SOURCE / "src/mime/testdata/calendar"
UTC = datetime.timezone.utc


class Calendar:
    """An iCalendar file, its zones and its series; times come out in UTC, whole days as dates."""

    def __init__(self, path):
        self.text = path.read_bytes().decode()
        self.calendar = icalendar.Calendar.from_ical(self.text)
        zones = re.search(r"BEGIN:VTIMEZONE.*END:VTIMEZONE", self.text, re.S)
        self.zones = dateutil.tz.tzical(io.StringIO(zones.group(0).replace("\r\n ", ""))) if zones else None

    def events(self):
        return [part for part in self.calendar.walk() if part.name == "VEVENT"]

    def moment(self, prop):
        value = prop.dt
        if not isinstance(value, datetime.datetime):
            return value
        if "TZID" in prop.params:
            value = value.replace(tzinfo=self.zones.get(prop.params["TZID"]))
        return value

    @staticmethod
    def comparable(moment):
        return moment.astimezone(UTC) if isinstance(moment, datetime.datetime) else moment

    def occurrences(self, most=1000):
        """[(start, summary)] of the series with its exceptions, in order."""
        master = next(e for e in self.events() if "RECURRENCE-ID" not in e)
        start = self.moment(master["DTSTART"])
        whole_days = not isinstance(start, datetime.datetime)
        begin = datetime.datetime.combine(start, datetime.time()) if whole_days else start
        rule = dateutil.rrule.rrulestr(master["RRULE"].to_ical().decode(), dtstart=begin)
        found = {}
        for moment in rule:
            found[self.comparable(moment.date() if whole_days else moment)] = str(master["SUMMARY"])
            if len(found) == most:
                break
        deleted = master.get("EXDATE", [])
        for prop in deleted if isinstance(deleted, list) else [deleted]:
            for value in prop.dts:
                value.params = prop.params
                del found[self.comparable(self.moment(value))]
        for event in self.events():
            if "RECURRENCE-ID" in event:
                del found[self.comparable(self.moment(event["RECURRENCE-ID"]))]
                found[self.comparable(self.moment(event["DTSTART"]))] = str(event["SUMMARY"])
        return sorted(found.items())


def utc(year, month, day, hour):
    return datetime.datetime(year, month, day, hour, tzinfo=UTC)


class WorkedExamples(unittest.TestCase):
    def test_weekly_with_exception(self):
        """[MS-OXOCAL] 4.1.1.2: Mondays, Thursdays and Fridays at 10:00 Pacific time, 12 times from 2007-03-26; that of
        April 16 moved to 11:00. Summer time began on March 11, so 10:00 is 17:00 UTC."""
        calendar = Calendar(GOLDEN / "weekly_with_exception.ics")
        days = [(3, 26), (3, 29), (3, 30), (4, 2), (4, 5), (4, 6), (4, 9), (4, 12), (4, 13), (4, 16), (4, 19), (4, 20)]
        expected = [(utc(2007, month, day, 17), "Simple Recurrence") for month, day in days]
        expected[9] = (utc(2007, 4, 16, 18), "Simple Recurrence with exceptions")
        self.assertEqual(expected, calendar.occurrences())
        moved = next(e for e in calendar.events() if "RECURRENCE-ID" in e)
        self.assertEqual("34/4141", str(moved["LOCATION"]))
        self.assertEqual("Only today.", str(moved["DESCRIPTION"]))
        master = next(e for e in calendar.events() if "RECURRENCE-ID" not in e)
        self.assertEqual("Bring the plan; all of it.", str(master["DESCRIPTION"]))
        people = {str(a): (a.params["CN"], a.params["ROLE"], a.params["PARTSTAT"]) for a in master["ATTENDEE"]}
        self.assertEqual(("Babbage, Charles", "REQ-PARTICIPANT", "ACCEPTED"), people["mailto:charles@example.test"])
        self.assertEqual(("Room 1", "NON-PARTICIPANT", "NEEDS-ACTION"), people["mailto:room@example.test"])

    def test_daily_until(self):
        """[MS-OXOCAL] 4.1.1.3: every three days from 2011-04-07 to 05-04 at 8:00, without April 19 and 22."""
        days = [(4, 7), (4, 10), (4, 13), (4, 16), (4, 25), (4, 28), (5, 1), (5, 4)]
        expected = [(utc(2011, month, day, 15), "Simple Recurrence") for month, day in days]
        self.assertEqual(expected, Calendar(GOLDEN / "daily_until.ics").occurrences())


    def test_whole_day(self):
        event = Calendar(GOLDEN / "whole_day.ics").events()[0]
        self.assertEqual((datetime.date(2026, 11, 22), datetime.date(2026, 11, 23)),
                         (event["DTSTART"].dt, event["DTEND"].dt))

    def test_task(self):
        task = next(t for t in Calendar(GOLDEN / "task.ics").calendar.walk() if t.name == "VTODO")
        self.assertEqual((datetime.date(2026, 11, 22), datetime.date(2026, 11, 24)), (task["DTSTART"].dt, task["DUE"].dt))
        self.assertEqual(("Water the plants", "IN-PROCESS", 25),
                         (str(task["SUMMARY"]), str(task["STATUS"]), int(task["PERCENT-COMPLETE"])))


class RealMailboxes(unittest.TestCase):
    def export(self, source):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        to = pathlib.Path(directory.name, "out")
        run("mailkeep", "pst", "export", source, "--to", to, expect=None)
        return to

    def setUp(self):
        if not OST.exists() or not SHARED.exists():
            self.skipTest("other people's data is not part of the project")

    def test_series_are_those_that_outlook_describes(self):
        said = re.compile(r"Occurs every (\w+) effective (\S+) until (\S+) from (\S+ [AP]M) to (\S+ [AP]M)")
        compared = 0
        for path in self.export(OST).rglob("*.ics"):
            calendar = Calendar(path)
            words = said.search(" ".join(str(calendar.events()[0].get("DESCRIPTION", "")).split()))
            if words is None:
                continue
            day, first, last, begins, _ = words.groups()
            found = [moment for moment, _ in calendar.occurrences()]
            zone = calendar.zones.get()
            local = [moment.astimezone(zone) for moment in found]
            self.assertEqual(datetime.datetime.strptime(first, "%m/%d/%Y").date(), local[0].date())
            self.assertEqual(datetime.datetime.strptime(last, "%m/%d/%Y").date(), local[-1].date())
            self.assertEqual({datetime.datetime.strptime(begins, "%I:%M %p").time()}, {m.time() for m in local})
            step = datetime.timedelta(days=1 if day == "day" else 7)
            self.assertEqual({step}, {b - a for a, b in zip(local, local[1:])})
            compared += 1
        self.assertEqual(2, compared)

    def test_holidays_fall_on_their_days(self):
        """The holidays that Outlook adds: what every calendar on the wall says of them."""
        known = {"Christmas Day": (12, 25), "New Year's Day": (1, 1), "Valentine's Day": (2, 14), "Halloween": (10, 31),
                 "Independence Day": (7, 4), "St. Patrick's Day": (3, 17), "New Year's Eve": (12, 31)}
        found = set()
        for path in self.export(OST).rglob("*.ics"):
            if "RRULE" not in path.read_text().split("END:VTIMEZONE")[-1]:
                continue
            for moment, summary in Calendar(path).occurrences(5):
                if summary in known:
                    self.assertEqual(known[summary], (moment.month, moment.day), summary)
                    found.add(summary)
        self.assertEqual(set(known), found)

    def test_every_file_is_read_by_others(self):
        counts = collections.Counter()
        for source in [*sorted((SHARED / "pst").glob("*.pst")), OST]:
            to = self.export(source)
            for path in [*to.rglob("*.ics"), *to.rglob("*.vcf")]:
                data = path.read_bytes()
                self.assertLessEqual(max(map(len, data.split(b"\r\n"))), 75, path)
                vobject.readOne(data.decode())
                counts[path.suffix] += 1
                if path.suffix == ".vcf":
                    continue
                for part in icalendar.Calendar.from_ical(data).walk():
                    self.assertFalse(getattr(part, "errors", []), path)
        print(dict(counts))
        self.assertGreater(counts[".ics"], 150)
        self.assertGreater(counts[".vcf"], 90)

    def test_a_contact(self):
        to = self.export(SHARED / "pst/aspose-py__test.pst")
        card = vobject.readOne(next(to.rglob("Saqib*.vcf")).read_text())
        self.assertEqual(("Saqib", "Razzaq"), (card.n.value.given, card.n.value.family))
        self.assertEqual("saqib.razzaq@xp.local", card.email.value)
        self.assertEqual(["Aspose"], card.org.value)
        numbers = {"/".join(tel.params["TYPE"]): tel.value for tel in card.tel_list}
        self.assertEqual({"WORK/VOICE": "1110001234", "HOME/VOICE": "1112223333", "CELL": "3334443333"}, numbers)

    def test_a_distribution_list(self):
        to = self.export(SHARED / "pst/java-libpst__passworded.pst")
        card = vobject.readOne(next(to.rglob("test dist list*.vcf")).read_text())
        self.assertEqual("group", card.kind.value)
        members = [(m.params["X-CN"][0], m.value) for m in card.member_list]
        self.assertEqual([("contact name 1", "mailto:contact1@rjohnson.id.au"),
                          ("dist name 1", "mailto:dist1@rjohnson.id.au"),
                          ("dist name 2", "mailto:dist2@rjohnson.id.au")], members)


if __name__ == "__main__":
    unittest.main()
