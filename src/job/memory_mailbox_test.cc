#include "job/memory_mailbox.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "mapi/item_reader.h"
#include "mapi/item_writer.h"
#include "model/tags.h"

namespace mk::job {
namespace {

using Kind = model::ItemChange::Kind;

ByteString stream_of(const model::Item& item) {
  ByteString out;
  StringSink sink(out);
  MK_CHECK(mapi::write_exported_item(item, sink));
  return out;
}

void refresh(MemoryServer::Folder& f) {
  f.info.items = f.info.associated = 0;
  for (const auto& [id, item] : f.items) item.head.associated ? ++f.info.associated : ++f.info.items;
}

}  // namespace

model::Item MemoryServer::make_item(const std::string& subject, std::size_t body_bytes,
                                    const std::string& key) {
  model::Item item;
  auto& p = item.properties;
  p.set_text(model::pid::kMessageClass, "IPM.Note");
  p.set_text(model::pid::kSubject, subject);
  p.set_text(model::pid::kSenderName, "Zoë");
  p.set_time(model::pid::kMessageDeliveryTime, {133'000'000'000'000'000});
  p.set_integer32(model::pid::kMessageFlags, 0);
  p.set_binary(model::pid::kSearchKey, key);
  p.set_text(model::pid::kBody, std::string(body_bytes / 2, 'x'));
  return item;
}

std::string MemoryServer::add_folder(const std::string& parent, const std::string& name,
                                     const std::string& well_known) {
  const std::string id = "F" + std::to_string(next_id++);
  auto& f = folders[id];
  f.info.id.value = id;
  f.info.parent.value = parent;
  f.info.name = name;
  f.info.folder_class = "IPF.Note";
  f.info.well_known = well_known;
  order.push_back(id);
  return id;
}

std::string MemoryServer::add_item(const std::string& folder, const std::string& subject, std::size_t body,
                                   bool associated) {
  const std::string id = "I" + std::to_string(next_id++);
  auto& f = folders[folder];
  Item item;
  item.subject = subject;
  item.stream = stream_of(make_item(subject, body, "key of " + id));
  item.head.id.value = id;
  item.head.change_key.value = "C" + std::to_string(next_id++);
  item.head.size_bytes = item.stream.size();
  item.head.associated = associated;
  item.head.item_class = "IPM.Note";
  f.items[id] = std::move(item);
  f.log.push_back({Kind::kCreate, id});
  refresh(f);
  return id;
}

void MemoryServer::change_item(const std::string& folder, const std::string& id, const std::string& subject) {
  auto& f = folders[folder];
  auto& item = f.items.at(id);
  item.subject = subject;
  item.stream = stream_of(make_item(subject, 300, "key of " + id));
  item.head.size_bytes = item.stream.size();
  item.head.change_key.value = "C" + std::to_string(next_id++);
  f.log.push_back({Kind::kUpdate, id});
}

void MemoryServer::delete_item(const std::string& folder, const std::string& id) {
  auto& f = folders[folder];
  if (f.items.erase(id) > 0) f.log.push_back({Kind::kDelete, id});
  refresh(f);
}

std::string MemoryServer::move_item(const std::string& from, const std::string& id, const std::string& to) {
  Item item = folders[from].items.at(id);
  delete_item(from, id);
  const std::string moved = "I" + std::to_string(next_id++);
  item.head.id.value = moved;
  item.head.change_key.value = "C" + std::to_string(next_id++);
  folders[to].items[moved] = std::move(item);
  folders[to].log.push_back({Kind::kCreate, moved});
  refresh(folders[to]);
  return moved;
}

void MemoryServer::set_read(const std::string& folder, const std::string& id, bool read) {
  folders[folder].items.at(id).head.read = read;
  folders[folder].log.push_back({Kind::kReadFlag, id, read});
}

void MemoryMailbox::call(const std::string& operation, const std::string& folder) {
  if (server_.before) server_.before(operation, folder);
}

Result<std::unique_ptr<model::MailboxSource>> MemoryMailbox::clone() const {
  return std::unique_ptr<model::MailboxSource>(std::make_unique<MemoryMailbox>(server_));
}

Result<MemoryServer::Folder*> MemoryMailbox::find(const model::FolderId& folder) {
  if (server_.password_wrong) return Error{Code::kDenied, "the password is wrong"};
  const auto it = server_.folders.find(folder.value);
  if (it == server_.folders.end()) return Error{Code::kNotFound, "no such folder"};
  if (server_.denied_folders.contains(folder.value)) return Error{Code::kDenied, "access denied"};
  return &it->second;
}

Result<std::vector<model::Folder>> MemoryMailbox::folders() {
  const std::lock_guard lock(server_.mutex);
  if (server_.password_wrong) return Error{Code::kDenied, "the password is wrong"};
  std::vector<model::Folder> out;
  for (const auto& id : server_.order)
    if (const auto it = server_.folders.find(id); it != server_.folders.end()) out.push_back(it->second.info);
  return out;
}

Result<model::FolderCounts> MemoryMailbox::count(const model::FolderId& folder) {
  const std::lock_guard lock(server_.mutex);
  call("count", folder.value);
  TRY_ASSIGN(const auto* f, find(folder));
  return model::FolderCounts{f->info.items, f->info.associated};
}

Result<model::ItemChanges> MemoryMailbox::sync_items(const model::FolderId& folder,
                                                     const model::SyncState& state) {
  const std::lock_guard lock(server_.mutex);
  call("list", folder.value);
  ++server_.listed;
  TRY_ASSIGN(const auto* f, find(folder));
  std::size_t at = 0;
  const std::string prefix = std::to_string(f->generation) + ":";
  if (!state.empty() && !state.value.starts_with(prefix))
    return Error{Code::kConflict, "ErrorInvalidSyncStateData"};
  if (!state.empty()) at = std::stoul(state.value.substr(prefix.size()));
  model::ItemChanges page;
  for (; at < f->log.size() && page.changes.size() < server_.page_size; ++at) {
    const auto& e = f->log[at];
    if (server_.left_out.contains(e.id)) continue;
    model::ItemChange change{e.kind, {}};
    change.head.id.value = e.id;
    change.head.read = e.read;
    const auto item = f->items.find(e.id);
    if (e.kind != Kind::kDelete && item == f->items.end()) continue;
    if (e.kind == Kind::kCreate || e.kind == Kind::kUpdate) change.head = item->second.head;
    page.changes.push_back(change);
  }
  page.state.value = prefix + std::to_string(at);
  page.last = at == f->log.size();
  return page;
}

Status MemoryMailbox::fetch(const std::vector<model::ItemHead>& items, model::ItemReceiver& receiver) {
  for (const auto& head : items) TRY(fetch_one(head, receiver));
  return ok;
}

Status MemoryMailbox::fetch_one(const model::ItemHead& head, model::ItemReceiver& receiver) {
  ByteString stream;
  {
    const std::lock_guard lock(server_.mutex);
    call("fetch", {});
    if (server_.fail_after_fetches >= 0 && server_.fetched >= server_.fail_after_fetches)
      return Error{Code::kUnavailable, "the server went away"};
    ++server_.fetched;
    MemoryServer::Item* found = nullptr;
    for (auto& [id, f] : server_.folders)
      if (const auto it = f.items.find(head.id.value); it != f.items.end()) {
        found = &it->second;
        if (server_.vanishing.contains(head.id.value)) {
          server_.delete_item(id, head.id.value);
          found = nullptr;
        }
        break;
      }
    if (found != nullptr) {
      stream = found->stream;
      if (auto it = server_.truncated.find(head.id.value); it != server_.truncated.end() && it->second-- > 0)
        stream.resize(stream.size() / 2);
      if (auto it = server_.broken.find(head.id.value); it != server_.broken.end() && it->second-- > 0)
        return receiver.fail(head.id, {Code::kCorrupt, "ErrorItemCorrupt"});
    }
  }
  if (stream.empty()) return receiver.fail(head.id, {Code::kNotFound, "ErrorItemNotFound"});
  TRY_ASSIGN(ByteSink* const sink, receiver.begin(head.id));
  TRY(sink->write(as_bytes(stream)));
  return receiver.end(head.id);
}

Result<std::vector<model::ItemLabel>> MemoryMailbox::labels(const std::vector<model::ItemId>& items) {
  const std::lock_guard lock(server_.mutex);
  std::vector<model::ItemLabel> out(items.size());
  for (std::size_t i = 0; i < items.size(); ++i)
    for (const auto& [id, f] : server_.folders)
      if (const auto it = f.items.find(items[i].value); it != f.items.end())
        out[i].subject = it->second.subject;
  return out;
}

Result<model::FolderId> MemoryMailbox::create_folder(const model::FolderId& parent, const std::string& name,
                                                     const std::string& folder_class) {
  const std::lock_guard lock(server_.mutex);
  if (server_.gone) return Error{Code::kUnavailable, "the server went away"};
  for (const auto& [id, f] : server_.folders)
    if (f.info.parent == parent && f.info.name == name) return Error{Code::kConflict, "ErrorFolderExists"};
  const auto id = server_.add_folder(parent.value, name);
  server_.folders[id].info.folder_class = folder_class;
  return model::FolderId{id};
}

Result<model::CreatedItem> MemoryMailbox::upload_one(const model::Upload& upload) {
  TRY_ASSIGN(auto* const f, find(upload.folder));
  if (upload.stream->size() > server_.upload_limit)
    return Error{Code::kExhausted, "too large for this server"};
  TRY_ASSIGN(const model::Item item, mapi::read_exported_item(upload.stream));
  const auto subject = item.properties.get_text(model::pid::kSubject).value_or("");
  const bool is_new = upload.replaces.empty();
  if (!is_new && !f->items.contains(upload.replaces.value))
    return Error{Code::kNotFound, "ErrorItemNotFound"};
  const std::string id =
      is_new ? server_.add_item(upload.folder.value, subject, 2, upload.associated) : upload.replaces.value;
  if (!is_new) server_.change_item(upload.folder.value, id, subject);
  auto& stored = f->items.at(id);
  TRY_ASSIGN(const auto in, upload.stream->open());
  TRY_ASSIGN(stored.stream, read_all(*in, 1 << 30));
  stored.head.size_bytes = stored.stream.size();
  ++server_.uploaded;
  return model::CreatedItem{{id}, stored.head.change_key};
}

Result<std::vector<Result<model::CreatedItem>>> MemoryMailbox::upload(
    const std::vector<model::Upload>& items) {
  const std::lock_guard lock(server_.mutex);
  call("upload", {});
  if (server_.gone || (server_.fail_after_fetches >= 0 && server_.uploaded >= server_.fail_after_fetches))
    return Error{Code::kUnavailable, "the server went away"};
  std::vector<Result<model::CreatedItem>> out;
  for (const auto& item : items) out.push_back(upload_one(item));
  return out;
}

Result<std::vector<model::ItemMark>> MemoryMailbox::marks(
    const model::FolderId& folder, bool associated,
    const std::function<bool(const model::Item&, model::ItemMark&)>& take) {
  const std::lock_guard lock(server_.mutex);
  TRY_ASSIGN(const auto* f, find(folder));
  std::vector<model::ItemMark> out;
  for (const auto& [id, item] : f->items) {
    if (item.head.associated != associated) continue;
    TRY_ASSIGN(const auto decoded, mapi::read_exported_item(make_memory_blob(item.stream)));
    model::ItemMark mark{{id}, {}, {}, item.stream.size()};
    if (take(decoded, mark)) out.push_back(mark);
  }
  return out;
}

Result<std::vector<model::ItemMark>> MemoryMailbox::marked(const model::FolderId& folder, bool associated,
                                                           const model::PropertyName& marker) {
  return marks(folder, associated, [&](const model::Item& item, model::ItemMark& mark) {
    const auto* p = item.properties.find(marker);
    if (p != nullptr) mark.marker = model::text_of(*p, 1252);
    return p != nullptr;
  });
}

Result<std::vector<model::ItemMark>> MemoryMailbox::by_search_key(const model::FolderId& folder,
                                                                  bool associated, const ByteString& key) {
  return marks(folder, associated, [&](const model::Item& item, model::ItemMark&) {
    return item.properties.get_binary(model::pid::kSearchKey) == key;
  });
}

Result<std::vector<bool>> MemoryMailbox::exist(const std::vector<model::ItemId>& items) {
  const std::lock_guard lock(server_.mutex);
  std::vector<bool> out;
  for (const auto& id : items)
    out.push_back(std::any_of(server_.folders.begin(), server_.folders.end(),
                              [&](const auto& f) { return f.second.items.contains(id.value); }));
  return out;
}

Result<std::uint64_t> MemoryMailbox::set_read(const std::vector<model::ItemId>& items, bool read) {
  const std::lock_guard lock(server_.mutex);
  call("set_read", {});
  if (server_.gone) return Error{Code::kUnavailable, "the server went away"};
  for (const auto& id : items)
    for (auto& [name, f] : server_.folders)
      if (f.items.contains(id.value)) server_.set_read(name, id.value, read);
  return items.size();
}

TEST(MemoryMailbox, ListsWhatChangedSinceAState) {
  MemoryServer server;
  const auto inbox = server.add_folder("", "Inbox");
  const auto a = server.add_item(inbox, "one");
  MemoryMailbox mailbox(server);
  const auto first = mailbox.sync_items({inbox}, {});
  ASSERT_TRUE(first);
  EXPECT_EQ(first->changes.size(), 1u);
  server.delete_item(inbox, a);
  const auto second = mailbox.sync_items({inbox}, first->state);
  ASSERT_TRUE(second);
  ASSERT_EQ(second->changes.size(), 1u);
  EXPECT_EQ(second->changes[0].kind, Kind::kDelete);
}

}  // namespace mk::job
