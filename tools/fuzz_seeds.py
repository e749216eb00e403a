"""tools/fuzz_seeds.py: writes the seeds of fuzzers whose input our own programs make, into fuzz/corpus.

backup_directory_fuzz and line_fuzz start from a real backup of a simulated mailbox, request_fuzz from one request of
each kind. Run it with MK_BIN when a format changed; the seeds are committed.
"""

import pathlib
import re
import sys
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[1]
CORPUS = SOURCE / "fuzz/corpus"
sys.path.insert(0, str(SOURCE / "tests/e2e"))

import harness  # noqa: E402

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


def main():
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
