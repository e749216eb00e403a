"""Scripted faults, TLS, limits and persistence of mailkeep-sim, over plain sockets and HTTP: what arrives at a client."""

import base64
import concurrent.futures
import http.client
import pathlib
import re
import ssl
import struct
import tempfile
import time
import unittest
import urllib.parse

from harness import Simulator

ALICE = "alice@example.test"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
SYNC = (
    "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>"
    '<t:DistinguishedFolderId Id="inbox"/></m:SyncFolderId>{state}<m:MaxChangesReturned>{n}</m:MaxChangesReturned>'
    "</m:SyncFolderItems>"
)
GET_INBOX = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>"
    '<t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'
)


def envelope(body, version="Exchange2013_SP1"):
    return (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:t="{TYPES}" xmlns:m="{MESSAGES}">'
        f'<s:Header><t:RequestServerVersion Version="{version}"/></s:Header><s:Body>{body}</s:Body></s:Envelope>'
    )


class Client:
    def __init__(self, url, password="pw", context=None):
        parts = urllib.parse.urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        options = {"context": context} if context else {}
        self.connection = kind(parts.hostname, parts.port, timeout=30, **options)
        self.headers = {
            "Authorization": "Basic " + base64.b64encode(f"{ALICE}:{password}".encode()).decode(),
            "Content-Type": "text/xml; charset=utf-8",
        }

    def post(self, body, version="Exchange2013_SP1"):
        """(status, text) of one operation."""
        self.connection.request("POST", "/EWS/Exchange.asmx", envelope(body, version), self.headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read().decode()

    def ids(self):
        text = self.post(SYNC.format(state="", n=512))[1]
        return re.findall(r'<t:ItemId Id="([^"]+)"', text)

    def export(self, *ids):
        items = "".join(f'<t:ItemId Id="{i}"/>' for i in ids)
        return self.post(f"<m:ExportItems><m:ItemIds>{items}</m:ItemIds></m:ExportItems>")[1]


def data_of(text):
    return [base64.b64decode(d) for d in re.findall(r"<m:Data>([^<]*)</m:Data>", text)]


def whole_records(data):
    """How many bytes of `data` are whole records."""
    at = 0
    while at + 8 <= len(data):
        length = struct.unpack_from("<i", data, at + 4)[0]
        if at + 8 + length > len(data):
            break
        at += 8 + length
    return at


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.simulator = cls.enterClassContext(Simulator({ALICE: "synthetic:40:60000:7:1"}, [f"{ALICE}:pw"], "--quiet"))

    def setUp(self):
        self.client = Client(self.simulator.url)
        self.addCleanup(self.simulator.faults)

    def test_busy_comes_with_a_back_off(self):
        self.simulator.faults({"fault": "busy", "operation": "GetFolder", "backoff_ms": 250, "times": 1})
        status, text = self.client.post(GET_INBOX)
        self.assertEqual(status, 500)
        self.assertIn("a:ErrorServerBusy", text)
        self.assertIn('<t:Value Name="BackOffMilliseconds">250</t:Value>', text)
        self.assertEqual(self.client.post(GET_INBOX)[0], 200)

    def test_401_and_503(self):
        self.simulator.faults({"fault": "unauthorized", "times": 1}, {"fault": "unavailable", "times": 1, "after": 1})
        self.assertEqual([self.client.post(GET_INBOX)[0] for _ in range(3)], [401, 503, 200])

    def test_resets_in_the_middle_of_a_body(self):
        ids = self.client.ids()
        self.simulator.faults({"fault": "reset", "operation": "ExportItems", "bytes": 50000})
        with self.assertRaises((ConnectionResetError, http.client.IncompleteRead)):
            self.client.export(*ids[:10])

    def test_trickles(self):
        self.simulator.faults({"fault": "trickle", "operation": "GetFolder", "bytes": 2000, "times": 1})
        begin = time.monotonic()
        self.client.post(GET_INBOX)
        self.assertGreater(time.monotonic() - begin, 0.3)

    def test_added_round_trip_time_occupies_no_thread(self):
        self.simulator.faults({"fault": "delay", "delay_ms": 500})
        clients = [Client(self.simulator.url) for _ in range(32)]  # four times its threads
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            statuses = list(pool.map(lambda c: c.post(GET_INBOX)[0], clients))
        self.assertEqual(statuses, [200] * 32)
        self.assertLess(time.monotonic() - begin, 1.9)

    def test_truncates_in_each_documented_way(self):
        victim, other = self.client.ids()[:2]
        whole = data_of(self.client.export(victim))[0]
        for fault in ["truncated_marker_in_xml", "truncated_in_record", "truncated_at_record", "truncated_placeholder"]:
            self.simulator.faults({"fault": fault, "item": victim, "bytes": 2000})
            text = self.client.export(victim, other)
            self.assertEqual(text.count('ResponseClass="Success"'), 2, fault)
            if fault == "truncated_marker_in_xml":
                self.assertIn("=== Truncated Data ===</m:Data>", text)
                continue
            cut = data_of(text)[0]
            self.assertLess(len(cut), len(whole), fault)
            if fault == "truncated_placeholder":
                self.assertEqual(cut, b"\0")
                continue
            self.assertTrue(whole.startswith(cut), fault)
            self.assertEqual(whole_records(cut) == len(cut), fault == "truncated_at_record", fault)

    def test_truncates_with_the_marker_at_the_end_of_the_response(self):
        victim = self.client.ids()[0]
        self.simulator.faults({"fault": "truncated_marker", "item": victim})
        text = self.client.export(victim)
        self.assertTrue(text.endswith("=== Truncated Data ==="))
        self.assertIn('ResponseClass="Success"', text)

    def test_corrupt_vanished_and_illegal_characters_concern_one_item(self):
        first, second = self.client.ids()[:2]
        self.simulator.faults(
            {"fault": "corrupt_item", "operation": "ExportItems", "item": first},
            {"fault": "vanished", "operation": "ExportItems", "item": second},
            {"fault": "illegal_xml", "operation": "GetItem", "item": first},
        )
        text = self.client.export(first, second)
        self.assertIn("ErrorCorruptData", text)
        self.assertIn("ErrorItemNotFound", text)
        get = f'<m:GetItem><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape><m:ItemIds><t:ItemId Id="{first}"/></m:ItemIds></m:GetItem>'
        subject = re.search("<t:Subject>(.*?)</t:Subject>", self.client.post(get)[1], re.S).group(1)
        self.assertIn("&#x0;&#x1A;\x0b", subject)

    def test_leaves_an_item_out_of_a_page_silently(self):
        ids = self.client.ids()
        self.simulator.faults({"fault": "left_out", "operation": "SyncFolderItems", "index": 3, "times": 1})
        self.assertEqual(self.client.ids(), ids[:3] + ids[4:])
        self.assertEqual(self.client.ids(), ids)

    def test_invalid_sync_state(self):
        self.simulator.faults({"fault": "invalid_sync_state", "times": 1})
        self.assertIn("ErrorInvalidSyncStateData", self.client.post(SYNC.format(state="", n=10))[1])

    def test_counts_requests_and_faults(self):
        self.simulator.admin("DELETE", "counters")
        self.simulator.faults({"fault": "busy", "times": 1})
        self.client.post(GET_INBOX)
        self.client.post(GET_INBOX)
        counted = self.simulator.counters()["GetFolder"]
        self.assertEqual((counted["requests"], counted["faults"]), (2, 1))

    def test_refuses_a_script_that_it_does_not_understand(self):
        with self.assertRaisesRegex(Exception, "400"):
            self.simulator.faults({"fault": "fire"})

    def test_max_changes_returned_is_1_to_512(self):
        for n, status in [(0, 500), (1, 200), (512, 200), (513, 500)]:
            self.assertEqual(self.client.post(SYNC.format(state="", n=n))[0], status, n)


class Variants(unittest.TestCase):
    def test_deletes_a_folder_during_the_run(self):
        with Simulator({ALICE: "synthetic:5:20000:1:1"}, [f"{ALICE}:pw"], "--quiet") as simulator:
            simulator.faults({"fault": "folder_deleted", "folder": "Inbox", "times": 1})
            client = Client(simulator.url)
            self.assertIn("ErrorSyncFolderNotFound", client.post(SYNC.format(state="", n=10))[1])
            self.assertIn("ErrorFolderNotFound", client.post(GET_INBOX)[1])

    def test_negotiates_the_version(self):
        with Simulator({ALICE: "empty"}, [f"{ALICE}:pw"], "--version", "Exchange2010_SP1", "--quiet") as simulator:
            status, text = Client(simulator.url).post(GET_INBOX)
            self.assertEqual(status, 500)
            self.assertIn("ErrorInvalidServerVersion", text)
            status, text = Client(simulator.url).post(GET_INBOX, "Exchange2010_SP1")
            self.assertEqual(status, 200)
            self.assertIn('MajorVersion="14" MinorVersion="1"', text)

    def test_limits_requests_as_its_version_does(self):
        for version, megabytes, status in [("Exchange2010_SP1", 25, 413), ("Exchange2013", 64, 404)]:
            with Simulator({ALICE: "empty"}, [f"{ALICE}:pw"], "--version", version, "--quiet") as simulator:
                filler = "<!--" + "x" * (megabytes * 1024 * 1024 - 2000) + "-->"
                self.assertEqual(Client(simulator.url).post(GET_INBOX + filler, version)[0], 200)
                self.assertEqual(Client(simulator.url).post(GET_INBOX + filler + " " * 4000, version)[0], status)

    def test_serves_https_with_a_certificate_of_its_own(self):
        with tempfile.TemporaryDirectory() as scratch:
            certificate = f"{scratch}/cert.pem"
            with Simulator({ALICE: "empty"}, [f"{ALICE}:pw"], "--tls-generate", certificate, "--quiet") as simulator:
                trusted = ssl.create_default_context(cafile=certificate)
                self.assertEqual(Client(simulator.url, context=trusted).post(GET_INBOX)[0], 200)
                with self.assertRaises(ssl.SSLCertVerificationError):
                    Client(simulator.url, context=ssl.create_default_context()).post(GET_INBOX)
            options = ["--tls-generate", certificate, "--tls-days=-1", "--quiet"]
            with Simulator({ALICE: "empty"}, [f"{ALICE}:pw"], *options) as simulator:
                with self.assertRaisesRegex(ssl.SSLCertVerificationError, "expired"):
                    Client(simulator.url, context=ssl.create_default_context(cafile=certificate)).post(GET_INBOX)

    def test_keeps_mailboxes_ids_and_sync_states_between_runs(self):
        with tempfile.TemporaryDirectory() as scratch:
            start = ({ALICE: "synthetic:5:20000:1:1"}, [f"{ALICE}:pw"], "--persist", scratch, "--quiet")
            with Simulator(*start) as simulator:
                client = Client(simulator.url)
                ids = client.ids()
                data = data_of(client.export(*ids))
                state = re.search("<m:SyncState>(.*?)</m:SyncState>", client.post(SYNC.format(state="", n=512))[1]).group(0)
                client.post(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="{ids[0]}"/></m:ItemIds></m:DeleteItem>')
            with Simulator(*start) as simulator:
                client = Client(simulator.url)
                self.assertEqual(client.ids(), ids[1:])
                self.assertEqual(data_of(client.export(*ids[1:])), data[1:])
                later = client.post(SYNC.format(state=state, n=512))[1]
                self.assertEqual(re.findall(r"<t:(Create|Delete)>", later), ["Delete"])

    def test_writes_the_port_file_and_refuses_bad_options(self):
        import subprocess

        from harness import BIN

        with tempfile.TemporaryDirectory() as scratch:
            with Simulator({ALICE: "empty"}, [f"{ALICE}:pw"], "--port-file", f"{scratch}/port") as simulator:
                port = pathlib.Path(f"{scratch}/port").read_text().strip()
                self.assertIn(f":{port}/", simulator.url)
        for option in [["--mailbox", "a=nowhere.pst"], ["--mailbox", "a=synthetic:x"], ["--user", "nobody"]]:
            words = [BIN / "mailkeep-sim", "--user", "a:b", "--mailbox", "b@example.test=empty", *option]
            done = subprocess.run(words, capture_output=True, text=True, timeout=30)
            self.assertEqual(done.returncode, 1, option)
            self.assertIn("mailkeep-sim: ", done.stderr)


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # connections are left to the collector
