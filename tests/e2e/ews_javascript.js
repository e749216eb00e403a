// Drives the server at argv[2] as alice with ews-javascript-api, a port of Microsoft's EWS Managed API, and prints one
// JSON object of what it saw.
const ews = require(process.argv[3]);

async function main() {
  const service = new ews.ExchangeService(ews.ExchangeVersion.Exchange2013);
  service.Credentials = new ews.WebCredentials("alice@example.test", "pw");
  service.Url = new ews.Uri(process.argv[2]);
  const seen = {};
  const inbox = await ews.Folder.Bind(service, ews.WellKnownFolderName.Inbox);
  seen.inbox = inbox.TotalCount;
  const found = await service.FindItems(inbox.Id, new ews.ItemView(5));
  seen.found = [found.Items.length, found.TotalCount];
  const sync = (state) => service.SyncFolderItems(
    inbox.Id, ews.PropertySet.IdOnly, null, 512, ews.SyncFolderItemsScope.NormalItems, state);
  const first = await sync(null);
  const message = new ews.EmailMessage(service);
  message.Subject = "From JavaScript";
  message.Body = new ews.MessageBody("Hello");
  message.ToRecipients.Add("bob@example.test");
  await message.Save(ews.WellKnownFolderName.Inbox);
  const second = await sync(first.SyncState);
  seen.sync = [first.Count, second.Count, second.MoreChangesAvailable];
  const bound = await ews.EmailMessage.Bind(service, message.Id);
  seen.subject = bound.Subject;
  bound.Subject = "Changed";
  await bound.Update(ews.ConflictResolutionMode.AlwaysOverwrite);
  const moved = await bound.Move(ews.WellKnownFolderName.SentItems);
  seen.moved = moved.Id.UniqueId !== message.Id.UniqueId;
  await moved.Delete(ews.DeleteMode.HardDelete);
  const third = await sync(second.SyncState);
  seen.after = third.Count;
  const root = new ews.FolderId(ews.WellKnownFolderName.Root);
  seen.folders = (await service.SyncFolderHierarchy(root, ews.PropertySet.IdOnly, null)).Count;
  console.log(JSON.stringify(seen));
}

main().catch((e) => {
  console.error(e.message || e);
  process.exit(1);
});
