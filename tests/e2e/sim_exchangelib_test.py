"""mailkeep-sim as python3-exchangelib sees it, which shares no code with us: Basic authentication and impersonation,
walking folders, synchronising, MIME, creating, updating, moving, deleting, exporting and uploading."""

import base64
import unittest

import exchangelib
import exchangelib.properties
from exchangelib import ExtendedProperty, FileAttachment, Mailbox, Message
from exchangelib.errors import (
    ErrorAccessDenied, ErrorImpersonateUserDenied, ErrorInvalidSyncStateData, ErrorItemNotFound, ErrorNonExistentMailbox,
    UnauthorizedError,
)

import ews_schema
from harness import ENRON, Simulator, exchange_account

ALICE, BOB = "alice@example.test", "bob@example.test"
USERS = [f"{ALICE}:pw-alice", f"{BOB}:pw-bob", "svc:pw-svc:impersonate", f"helper:pw-helper:full={ALICE}"]


class Marker(ExtendedProperty):
    property_set_id = "00020329-0000-0000-c000-000000000046"
    property_name = "mailkeep-test"
    property_type = "String"


class SearchKey(ExtendedProperty):
    property_tag = 0x300B
    property_type = "Binary"


WATCH = ews_schema.Watch()


def setUpModule():
    WATCH.install()


class ZSchemas(unittest.TestCase):
    """Runs last: all that was sent and received so far."""

    def test_requests_and_responses_follow_the_schemas(self):
        WATCH.conclude(self)


Message.register("marker", Marker)
Message.register("search_key", SearchKey)


def message(account, subject, **more):
    return Message(account=account, folder=account.inbox, subject=subject, body="What it says", **more)


class EmptyMailboxes(unittest.TestCase):
    """Everything that needs no mail to begin with."""

    def setUp(self):
        self.simulator = self.enterContext(Simulator({ALICE: "empty", BOB: "empty"}, USERS))
        self.alice = exchange_account(self.simulator.url, ALICE, "pw-alice", ALICE)

    def test_refuses_a_wrong_password(self):
        account = exchange_account(self.simulator.url, ALICE, "wrong", ALICE)
        with self.assertRaises(UnauthorizedError):
            account.inbox.refresh()

    def test_impersonates_who_may_and_denies_others(self):
        account = exchange_account(self.simulator.url, "svc", "pw-svc", ALICE, impersonate=True)
        self.assertEqual(account.inbox.name, "Inbox")
        denied = exchange_account(self.simulator.url, BOB, "pw-bob", ALICE, impersonate=True)
        with self.assertRaises(ErrorImpersonateUserDenied):
            denied.inbox.refresh()
        nobody = exchange_account(self.simulator.url, "svc", "pw-svc", "nobody@example.test", impersonate=True)
        with self.assertRaises(ErrorNonExistentMailbox):
            nobody.inbox.refresh()

    def test_lets_a_delegate_with_full_access_in_and_nobody_else(self):
        self.assertEqual(exchange_account(self.simulator.url, "helper", "pw-helper", ALICE).inbox.name, "Inbox")
        with self.assertRaises((ErrorAccessDenied, exchangelib.errors.ErrorFolderNotFound)):
            exchange_account(self.simulator.url, BOB, "pw-bob", ALICE).inbox.refresh()

    def test_has_the_folders_of_a_new_mailbox(self):
        names = {f.name for f in self.alice.msg_folder_root.walk()}
        for name in ["Inbox", "Sent Items", "Deleted Items", "Drafts", "Calendar", "Contacts", "Tasks", "Notes", "Journal"]:
            self.assertIn(name, names)

    def test_creates_reads_updates_and_deletes(self):
        item = message(self.alice, "First", to_recipients=[Mailbox(email_address="x@example.test")], categories=["Blue"])
        item.save()
        self.alice.inbox.refresh()
        self.assertEqual(self.alice.inbox.total_count, 1)
        read = self.alice.inbox.get(subject="First")
        self.assertEqual(read.text_body or read.body, "What it says")
        self.assertEqual(read.to_recipients[0].email_address, "x@example.test")
        self.assertEqual(read.categories, ["Blue"])
        old_key = read.changekey
        read.subject = "Second"
        read.save(update_fields=["subject"])
        self.assertNotEqual(read.changekey, old_key)
        self.assertEqual(self.alice.inbox.get(id=read.id).subject, "Second")
        gone = exchangelib.properties.ItemId(id=read.id, changekey=read.changekey)
        read.delete()
        self.assertEqual(self.alice.inbox.all().count(), 0)
        self.assertIsInstance(list(self.alice.fetch([gone]))[0], ErrorItemNotFound)

    def test_keeps_mime(self):
        mime = b"From: a@example.test\r\nTo: b@example.test\r\nSubject: By MIME\r\n\r\nHello there.\r\n"
        Message(account=self.alice, folder=self.alice.inbox, mime_content=mime).save()
        item = self.alice.inbox.get(subject="By MIME")
        self.assertIn(b"Hello there.", item.mime_content)
        self.assertIn(b"Subject: By MIME", item.mime_content)

    def test_keeps_attachments(self):
        item = message(self.alice, "With a file")
        item.attach(FileAttachment(name="a.bin", content=bytes(range(256)) * 300))
        item.save()
        read = self.alice.inbox.get(subject="With a file")
        self.assertTrue(read.has_attachments)
        self.assertEqual(read.attachments[0].content, bytes(range(256)) * 300)

    def test_moves_with_a_new_id_and_copies(self):
        item = message(self.alice, "Traveller").save()
        old = item.id
        item.move(self.alice.sent)
        self.assertNotEqual(item.id, old)
        self.assertEqual(self.alice.inbox.all().count(), 0)
        item.copy(self.alice.inbox)
        self.assertEqual(self.alice.inbox.all().count(), 1)
        self.assertEqual(self.alice.sent.all().count(), 1)
        item.move_to_trash()
        self.assertEqual(self.alice.trash.all().count(), 1)

    def test_soft_deletes_into_recoverable_items(self):
        message(self.alice, "Soft").save().soft_delete()
        self.assertEqual(self.alice.inbox.all().count(), 0)
        self.assertEqual(self.alice.recoverable_items_deletions.all().count(), 1)

    def test_finds_by_restrictions_on_extended_properties(self):
        message(self.alice, "Marked", marker="hash-1").save()
        message(self.alice, "Unmarked").save()
        found = list(self.alice.inbox.filter(marker__exists=True).only("subject", "marker"))
        self.assertEqual([(f.subject, f.marker) for f in found], [("Marked", "hash-1")])
        self.assertEqual(self.alice.inbox.filter(marker="hash-1").count(), 1)
        self.assertEqual(self.alice.inbox.filter(marker="hash-2").count(), 0)
        key = self.alice.inbox.get(subject="Marked").search_key
        self.assertEqual(self.alice.inbox.filter(search_key=key).count(), 1)
        self.assertEqual(self.alice.inbox.filter(subject__icontains="MARK").count(), 2)
        self.assertEqual(self.alice.inbox.exclude(subject="Marked").count(), 1)

    def test_sorts_and_pages(self):
        for i in range(7):
            message(self.alice, f"Number {i}").save()
        subjects = [i.subject for i in self.alice.inbox.all().order_by("-subject").only("subject")]
        self.assertEqual(subjects, [f"Number {i}" for i in reversed(range(7))])
        query = self.alice.inbox.all().order_by("subject").only("subject")
        query.page_size = 3
        self.assertEqual([i.subject for i in query], [f"Number {i}" for i in range(7)])

    def test_synchronises_items(self):
        inbox = self.alice.inbox
        items = [message(self.alice, f"Item {i}", is_read=False).save() for i in range(3)]
        changes = list(inbox.sync_items(only_fields=["subject"]))
        self.assertEqual([c[0] for c in changes], ["create"] * 3)
        items[0].subject = "Changed"
        items[0].save(update_fields=["subject"])
        fresh = inbox.get(id=items[1].id)
        fresh.is_read = not fresh.is_read
        fresh.save(update_fields=["is_read"])
        items[2].delete()
        message(self.alice, "New").save()
        kinds = sorted(c[0] for c in inbox.sync_items(only_fields=["subject"]))
        self.assertEqual(kinds, ["create", "delete", "read_flag_change", "update"])
        self.assertEqual(list(inbox.sync_items(only_fields=["subject"])), [])

    def test_pages_a_synchronisation(self):
        for i in range(5):
            message(self.alice, f"Item {i}").save()
        changes = list(self.alice.inbox.sync_items(only_fields=["subject"], max_changes_returned=2))
        self.assertEqual(len(changes), 5)
        self.assertEqual(len({c[1].id for c in changes}), 5)

    def test_refuses_a_sync_state_that_was_tampered_with(self):
        message(self.alice, "Any").save()
        list(self.alice.inbox.sync_items(only_fields=["subject"]))
        state = bytearray(base64.b64decode(self.alice.inbox.item_sync_state))
        state[20] ^= 1
        with self.assertRaises(ErrorInvalidSyncStateData):
            list(self.alice.inbox.sync_items(sync_state=base64.b64encode(state).decode(), only_fields=["subject"]))

    def test_synchronises_the_hierarchy(self):
        root = self.alice.root
        first = list(root.sync_hierarchy(only_fields=["name"]))
        self.assertGreater(len(first), 10)
        folder = exchangelib.folders.Folder(parent=self.alice.inbox, name="Projekte / Überblick").save()
        self.assertEqual([(k, f.name) for k, f in root.sync_hierarchy(only_fields=["name"])], [("create", "Projekte / Überblick")])
        folder.name = "Renamed"
        folder.save(update_fields=["name"])
        self.assertEqual([(k, f.name) for k, f in root.sync_hierarchy(only_fields=["name"])], [("update", "Renamed")])
        folder.delete()
        self.assertEqual([k for k, f in root.sync_hierarchy(only_fields=["name"])], ["delete"])

    def test_exports_and_uploads_the_same_bytes(self):
        items = [message(self.alice, f"Export {i}", marker=f"m{i}").save() for i in range(3)]
        data = self.alice.export(items)
        bob = exchange_account(self.simulator.url, BOB, "pw-bob", BOB)
        ids = bob.upload([(bob.inbox, d) for d in data])
        self.assertEqual(len(ids), 3)
        restored = sorted(bob.inbox.all().only("subject", "marker"), key=lambda i: i.subject)
        self.assertEqual([(i.subject, i.marker) for i in restored], [(f"Export {i}", f"m{i}") for i in range(3)])
        self.assertEqual(bob.export(sorted(restored, key=lambda i: i.subject)), data)

    def test_resolves_names(self):
        found = self.alice.protocol.resolve_names([ALICE])
        self.assertEqual(found[0].email_address, ALICE)

    def test_converts_ids_there_and_back(self):
        item = message(self.alice, "Id").save()
        from exchangelib.properties import AlternateId

        def convert(id, source, target):
            ids = [AlternateId(id=id, format=source, mailbox=ALICE)]
            return list(self.alice.protocol.convert_ids(ids, destination_format=target))[0].id

        entry = convert(item.id, "EwsId", "HexEntryId")
        self.assertEqual(len(entry), 140)
        self.assertEqual(convert(entry, "HexEntryId", "EwsId"), item.id)

    def test_knows_time_zones(self):
        zone = exchangelib.EWSTimeZone("Europe/Berlin")
        zones = list(self.alice.protocol.get_timezones(timezones=[zone], return_full_timezone_data=True))
        self.assertEqual(len(zones), 1)


class RealMail(unittest.TestCase):
    """A mailbox filled from a PST."""

    @classmethod
    def setUpClass(cls):
        if not ENRON.exists():
            raise unittest.SkipTest("npm package pst-extractor is not installed")
        cls.simulator = cls.enterClassContext(Simulator({ALICE: ENRON, BOB: "empty"}, USERS))
        cls.alice = exchange_account(cls.simulator.url, ALICE, "pw-alice", ALICE)

    def folders(self):
        return list(self.alice.msg_folder_root.walk())

    def test_counts_what_it_lists(self):
        total = 0
        for folder in self.folders():
            listed = list(folder.all().only("subject"))
            self.assertEqual(len(listed), folder.total_count, folder.name)
            total += len(listed)
        self.assertGreater(total, 50)

    def test_gives_mime_of_every_message(self):
        for folder in self.folders():
            for item in folder.all():
                self.assertTrue(item.mime_content, item.subject)

    def test_exports_everything_and_takes_it_back(self):
        bob = exchange_account(self.simulator.url, BOB, "pw-bob", BOB)
        items = [i for f in self.folders() for i in f.all().only("subject")]
        data = self.alice.export(items)
        self.assertTrue(all(isinstance(d, str) and base64.b64decode(d).startswith(b"\1\0\0\0\x08\0\0\0") for d in data))
        ids = bob.upload([(bob.inbox, d) for d in data])
        self.assertEqual(len(ids), len(items))
        self.assertEqual(sorted(bob.export(bob.inbox.all().only("subject"))), sorted(data))


if __name__ == "__main__":
    unittest.main()
