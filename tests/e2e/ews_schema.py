"""Microsoft's EWS schemas, where they are to be had, and a check of all that exchangelib sends and gets.

The schemas (MS-OXWS*.xsd, as the protocol documents print them) are other people's and not part of the project. They
are looked for in $MK_EWS_SCHEMAS and in the shared test data; without them nothing is validated, and the test says so.
"""

import os
import pathlib

from lxml import etree

from harness import SOURCE

XS = "{http://www.w3.org/2001/XMLSchema}"
XML = "http://www.w3.org/XML/1998/namespace"
SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"


def folder():
    """Where a whole set of schemas lies, or None."""
    shared = pathlib.Path(os.environ.get("MK_SHARED_DATA", SOURCE / "../shared/data"))
    for place in [os.environ.get("MK_EWS_SCHEMAS"), shared / "protocol/ews-schemas", shared / "protocol/interop"]:
        if place and (pathlib.Path(place) / "MS-OXWSCORE-types.xsd").exists():
            return pathlib.Path(place)
    return None


def merged(paths, namespace, imports=""):
    """The printed schemas include each other in circles, which libxml2 refuses: all of one namespace become one."""
    root = etree.fromstring(
        f'<xs:schema xmlns:xs="{XS[1:-1]}" xmlns:t="{TYPES}" xmlns:m="{MESSAGES}" xmlns:tns="{namespace}" '
        f'targetNamespace="{namespace}" elementFormDefault="qualified">{imports}</xs:schema>'
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


def load(place, scratch):
    """One schema for messages and types; the merged files are written to `scratch`."""
    (scratch / "xml.xsd").write_text(
        f'<xs:schema xmlns:xs="{XS[1:-1]}" targetNamespace="{XML}"><xs:attribute name="lang" type="xs:language"/></xs:schema>'
    )
    lang = f'<xs:import namespace="{XML}" schemaLocation="xml.xsd"/>'
    types = merged(sorted(place.glob("*types.xsd")), TYPES, lang)
    (scratch / "types.xsd").write_bytes(etree.tostring(types))
    imports = f'<xs:import namespace="{TYPES}" schemaLocation="types.xsd"/>'
    messages = merged(sorted(place.glob("*message*.xsd")), MESSAGES, imports)
    (scratch / "messages.xsd").write_bytes(etree.tostring(messages))
    return etree.XMLSchema(etree.parse(str(scratch / "messages.xsd")))


class Watch:
    """Validates every SOAP body that passes through requests, which exchangelib uses."""

    def __init__(self, schema):
        self.schema = schema
        self.checked = {}
        self.problems = []

    def install(self):
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
        body = etree.fromstring(xml, etree.XMLParser(recover=True, huge_tree=True)).find(SOAP + "Body")
        name = etree.QName(body[0]).localname
        self.checked[name] = self.checked.get(name, 0) + 1
        if body[0].tag.startswith(SOAP) or self.schema.validate(etree.ElementTree(etree.fromstring(etree.tostring(body[0])))):
            return
        self.problems.append(f"{side} {name}: {self.schema.error_log.last_error}")
