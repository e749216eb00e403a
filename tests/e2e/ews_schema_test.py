"""What mailkeep sends to a server follows Microsoft's EWS schemas, and what mailkeep-sim answers it."""

import contextlib
import http.client
import http.server
import os
import pathlib
import subprocess
import tempfile
import threading
import unittest
import urllib.parse

from lxml import etree

import ews_schema
from harness import BIN, Simulator, exchange_account, run, secret_file

ALICE, BOB = "alice@example.test", "bob@example.test"
USED = [
    "GetFolder", "FindFolder", "SyncFolderItems", "FindItem", "GetItem", "ExportItems", "UploadItems", "CreateFolder",
    "ResolveNames", "UpdateItem",
]  # fmt: skip
REQUESTS = [*USED, "SyncFolderHierarchy", "UpdateFolder"]  # what src/ews can send
UNIT_TESTS = BIN.parent / "src/ews_test"


class Relay(http.server.BaseHTTPRequestHandler):
    """Passes requests on to the simulator, and shows requests and answers to `watch`."""

    protocol_version = "HTTP/1.1"
    target, watch, lock = None, None, threading.Lock()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kept = {name: self.headers[name] for name in ["Authorization", "Content-Type"] if name in self.headers}
        connection = http.client.HTTPConnection(self.target.hostname, self.target.port)
        connection.request("POST", self.target.path, body, kept)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        with self.lock:
            self.watch.check(body, "request")
            if answer.status == 200:
                self.watch.check(content, "response")
        self.send_response(answer.status)
        for name in ["Content-Type", "WWW-Authenticate"]:
            if value := answer.headers[name]:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def relay(url, watch):
    """Gives the address of a relay to `url`."""
    target = urllib.parse.urlsplit(url)
    handler = type("Relay", (Relay,), {"target": target, "watch": watch})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}{target.path}"
        server.shutdown()


class Schemas(unittest.TestCase):
    def test_every_command_of_mailkeep(self):
        watch = ews_schema.Watch()
        with contextlib.ExitStack() as open_:
            simulator = open_.enter_context(Simulator({ALICE: "synthetic:60:3000:5", BOB: "empty"}, ["service:pw:full=*"]))
            url = open_.enter_context(relay(simulator.url, watch))
            password = open_.enter_context(secret_file("pw"))
            directory = pathlib.Path(open_.enter_context(tempfile.TemporaryDirectory())) / "backup"

            def mailkeep(command, *arguments, **options):
                server = ["--server", url, "--user", "service", "--password-file", password]
                return run("mailkeep", command, *server, *arguments, **options)

            mailkeep("folders", "--mailbox", "alice")  # a name, which the server resolves
            # an item that cannot be exported is asked for its subject
            simulator.faults({"fault": "corrupt_item", "operation": "ExportItems", "index": 0, "times": 8})
            mailkeep("backup", "--mailbox", ALICE, "--to", directory, expect=3)
            simulator.faults()
            inbox = exchange_account(simulator.url, "service", "pw", ALICE).inbox
            first, second, third = list(inbox.all().order_by("subject")[:3])
            first.subject = "changed"
            first.save(update_fields=["subject"])
            second.is_read = not second.is_read
            second.save(update_fields=["is_read"])
            third.delete()
            mailkeep("backup", "--mailbox", ALICE, "--to", directory, "--incremental")
            mailkeep("restore", "--from", directory, "--to-mailbox", BOB, "--to-folder", "From \u00c4lice & co/<1>")
            mailkeep("restore", "--from", directory, "--to-mailbox", ALICE)
            mailkeep("verify", "--from", directory, "--mailbox", ALICE, "--content")
            sent = {name for name, operation in simulator.counters().items() if operation["requests"]}
        self.assertLessEqual(set(USED), sent)
        if ews_schema.whole():
            self.assertLessEqual({name + side for name in USED for side in ["", "Response"]}, set(watch.checked))
        watch.conclude(self)

    @unittest.skipUnless(UNIT_TESTS.exists(), "ews_test is not built")
    def test_every_request_of_the_unit_tests(self):
        watch, sent = ews_schema.Watch(), set()
        with tempfile.TemporaryDirectory() as kept:
            subprocess.run(
                [UNIT_TESTS, "--gtest_brief=1"], check=True, env={**os.environ, "MK_KEEP_REQUESTS": kept}, stdout=subprocess.DEVNULL
            )
            for path in pathlib.Path(kept).iterdir():
                xml = path.read_bytes()
                sent.add(etree.QName(etree.fromstring(xml).find(ews_schema.SOAP + "Body")[0]).localname)
                watch.check(xml, "request")
        self.assertLessEqual(set(REQUESTS), sent)
        watch.conclude(self)

    def test_the_schemas_refuse_what_is_wrong(self):
        wrong = {
            "ExportItems": (ews_schema.transfers(), "<m:ItemIds><t:ItemId ChangeKey='no id'/></m:ItemIds>"),
            "GetFolder": (ews_schema.whole(), "<m:FolderIds/>"),
        }
        for operation, (schema, content) in wrong.items():
            with self.subTest(operation):
                if schema is None:
                    self.skipTest(ews_schema.NOT_WHOLE if ews_schema.transfers() else ews_schema.NONE)
                xml = f'<m:{operation} xmlns:m="{ews_schema.MESSAGES}" xmlns:t="{ews_schema.TYPES}">{content}</m:{operation}>'
                self.assertFalse(schema.validate(etree.ElementTree(etree.fromstring(xml))))


if __name__ == "__main__":
    unittest.main()
