#include "pst/reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/tags.h"
#include "pst/folder_reader.h"
#include "pst/lost_messages.h"
#include "pst/message_reader.h"
#include "pst/ndb/salvage.h"
#include "pst/salvaged_folders.h"

namespace mk::pst {
namespace {

constexpr std::uint16_t kIpmSubTreeEntryId = 0x35E0, kPstPassword = 0x67FF;
constexpr std::size_t kEntryIdBytes = 24, kEntryIdStoreAt = 4, kEntryIdNidAt = 20;  // [MS-PST] 2.4.3.2
constexpr Nid kUsualSubtree{0x8022};
constexpr const char* kOstSubtree = "IPM_SUBTREE";

}  // namespace

struct PstFile::Impl {
  Impl(std::shared_ptr<const ndb::Database> database, bool salvage)
      : db(std::move(database)), code_page(db), folders(db, names, code_page, salvage) {}

  void read_store();
  Nid find_subtree() const;
  Nid subtree_among(const std::vector<FolderEntry>& entries) const;

  std::shared_ptr<const ndb::Database> db;
  NameMap names;
  model::PropertyList store;
  Nid subtree = nid::kRootFolder;
  StoreCodePage code_page;
  FolderReader folders;
  std::optional<SalvagedFolders> salvaged;
  std::vector<std::string> warnings;
};

/// A store without its own properties or names is poorer, but its mail is still there.
void PstFile::Impl::read_store() {
  auto map = NameMap::read(db);
  if (map)
    names = *std::move(map);
  else
    warnings.push_back("the map of named properties is damaged, so they come without names: " +
                       map.error().what);
  ltp::Budget budget;
  const auto node = db->node(nid::kMessageStore);
  auto context =
      node ? ltp::read_property_context(db, *node, budget) : Result<ltp::PropertyContext>(node.error());
  if (context) {
    store = std::move(context->properties);
    names.resolve(store);
    mark_code_page(store, code_page);
  } else {
    warnings.push_back("the properties of the message store are damaged: " + context.error().what);
  }
  subtree = find_subtree();
}

/// Null when only the names of folders can tell: OST files do not say.
Nid PstFile::Impl::find_subtree() const {
  Nid wanted = kUsualSubtree;
  const auto entry_id = store.get_binary(kIpmSubTreeEntryId);
  if (entry_id && entry_id->size() == kEntryIdBytes)
    wanted = Nid(load_le<std::uint32_t>(entry_id->data() + kEntryIdNidAt));
  else if (db->header().wMagicClient == disk::kMagicClientOst)
    return {};
  const auto found = db->find_node(wanted);
  return found && *found ? wanted : nid::kRootFolder;
}

/// An OST has a second folder of that name for public folders; the mailbox's is the one that has folders.
Nid PstFile::Impl::subtree_among(const std::vector<FolderEntry>& entries) const {
  if (subtree != Nid()) return subtree;
  Nid best = nid::kRootFolder;
  std::ptrdiff_t most_children = -1;
  for (const auto& f : entries) {
    if (f.name != kOstSubtree) continue;
    const auto n = std::count_if(entries.begin(), entries.end(),
                                 [&](const FolderEntry& child) { return child.parent == f.nid; });
    if (n > most_children) best = f.nid;
    most_children = std::max(most_children, n);
  }
  return best;
}

PstFile::PstFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PstFile::~PstFile() = default;

Result<std::unique_ptr<PstFile>> PstFile::open_storage(std::shared_ptr<const ndb::Storage> storage,
                                                       const OpenOptions& options) {
  std::vector<std::string> damage;
  const ndb::ReadOptions read{options.verify_checksums};
  TRY_ASSIGN(auto db, options.salvage ? ndb::salvage(std::move(storage), read, damage)
                                      : ndb::Database::open(std::move(storage), read));
  if (!damage.empty()) {
    const auto lost = find_lost_messages(db);
    if (!lost.empty()) {
      db = db->with_nodes(lost);
      damage.push_back(fmt::format("{} messages were found by their content alone", lost.size()));
    }
  }
  auto impl = std::make_unique<Impl>(std::move(db), options.salvage);
  impl->warnings = std::move(damage);
  impl->read_store();
  if (options.salvage) {
    TRY_ASSIGN(auto reached, impl->folders.below(nid::kRootFolder));
    const Nid subtree = impl->subtree_among(reached);
    impl->salvaged = SalvagedFolders::find(*impl->db, impl->folders, std::move(reached), subtree);
  }
  return std::unique_ptr<PstFile>(new PstFile(std::move(impl)));
}

Result<std::unique_ptr<PstFile>> PstFile::open(const std::filesystem::path& path,
                                               const OpenOptions& options) {
  TRY_ASSIGN(auto storage, ndb::open_file_storage(path));
  auto file = open_storage(std::move(storage), options);
  if (!file) return std::move(file).error().in(path.string());
  return file;
}

Result<std::unique_ptr<PstFile>> PstFile::open_bytes(ByteString file, const OpenOptions& options) {
  return open_storage(ndb::make_memory_storage(std::move(file)), options);
}

Result<std::vector<FolderEntry>> PstFile::folders() const {
  if (impl_->salvaged) return impl_->salvaged->entries();
  return impl_->folders.below(nid::kRootFolder);
}
Nid PstFile::root_folder() const { return nid::kRootFolder; }
FolderEntry PstFile::root_entry() const { return impl_->folders.entry(nid::kRootFolder, nid::kRootFolder); }
Nid PstFile::ipm_subtree() const {
  if (impl_->subtree != Nid()) return impl_->subtree;
  const auto entries = folders();
  return entries ? impl_->subtree_among(*entries) : nid::kRootFolder;
}

Result<Nid> PstFile::node_of_entry_id(Bytes entry_id) const {
  if (entry_id.size() != kEntryIdBytes)
    return Error{Code::kInvalid, fmt::format("an entry id of a PST has {} bytes, this one {}", kEntryIdBytes,
                                             entry_id.size())};
  const auto key = impl_->store.get_binary(model::pid::kRecordKey);
  const Bytes store = entry_id.subspan(kEntryIdStoreAt, kEntryIdNidAt - kEntryIdStoreAt);
  if (key && as_chars(store) != *key)
    return Error{Code::kInvalid,
                 "the entry id is of another store: its provider is not this file's PidTagRecordKey"};
  return Nid(load_le<std::uint32_t>(entry_id.data() + kEntryIdNidAt));
}

Result<std::vector<Nid>> PstFile::items(Nid folder, bool associated) const {
  if (folder == kRecoveredFolder && impl_->salvaged) return impl_->salvaged->orphans(associated);
  return impl_->folders.items(folder, associated);
}

Result<model::Item> PstFile::read_item(Nid nid, std::vector<std::string>* lost,
                                       std::vector<Nid>* embedded) const {
  const std::string where = fmt::format("item {:#x}", nid.value);
  if (nid.type() != NidType::kNormalMessage && nid.type() != NidType::kAssocMessage)
    return Error{Code::kNotFound, where + ": the node is no item"};
  const auto node = impl_->db->node(nid);
  if (!node) return Error(node.error()).in(where);
  ndb::Losses losses;
  MessageReader reader(impl_->db, impl_->names, impl_->code_page, lost ? &losses : nullptr);
  auto item = reader.read(*node);
  if (!item) return std::move(item).error().in(where);
  if (lost != nullptr) *lost = losses.told();
  if (embedded != nullptr) *embedded = reader.take_embedded();
  return item;
}

Status PstFile::visit_rows(Nid folder, bool associated, const RowVisitor& visitor) const {
  return impl_->folders.visit_rows(folder, associated, visitor);
}

const model::PropertyList& PstFile::store_properties() const { return impl_->store; }

Result<FileInfo> PstFile::info() const {
  const disk::Header& h = impl_->db->header();
  FileInfo out;
  out.is_ost = h.wMagicClient == disk::kMagicClientOst;
  out.format = static_cast<Format>(impl_->db->layout().form);
  out.encoding = static_cast<Encoding>(h.bCryptMethod);
  out.file_bytes = impl_->db->file_bytes();
  out.free_bytes = h.root.cbAMapFree;
  out.named_properties = impl_->names.size();
  // In an OST the same property is always -1 and means something else.
  out.has_password = !out.is_ost && impl_->store.get_integer(kPstPassword).value_or(0) != 0;
  TRY(impl_->db->visit_nodes([&](const ndb::Node&) { ++out.nodes; }));
  TRY(impl_->db->visit_blocks([&](const disk::BbtEntry& e) {
    ++out.blocks;
    out.block_data_bytes += e.cb;
  }));
  return out;
}

std::vector<model::PropertyName> PstFile::names() const { return impl_->names.in_order(); }
const std::array<std::uint32_t, 32>& PstFile::last_indexes() const { return impl_->db->header().rgnid; }
Result<Bid> PstFile::data_block(Nid node) const {
  TRY_ASSIGN(const ndb::Node found, impl_->db->node(node));
  return found.data;
}

std::vector<std::string> PstFile::warnings() const {
  auto out = impl_->warnings;
  for (auto& w : impl_->folders.warnings()) out.push_back(std::move(w));
  return out;
}

}  // namespace mk::pst
