#include "pst/reader.h"

#include <fmt/format.h>

#include "model/tags.h"
#include "pst/folder_reader.h"
#include "pst/message_reader.h"

namespace mk::pst {
namespace {

constexpr std::uint16_t kIpmSubTreeEntryId = 0x35E0, kPstPassword = 0x67FF;
constexpr std::size_t kEntryIdBytes = 24, kEntryIdNidAt = 20;  // [MS-PST] 2.4.3.2
constexpr Nid kUsualSubtree{0x8022};

}  // namespace

struct PstFile::Impl {
  explicit Impl(std::shared_ptr<const ndb::Database> database)
      : db(std::move(database)), folders(db, names) {}

  void read_store();
  Nid find_subtree() const;

  std::shared_ptr<const ndb::Database> db;
  NameMap names;
  model::PropertyList store;
  Nid subtree = nid::kRootFolder;
  FolderReader folders;
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
  } else {
    warnings.push_back("the properties of the message store are damaged: " + context.error().what);
  }
  subtree = find_subtree();
}

Nid PstFile::Impl::find_subtree() const {
  Nid wanted = kUsualSubtree;
  const auto entry_id = store.get_binary(kIpmSubTreeEntryId);
  if (entry_id && entry_id->size() == kEntryIdBytes)
    wanted = Nid(load_le<std::uint32_t>(entry_id->data() + kEntryIdNidAt));
  const auto found = db->find_node(wanted);
  return found && *found ? wanted : nid::kRootFolder;
}

PstFile::PstFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PstFile::~PstFile() = default;

Result<std::unique_ptr<PstFile>> PstFile::open_storage(std::shared_ptr<const ndb::Storage> storage,
                                                       const OpenOptions& options) {
  TRY_ASSIGN(auto db, ndb::Database::open(std::move(storage), {options.verify_checksums}));
  auto impl = std::make_unique<Impl>(std::move(db));
  impl->read_store();
  return std::unique_ptr<PstFile>(new PstFile(std::move(impl)));
}

Result<std::unique_ptr<PstFile>> PstFile::open(const std::filesystem::path& path) {
  TRY_ASSIGN(auto storage, ndb::open_file_storage(path));
  auto file = open_storage(std::move(storage), {});
  if (!file) return std::move(file).error().in(path.string());
  return file;
}

Result<std::unique_ptr<PstFile>> PstFile::open_bytes(ByteString file, const OpenOptions& options) {
  return open_storage(ndb::make_memory_storage(std::move(file)), options);
}

Result<std::vector<FolderEntry>> PstFile::folders() const { return impl_->folders.below(nid::kRootFolder); }
Nid PstFile::root_folder() const { return nid::kRootFolder; }
FolderEntry PstFile::root_entry() const { return impl_->folders.entry(nid::kRootFolder, nid::kRootFolder); }
Nid PstFile::ipm_subtree() const { return impl_->subtree; }

Result<std::vector<Nid>> PstFile::items(Nid folder, bool associated) const {
  return impl_->folders.items(folder, associated);
}

Result<model::Item> PstFile::read_item(Nid nid) const {
  const std::string where = fmt::format("item {:#x}", nid.value);
  if (nid.type() != NidType::kNormalMessage && nid.type() != NidType::kAssocMessage)
    return Error{Code::kNotFound, where + ": the node is no item"};
  const auto node = impl_->db->node(nid);
  if (!node) return Error(node.error()).in(where);
  auto item = MessageReader(impl_->db, impl_->names).read(*node);
  if (!item) return std::move(item).error().in(where);
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

std::vector<std::string> PstFile::warnings() const {
  auto out = impl_->warnings;
  for (auto& w : impl_->folders.warnings()) out.push_back(std::move(w));
  return out;
}

}  // namespace mk::pst
