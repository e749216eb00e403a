"""Checks SOAP bodies against Microsoft's EWS schemas, where they are to be had.

The schemas are other people's and not part of the project. ExportItems and UploadItems are checked when the shared test
data is there, which has the schemas of MS-OXWSBTRF. A whole set is looked for in $MK_EWS_SCHEMAS and in the shared test
data: types.xsd and messages.xsd as a server gives them out, or MS-OXWS*.xsd as the protocol documents print them.
Without it the other operations are not validated, and the tests say so.
"""

import functools
import os
import pathlib
import tempfile

from lxml import etree

from harness import SOURCE

XS = "{http://www.w3.org/2001/XMLSchema}"
XML = "http://www.w3.org/XML/1998/namespace"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
TRANSFERS = [f"{operation}{side}" for operation in ["ExportItems", "UploadItems"] for side in ["", "Response"]]
NOT_WHOLE = "no whole set of EWS schemas (MK_EWS_SCHEMAS): only ExportItems and UploadItems were validated"
NONE = "the schemas of MS-OXWSBTRF are not here: NOTHING was validated"

SHARED = pathlib.Path(os.environ.get("MK_SHARED_DATA", SOURCE / "../shared/data")) / "protocol"

# What MS-OXWSBTRF takes from the common schemas, as far as the two operations need it.
COMMON_TYPES = """
<xs:complexType name="FolderIdType"><xs:attribute name="Id" type="xs:string" use="required"/>
  <xs:attribute name="ChangeKey" type="xs:string"/></xs:complexType>
<xs:complexType name="ItemIdType"><xs:attribute name="Id" type="xs:string" use="required"/>
  <xs:attribute name="ChangeKey" type="xs:string"/></xs:complexType>
"""
COMMON_MESSAGES = """
<xs:complexType name="BaseRequestType" abstract="true"/>
<xs:complexType name="ResponseMessageType">
  <xs:sequence minOccurs="0">
    <xs:element name="MessageText" type="xs:string" minOccurs="0"/>
    <xs:element name="ResponseCode" type="xs:NCName" minOccurs="0"/>
    <xs:element name="DescriptiveLinkKey" type="xs:int" minOccurs="0"/>
    <xs:element name="MessageXml" minOccurs="0"/>
  </xs:sequence>
  <xs:attribute name="ResponseClass" use="required"><xs:simpleType><xs:restriction base="xs:string">
    <xs:enumeration value="Success"/><xs:enumeration value="Warning"/><xs:enumeration value="Error"/>
  </xs:restriction></xs:simpleType></xs:attribute>
</xs:complexType>
<xs:complexType name="BaseResponseMessageType"><xs:sequence><xs:element name="ResponseMessages"><xs:complexType>
  <xs:choice maxOccurs="unbounded">
    <xs:element name="ExportItemsResponseMessage" type="m:ExportItemsResponseMessageType"/>
    <xs:element name="UploadItemsResponseMessage" type="m:UploadItemsResponseMessageType"/>
  </xs:choice></xs:complexType></xs:element></xs:sequence></xs:complexType>
"""


def folder():
    """Where a whole set of schemas lies, or None."""
    for place in [os.environ.get("MK_EWS_SCHEMAS"), SHARED / "ews-schemas", SHARED / "interop"]:
        if place and any((pathlib.Path(place) / name).exists() for name in ["types.xsd", "MS-OXWSCORE-types.xsd"]):
            return pathlib.Path(place)
    return None


def merged(paths, namespace, beginning="", end=""):
    """The printed schemas include each other in circles, which libxml2 refuses: all of one namespace become one."""
    root = etree.fromstring(
        f'<xs:schema xmlns:xs="{XS[1:-1]}" xmlns:t="{TYPES}" xmlns:m="{MESSAGES}" xmlns:tns="{namespace}" '
        f'targetNamespace="{namespace}" elementFormDefault="qualified">{beginning}{end}</xs:schema>'
    )
    seen = set()
    for path in paths:
        for node in etree.parse(str(path)).getroot():
            key = (node.tag, node.get("name"))
            if not isinstance(node.tag, str) or node.tag in (XS + "include", XS + "import") or key in seen:
                continue
            seen.add(key)
            root.append(node)
    return root


def load(place, common_types="", common_messages=""):
    """One schema for the messages and types that lie in a folder."""
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "xml.xsd").write_text(
            f'<xs:schema xmlns:xs="{XS[1:-1]}" targetNamespace="{XML}"><xs:attribute name="lang" type="xs:language"/></xs:schema>'
        )
        lang = f'<xs:import namespace="{XML}" schemaLocation="xml.xsd"/>'
        types = merged(sorted(place.glob("*types.xsd")), TYPES, lang, common_types)
        (scratch / "types.xsd").write_bytes(etree.tostring(types))
        imports = f'<xs:import namespace="{TYPES}" schemaLocation="types.xsd"/>'
        messages = merged(sorted(place.glob("*message*.xsd")), MESSAGES, imports, common_messages)
        (scratch / "messages.xsd").write_bytes(etree.tostring(messages))
        return etree.XMLSchema(etree.parse(str(scratch / "messages.xsd")))


@functools.cache
def whole():
    """The schema of all operations, or None."""
    place = folder()
    return load(place) if place else None


@functools.cache
def transfers():
    """The schema of MS-OXWSBTRF, or None."""
    there = (SHARED / "interop/MS-OXWSBTRF-types.xsd").exists()
    return load(SHARED / "interop", COMMON_TYPES, COMMON_MESSAGES) if there else None


class Watch:
    """Validates SOAP envelopes and remembers what was wrong."""

    def __init__(self):
        self.checked = {}  # {name of the body's element: how many were validated}
        self.problems = set()

    def install(self):
        """From now on, everything that passes through requests, which exchangelib uses."""
        import requests.adapters

        send = requests.adapters.HTTPAdapter.send

        def watched(adapter, request, **options):
            response = send(adapter, request, **options)
            self.check(request.body, "request")
            if response.status_code == 200 and not options.get("stream"):  # a stream is for the client to read
                self.check(response.content, "response")
            return response

        requests.adapters.HTTPAdapter.send = watched

    def check(self, xml, side):
        if not xml:
            return
        # recover: servers write references to characters that XML forbids (&#x0;), and so does the simulator
        body = etree.fromstring(xml, etree.XMLParser(recover=True, huge_tree=True)).find(SOAP + "Body")[0]
        name = etree.QName(body).localname
        schemas = [whole(), transfers() if name in TRANSFERS else None]
        for schema in schemas:
            if body.tag.startswith(SOAP) or schema is None:
                continue
            self.checked[name] = self.checked.get(name, 0) + 1
            if not schema.validate(etree.ElementTree(etree.fromstring(etree.tostring(body)))):
                self.problems.add(f"{side} {name}: {schema.error_log.last_error}")

    def conclude(self, test):
        """Ends a test of what was watched: fails, passes, or skips saying what was not validated."""
        print("validated:", dict(sorted(self.checked.items())))
        test.assertEqual(sorted(self.problems), [])
        if whole() is None:
            test.skipTest(NOT_WHOLE if transfers() else NONE)
