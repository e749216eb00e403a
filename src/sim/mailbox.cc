#include "sim/mailbox.h"

#include "base/hash.h"
#include "model/tags.h"

namespace mk::sim {
namespace {

struct Standard {
  const char *well_known, *parent, *name, *folder_class;
};

// [MS-OXWSFOLD] 2.2.5.x; "root" comes first, parents before children. English names, as a new mailbox has
// them.
constexpr Standard kStandard[] = {
    {"msgfolderroot", "root", "Top of Information Store", "IPF"},
    {"searchfolders", "root", "Finder", ""},
    {"recoverableitemsroot", "root", "Recoverable Items", ""},
    {"recoverableitemsdeletions", "recoverableitemsroot", "Deletions", ""},
    {"recoverableitemsversions", "recoverableitemsroot", "Versions", ""},
    {"recoverableitemspurges", "recoverableitemsroot", "Purges", ""},
    {"inbox", "msgfolderroot", "Inbox", "IPF.Note"},
    {"sentitems", "msgfolderroot", "Sent Items", "IPF.Note"},
    {"deleteditems", "msgfolderroot", "Deleted Items", "IPF.Note"},
    {"drafts", "msgfolderroot", "Drafts", "IPF.Note"},
    {"outbox", "msgfolderroot", "Outbox", "IPF.Note"},
    {"junkemail", "msgfolderroot", "Junk Email", "IPF.Note"},
    {"calendar", "msgfolderroot", "Calendar", "IPF.Appointment"},
    {"contacts", "msgfolderroot", "Contacts", "IPF.Contact"},
    {"tasks", "msgfolderroot", "Tasks", "IPF.Task"},
    {"notes", "msgfolderroot", "Notes", "IPF.StickyNote"},
    {"journal", "msgfolderroot", "Journal", "IPF.Journal"},
};

/// The same address gives the same GUID in every run, so that ids in scripts and logs can be compared.
Guid guid_for(const std::string& address) {
  const auto digest = sha256(as_bytes("mailkeep-sim mailbox " + address));
  Guid g;
  std::memcpy(&g.data1, digest.data(), 4);
  std::memcpy(&g.data2, digest.data() + 4, 2);
  std::memcpy(&g.data3, digest.data() + 6, 2);
  std::memcpy(g.data4.data(), digest.data() + 8, 8);
  return g;
}

std::uint8_t kind_of(std::string_view message_class) {
  if (message_class.starts_with("IPM.Appointment")) return 15;
  if (message_class.starts_with("IPM.Contact")) return 17;
  if (message_class.starts_with("IPM.Task")) return 19;
  return 9;
}

}  // namespace

Mailbox::Mailbox(std::string address, std::shared_ptr<Spool> spool)
    : address_(std::move(address)), guid_(guid_for(address_)), spool_(std::move(spool)) {
  make_standard_folders();
}

void Mailbox::make_standard_folders() {
  add_folder(0, "", "", "root");
  for (const auto& s : kStandard)
    add_folder(well_known(s.parent)->number, s.name, s.folder_class, s.well_known);
}

Folder* Mailbox::folder(std::uint64_t number) {
  const auto it = folders_.find(number);
  return it == folders_.end() ? nullptr : &it->second;
}

Folder* Mailbox::well_known(std::string_view id) {
  for (auto& [number, folder] : folders_)
    if (folder.well_known == id) return &folder;
  return nullptr;
}

Folder* Mailbox::child(std::uint64_t parent, std::string_view name) {
  for (auto& [number, folder] : folders_)
    if (folder.parent == parent && folder.name == name) return &folder;
  return nullptr;
}

bool Mailbox::is_below(std::uint64_t folder, std::uint64_t top) const {
  for (auto it = folders_.find(folder); it != folders_.end(); it = folders_.find(it->second.parent))
    if (it->second.parent == top) return true;
  return false;
}

FolderTally Mailbox::tally(const Folder& folder) const {
  FolderTally out;
  for (const auto& [number, item] : folder.items) {
    out.bytes += item->bytes->size();
    ++(item->associated ? out.associated : out.normal);
    if (!item->associated && !item->facts.read()) ++out.unread;
  }
  for (const auto& [number, other] : folders_)
    if (other.parent == folder.number) ++out.children;
  return out;
}

Item* Mailbox::item(std::uint64_t number) {
  const auto it = items_.find(number);
  return it == items_.end() ? nullptr : it->second.get();
}

std::string Mailbox::change_key(const Folder& f) const { return format_change_key(1, guid_, f.changed_seq); }

std::string Mailbox::change_key(const Item& i) const {
  return format_change_key(kind_of(i.facts.message_class), guid_, i.changed_seq);
}

Folder& Mailbox::add_folder(std::uint64_t parent, std::string name, std::string folder_class,
                            std::string well_known) {
  Folder f;
  f.number = next_number_++;
  f.parent = parent;
  f.name = std::move(name);
  f.folder_class = std::move(folder_class);
  f.well_known = std::move(well_known);
  f.created_seq = f.changed_seq = ++seq_;
  return folders_.emplace(f.number, std::move(f)).first->second;
}

void Mailbox::touch(Folder& folder) { folder.changed_seq = ++seq_; }

void Mailbox::move_folder(Folder& folder, std::uint64_t parent) {
  folder.parent = parent;
  touch(folder);
}

void Mailbox::remove_folder(std::uint64_t number) {
  Folder* f = folder(number);
  if (f == nullptr) return;
  std::vector<std::uint64_t> children;
  for (const auto& [n, other] : folders_)
    if (other.parent == number) children.push_back(n);
  for (const auto n : children) remove_folder(n);
  for (const auto& [n, item] : f->items) items_.erase(n);
  gone_folders_.push_back({number, f->parent, f->created_seq, ++seq_, false});
  folders_.erase(number);
}

Item& Mailbox::add_item(std::uint64_t folder_number, bool associated, BlobPtr bytes, ItemFacts facts) {
  Folder* f = folder(folder_number);
  MK_CHECK(f != nullptr);
  auto owned = std::make_unique<Item>();
  Item& item = *owned;
  item.number = next_number_++;
  item.folder = folder_number;
  item.associated = associated;
  item.bytes = std::move(bytes);
  item.facts = std::move(facts);
  item.created_seq = item.changed_seq = f->contents_seq = ++seq_;
  f->items.emplace(item.number, &item);
  items_.emplace(item.number, std::move(owned));
  return item;
}

void Mailbox::replace(Item& item, BlobPtr bytes, ItemFacts facts) {
  item.bytes = std::move(bytes);
  item.facts = std::move(facts);
  item.changed_seq = folder(item.folder)->contents_seq = ++seq_;
}

void Mailbox::set_read(Item& item, bool read) {
  if (item.facts.read() == read) return;
  item.facts.flags = read ? item.facts.flags | model::kFlagRead : item.facts.flags & ~model::kFlagRead;
  item.read_seq = folder(item.folder)->contents_seq = ++seq_;
}

Item& Mailbox::move_item(Item& item, std::uint64_t to) {
  const std::uint64_t old = item.number;
  Item& moved = add_item(to, item.associated, item.bytes, item.facts);
  remove_item(old);
  return moved;
}

void Mailbox::remove_item(std::uint64_t number) {
  const auto it = items_.find(number);
  if (it == items_.end()) return;
  const Item& item = *it->second;
  Folder* f = folder(item.folder);
  f->contents_seq = ++seq_;
  f->gone.push_back({number, f->number, item.created_seq, seq_, item.associated});
  f->items.erase(number);
  items_.erase(it);
}

void Mailbox::restart(std::uint64_t seq, std::uint64_t next_number, std::vector<Tombstone> gone_folders) {
  folders_.clear();
  items_.clear();
  seq_ = seq;
  next_number_ = next_number;
  gone_folders_ = std::move(gone_folders);
}

void Mailbox::put_back(Folder f) { folders_.insert_or_assign(f.number, std::move(f)); }

void Mailbox::put_back(std::unique_ptr<Item> item) {
  folder(item->folder)->items.emplace(item->number, item.get());
  items_.emplace(item->number, std::move(item));
}

}  // namespace mk::sim
