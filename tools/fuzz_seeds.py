"""tools/fuzz_seeds.py: writes the seeds of fuzzers whose input our own programs make, into fuzz/corpus.

backup_directory_fuzz and line_fuzz start from a real backup of a simulated mailbox, request_fuzz from one request of
each kind, pst_where_fuzz from expressions, pst_inspect_fuzz from parts of the PST of pst_reader_fuzz. Run it with MK_BIN when a format changed; the seeds are committed.
"""

import pathlib
import re
import struct
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[1]
CORPUS = SOURCE / "fuzz/corpus"
sys.path.insert(0, str(SOURCE / "tests/e2e"))

import harness  # noqa: E402
from pst_parser import Pst, crc, signature  # noqa: E402

ALICE = "alice@example.test"
ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
    'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" '
    'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><s:Header>'
    '<t:RequestServerVersion Version="Exchange2013_SP1"/></s:Header><s:Body>{}</s:Body></s:Envelope>'
)
INBOX = '<t:FolderId Id="{inbox}"/>'
DRAFTS = '<m:ToFolderId><t:FolderId Id="{drafts}"/></m:ToFolderId>'
ITEMS = '<m:ItemIds><t:ItemId Id="{item0}"/><t:ItemId Id="{item2}"/></m:ItemIds>'
TAG = '<t:ExtendedFieldURI PropertyTag="0x300B" PropertyType="Binary"/>'
NAMED = '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="x" PropertyType="StringArray"/>'
SHAPE = (
    "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
    f'<t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/>{TAG}</t:AdditionalProperties></m:ItemShape>'
)
RESTRICTION = (
    f"<m:Restriction><t:And><t:Exists>{NAMED}</t:Exists><t:Not><t:IsGreaterThan>"
    '<t:FieldURI FieldURI="item:Size"/><t:FieldURIOrConstant><t:Constant Value="9"/></t:FieldURIOrConstant>'
    '</t:IsGreaterThan></t:Not><t:Contains ContainmentMode="Substring" ContainmentComparison="IgnoreCase">'
    '<t:FieldURI FieldURI="item:Subject"/><t:Constant Value="a"/></t:Contains></t:And></m:Restriction>'
)
REQUESTS = {
    "get_folder": "<m:GetFolder><m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape><m:FolderIds>"
    f'{INBOX}<t:DistinguishedFolderId Id="msgfolderroot"/></m:FolderIds></m:GetFolder>',
    "find_folder": '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
    '<m:IndexedPageFolderView MaxEntriesReturned="5" Offset="2" BasePoint="Beginning"/><m:ParentFolderIds>'
    '<t:DistinguishedFolderId Id="root"/></m:ParentFolderIds></m:FindFolder>',
    "create_folder": f"<m:CreateFolder><m:ParentFolderId>{INBOX}</m:ParentFolderId><m:Folders><t:Folder>"
    "<t:FolderClass>IPF.Note</t:FolderClass><t:DisplayName>x</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>",
    "update_folder": f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{INBOX}<t:Updates><t:SetFolderField>"
    '<t:FieldURI FieldURI="folder:DisplayName"/><t:Folder><t:DisplayName>y</t:DisplayName></t:Folder>'
    "</t:SetFolderField></t:Updates></t:FolderChange></m:FolderChanges></m:UpdateFolder>",
    "delete_folder": f'<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds><t:FolderId Id="{{drafts}}"/></m:FolderIds>'
    "</m:DeleteFolder>",
    "move_folder": f"<m:MoveFolder>{DRAFTS}<m:FolderIds>{INBOX}</m:FolderIds></m:MoveFolder>",
    "sync_hierarchy": "<m:SyncFolderHierarchy><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    "</m:SyncFolderHierarchy>",
    "sync_items": f"<m:SyncFolderItems>{SHAPE}<m:SyncFolderId>{INBOX}</m:SyncFolderId><m:SyncState>AAAA</m:SyncState>"
    '<m:Ignore><t:ItemId Id="{item1}"/></m:Ignore><m:MaxChangesReturned>2</m:MaxChangesReturned></m:SyncFolderItems>',
    "find_item": f'<m:FindItem Traversal="Shallow">{SHAPE}<m:IndexedPageItemView MaxEntriesReturned="2" Offset="0" '
    f'BasePoint="End"/>{RESTRICTION}<m:SortOrder><t:FieldOrder Order="Descending"><t:FieldURI FieldURI="item:Subject"/>'
    f"</t:FieldOrder></m:SortOrder><m:ParentFolderIds>{INBOX}</m:ParentFolderIds></m:FindItem>",
    "get_item": f"<m:GetItem>{SHAPE}{ITEMS}</m:GetItem>",
    "get_attachment": '<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="{item0}"/></m:AttachmentIds></m:GetAttachment>',
    "export_items": f"<m:ExportItems>{ITEMS}</m:ExportItems>",
    "upload_items": '<m:UploadItems><m:Items><t:Item CreateAction="UpdateOrCreate" IsAssociated="false">'
    '<t:ParentFolderId Id="{inbox}"/><t:ItemId Id="{item0}"/><t:Data>AQAAAAgAAAAAAAAAAAAAAA==</t:Data></t:Item></m:Items>'
    "</m:UploadItems>",
    "create_item": '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>' + INBOX + "</m:SavedItemFolderId>"
    "<m:Items><t:Message><t:Subject>s</t:Subject><t:Body BodyType=\"HTML\">b</t:Body><t:Attachments><t:FileAttachment>"
    f"<t:Name>a</t:Name><t:Content>AAAA</t:Content></t:FileAttachment></t:Attachments><t:ExtendedProperty>{NAMED}<t:Values>"
    "<t:Value>v</t:Value></t:Values></t:ExtendedProperty><t:ToRecipients><t:Mailbox><t:EmailAddress>a@b</t:EmailAddress>"
    "</t:Mailbox></t:ToRecipients></t:Message></m:Items></m:CreateItem>",
    "create_mime": '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:MimeContent>'
    "U3ViamVjdDogeA0KDQp5DQo=</t:MimeContent></t:Message></m:Items></m:CreateItem>",
    "update_item": '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges>'
    '<t:ItemChange><t:ItemId Id="{item1}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="message:IsRead"/><t:Message>'
    '<t:IsRead>true</t:IsRead></t:Message></t:SetItemField><t:DeleteItemField><t:FieldURI FieldURI="item:Categories"/>'
    "</t:DeleteItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>",
    "delete_item": f'<m:DeleteItem DeleteType="MoveToDeletedItems">{ITEMS}</m:DeleteItem>',
    "move_item": f"<m:MoveItem>{DRAFTS}{ITEMS}</m:MoveItem>",
    "copy_item": f"<m:CopyItem>{DRAFTS}{ITEMS}</m:CopyItem>",
    "resolve_names": '<m:ResolveNames ReturnFullContactData="true"><m:UnresolvedEntry>alice</m:UnresolvedEntry></m:ResolveNames>',
    "convert_id": '<m:ConvertId DestinationFormat="HexEntryId"><m:SourceIds><t:AlternateId Format="EwsId" Id="{item0}" '
    f'Mailbox="{ALICE}"/></m:SourceIds></m:ConvertId>',
    "time_zones": '<m:GetServerTimeZones ReturnFullTimeZoneData="true"><m:Ids><t:Id>UTC</t:Id></m:Ids></m:GetServerTimeZones>',
}  # fmt: skip
SCRIPT = '{"seed":1,"faults":[{"fault":"busy","operation":"GetItem","times":2,"backoff_ms":5},{"fault":"reset","bytes":9}]}'


def write(fuzzer, name, content):
    path = CORPUS / fuzzer / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def without_checks(path):
    """The JSON text of checked lines."""
    return b"".join(line[17:] + b"\n" for line in path.read_bytes().splitlines())


def in_parts(content):
    """The same backup, its items in the second part of a PST."""
    content = content.replace(b'restore point","version":1', b'restore point","version":2')
    content = content.replace(b'"file":"Inbox.pst"', b'"file":"Inbox.pst","more":["Inbox-2.pst"]')
    return content.replace(b'"pst":', b'"part":2,"pst":')


def backups(directory):
    """A full and an incremental backup of a mailbox of four items."""
    with harness.Simulator({ALICE: "synthetic:4:300:1:1"}, [f"{ALICE}:pw"]) as simulator, harness.secret_file("pw") as password:
        server = ["--server", simulator.url, "--user", ALICE, "--password-file", password, "--to", directory, "--folder", "Inbox"]
        harness.run("mailkeep", "backup", *server)
        inbox = harness.exchange_account(simulator.url, ALICE, "pw", ALICE).inbox
        first, second = list(inbox.all().order_by("subject")[:2])
        first.is_read = not first.is_read
        first.save(update_fields=["is_read"])
        second.delete()
        harness.run("mailkeep", "backup", *server, "--incremental")
    return sorted((directory / "points").iterdir())


WHERE = {
    "folder": "folder=Top/Inbox\nfolder=Sent",
    "times": "since=2021-09-01\nbefore=2022-01-01T12:00:00Z\nsent-since=2020-01-01\nreceived-before=2030-01-01",
    "people": "from=*a*b*@example.t?st\nclass=IPM.Note",
    "wrong": "from\n=x\nsince=never\nclass=",
}


def small_pst(source, nids):
    """The header, maps, these nodes and their blocks in a file of their own, pages before blocks."""
    pst = Pst(source)
    nodes = {n: pst.nodes[n] for n in nids}
    wanted, open_bids = {}, [b for n in nodes.values() for b in (n.data, n.sub) if b]
    while open_bids:
        bid = open_bids.pop()
        if bid in wanted or bid not in pst.blocks:
            continue
        wanted[bid] = pst.blocks[bid]
        if bid & 2:
            data = pst.block(bid)
            step = {(1, 1): 8, (1, 2): 8, (2, 0): 24, (2, 1): 16}[data[0], data[1]]
            words = [struct.unpack_from(f"<{step // 8}Q", data, at) for at in range(8, len(data), step)]
            open_bids += [b for w in words for b in (w if step == 8 else w[1:]) if b]
    out = bytearray(pst.bytes[:1024] + pst.bytes[0x4200:0x4800] + bytes(1024))  # DList, AMap, PMap; two pages
    places = {}
    for bid, block in sorted(wanted.items())[:20]:
        places[bid] = len(out)
        size = (block.size + 16 + 63) // 64 * 64
        out += pst.bytes[block.at : block.at + size]
    nbt = b"".join(struct.pack("<QQQII", n, node.data, node.sub, node.parent, 0) for n, node in sorted(nodes.items()))
    bbt = b"".join(struct.pack("<QQHHI", b, at, wanted[b].size, 2, 0) for b, at in sorted(places.items()))
    for at, entries, n, size, kind in ((2560, nbt, len(nodes), 32, 0x81), (3072, bbt, len(places), 24, 0x80)):
        page = entries.ljust(488, b"\0") + struct.pack("<BBBBI", n, 488 // size, size, 0, 0)
        out[at : at + 512] = page + struct.pack("<BBHIQ", kind, kind, signature(at, at), crc(page), at)
    struct.pack_into("<QQQQ", out, 216, 2560, 2560, 3072, 3072)
    struct.pack_into("<Q", out, 184, len(out))
    struct.pack_into("<I", out, 4, crc(out[8:479]))
    struct.pack_into("<I", out, 524, crc(out[8:524]))
    return bytes(out)


def pst_seeds():
    for name, terms in WHERE.items():
        write("pst_where_fuzz", name, terms.encode())
    source = CORPUS / "pst_reader_fuzz/mailkeep.pst"
    for name, nids in (("store", [0x21, 0x61, 0x122, 0x12D]), ("message", [0x122, 0x200024])):
        write("pst_inspect_fuzz", name, small_pst(source, nids))


def main():
    pst_seeds()
    for name, request in REQUESTS.items():
        write("request_fuzz", name, ENVELOPE.replace("{}", request).encode())
    write("request_fuzz", "script", SCRIPT.encode())
    with tempfile.TemporaryDirectory() as scratch:
        for point in backups(pathlib.Path(scratch) / "backup"):
            kind = point.name.split("-")[-1]
            *manifest, _ = without_checks(point / "manifest.jsonl").splitlines(keepends=True)
            items = without_checks(point / "items.jsonl")
            head = [line for line in manifest if line.startswith((b'{"header', b'{"set', b'{"folder'))]
            journal = b"".join(head) + b'{"commit":"head"}\n' + items + b'{"commit":{"folder":0,"segment":8}}\n'
            parts = [(point.parents[1] / "mailkeep.json").read_bytes(), b"".join(manifest), items, journal]
            parts += [(point / name).read_bytes() for name in ["items.index", "items.segment"]]
            # the fuzzer's directory has one point, a full of this name
            content = b"\n%%\n".join(parts).replace(point.name.encode(), b"2026-11-22T20-00-00Z-full")
            content = re.sub(rb'"kind":"incremental","base":"[^"]*"', b'"kind":"full"', content)
            write("backup_directory_fuzz", kind, content)
            write("line_fuzz", kind, b"".join(manifest) + items)
            if kind == "full":
                write("backup_directory_fuzz", "parts", in_parts(content))
                write("line_fuzz", "parts", in_parts(b"".join(manifest) + items))


main()
