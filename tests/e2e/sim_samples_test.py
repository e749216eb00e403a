"""Requests that others wrote (documentation samples, recorded clients), sent to mailkeep-sim: each gets a proper answer."""

import base64
import http.client
import os
import pathlib
import unittest
import urllib.parse

from lxml import etree

import ews_schema
from harness import SOURCE, Simulator

ALICE = "alice@example.test"
SOAP = ews_schema.SOAP
SAMPLES = pathlib.Path(os.environ.get("MK_SHARED_DATA", SOURCE / "../shared/data")) / "protocol/soap"
OPERATIONS = {
    "GetFolder", "FindFolder", "CreateFolder", "UpdateFolder", "DeleteFolder", "MoveFolder", "SyncFolderHierarchy",
    "SyncFolderItems", "FindItem", "GetItem", "GetAttachment", "ExportItems", "UploadItems", "CreateItem", "UpdateItem",
    "DeleteItem", "MoveItem", "CopyItem", "ResolveNames", "ConvertId", "GetServerTimeZones",
}  # fmt: skip


def requests():
    """(name, operation, bytes) of each sample that is a request for an operation of ours."""
    for path in sorted([*SAMPLES.glob("msdocs/*.xml"), *SAMPLES.glob("gromox/req-*.xml")]):
        try:
            root = etree.parse(str(path)).getroot()
        except etree.XMLSyntaxError:
            continue
        body = root.find(SOAP + "Body")
        if body is None or len(body) == 0:
            continue
        operation = etree.QName(body[0]).localname
        if operation in OPERATIONS:
            yield path.name, operation, path.read_bytes()


def post(url, xml):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
    credentials = base64.b64encode(f"{ALICE}:pw".encode()).decode()
    connection.request("POST", parts.path, xml, {"Authorization": f"Basic {credentials}", "Content-Type": "text/xml"})
    answer = connection.getresponse()
    result = answer.status, answer.read()
    connection.close()
    return result


@unittest.skipUnless(SAMPLES.exists(), "the protocol samples are not here")
class Samples(unittest.TestCase):
    def test_every_request_gets_an_answer_of_its_operation_or_a_fault(self):
        answered, watch = 0, ews_schema.Watch()
        users = [f"{ALICE}:pw:impersonate"]
        with Simulator({ALICE: "synthetic:20:5000:1:1"}, users, "--quiet") as simulator:
            for name, operation, xml in requests():
                with self.subTest(name):
                    status, answer = post(simulator.url, xml)
                    body = etree.fromstring(answer).find(SOAP + "Body")[0]
                    kind = etree.QName(body).localname
                    self.assertEqual((status, kind), (200, operation + "Response") if kind != "Fault" else (500, "Fault"))
                    answered += kind != "Fault"
                    watch.check(answer, name)
        self.assertGreater(answered, 30)
        watch.conclude(self)


if __name__ == "__main__":
    unittest.main()
