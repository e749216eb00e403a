#include "agent/restore/browse.h"

#include "agent/restore/vault_catalog.h"
#include "base/safe_name.h"
#include "job/selection.h"
#include "job/spool.h"
#include "mapi/item_reader.h"

namespace mk::agent {
namespace {

constexpr std::size_t kMaxSubjectBytes = 80;

Result<std::size_t> find_folder(const OpenState& open, const std::string& given) {
  std::vector<const model::Folder*> folders;
  for (const auto& f : open.manifest().folders) folders.push_back(&f.folder);
  return job::FolderTree(folders).find(given);
}

ItemView view_of(const archive::ItemRecord& item, const std::string& folder) {
  return {item.head.id.value,
          folder,
          item.label,
          item.head.item_class,
          item.stream.bytes,
          item.head.read,
          item.head.has_attachments,
          item.head.associated};
}
ItemView view_of(const catalog::VersionRow& v) {
  return {v.head.id.value, v.folder_id.value,      v.label,          v.head.item_class, v.bytes,
          v.head.read,     v.head.has_attachments, v.head.associated};
}
ItemView view_of(const job::ItemLine& line, const std::string& folder) {
  return {line.head.id.value,
          folder,
          line.label,
          line.head.item_class,
          line.bytes,
          line.head.read,
          line.head.has_attachments,
          line.head.associated};
}

Result<ItemsPage> sorted_page(const OpenState& open, const model::FolderId& folder, const ItemsQuery& query,
                              const Workshop& workshop) {
  TRY_ASSIGN(const auto catalog, open_catalog(*open.door, workshop));
  auto& db = catalog->database();
  TRY_ASSIGN(const auto folders, catalog::folders(db, open.number));
  catalog::PageQuery q{open.number, 0, *query.order, query.descending, {query.after}, query.limit + 1};
  for (const auto& f : folders)
    if (f.folder.id == folder) q.folder = f.id;
  TRY_ASSIGN(const auto rows, catalog::page(db, q));
  ItemsPage page;
  for (const auto& row : rows) page.items.push_back(view_of(row));
  return page;
}

Result<ItemsPage> kept_page(const job::VaultState& state, const model::FolderId& folder,
                            const ItemsQuery& query) {
  ItemsPage page;
  TRY(state.point().for_each_item(
      folder, {query.after},
      [&](const archive::ItemRecord& item) -> Result<bool> {
        page.items.push_back(view_of(item, folder.value));
        return page.items.size() <= query.limit;
      },
      [&](std::uint64_t n, const Error&) { page.lost += n; }));
  return page;
}

/// The whole folder is gone through; what is kept is one page.
Result<ItemsPage> directory_page(const OpenState& open, const model::FolderId& folder,
                                 const ItemsQuery& query) {
  if (query.order)
    return Error{Code::kUnsupported,
                 "items in plain directories are not sorted; leave the order out, or back up into a vault"};
  ItemsPage page;
  bool begun = query.after.empty();
  TRY(open.state->for_each_in(folder, [&](const job::MailboxState::Held& held) -> Status {
    if (begun && page.items.size() <= query.limit) page.items.push_back(view_of(held.line, folder.value));
    begun = begun || held.line.head.id.value == query.after;
    return ok;
  }));
  if (!begun) return Error{Code::kNotFound, "the folder has no item " + query.after};
  return page;
}

}  // namespace

std::vector<FolderView> list_folders(const OpenState& open) {
  std::vector<FolderView> out;
  for (const auto& f : open.manifest().folders)
    if (f.set >= 0)
      out.push_back({f.folder.id.value, f.row.path, f.folder.folder_class, f.held.items, f.held.associated});
  return out;
}

Result<ItemsPage> list_items(const OpenState& open, const ItemsQuery& query, const Workshop& workshop) {
  TRY_ASSIGN(const std::size_t at, find_folder(open, query.folder));
  const auto& folder = open.manifest().folders[at].folder.id;
  const auto* const vault = open.in_vault();
  auto page = vault == nullptr ? directory_page(open, folder, query)
              : query.order    ? sorted_page(open, folder, query, workshop)
                               : kept_page(*vault, folder, query);
  if (!page) return page;
  page->more = page->items.size() > query.limit;
  if (page->more) page->items.resize(query.limit);
  return page;
}

Result<model::Item> read_item(const OpenState& open, const std::string& folder, const std::string& item) {
  TRY_ASSIGN(const std::size_t at, find_folder(open, folder));
  const auto& id = open.manifest().folders[at].folder.id;
  std::optional<job::MailboxState::Held> found;
  TRY_ASSIGN(auto line, open.state->find(id, {item}));
  if (!line) return Error{Code::kNotFound, "the folder has no item " + item + " at that time"};
  if (open.in_vault() != nullptr) {
    found = job::MailboxState::Held{at, *std::move(line), false, 0};
  } else {  // which point of the chain has its bytes only the listing says
    TRY(open.state->for_each_in(id, [&](const job::MailboxState::Held& held) -> Status {
      if (held.line.head.id.value == item) found = held;
      return ok;
    }));
  }
  if (!found) return Error{Code::kNotFound, "the folder has no item " + item + " at that time"};
  TRY_ASSIGN(const BlobPtr stream, open.state->stream(*found));
  return mapi::read_exported_item(stream);
}

Result<ItemFile> item_file(const model::Item& item, std::optional<mime::Form> form) {
  constexpr const char* kTypes[] = {"message/rfc822", "text/calendar; charset=utf-8",
                                    "text/vcard; charset=utf-8"};
  const mime::Form chosen = form.value_or(mime::form_of(item));
  ItemFile file;
  file.content_type = kTypes[static_cast<std::size_t>(chosen)];
  file.name = safe_name(mime::subject_of(item.properties), kMaxSubjectBytes, "no subject") +
              std::string(mime::extension(chosen));
  job::Spool out(std::filesystem::temp_directory_path());
  TRY_ASSIGN(file.note, mime::write_item(item, chosen, out));
  TRY_ASSIGN(file.content, out.finish());
  return file;
}

}  // namespace mk::agent
