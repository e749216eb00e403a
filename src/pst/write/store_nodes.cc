#include "pst/write/store_nodes.h"

#include <array>

#include "base/hash.h"
#include "model/tags.h"

namespace mk::pst::write {
namespace {

namespace pid = model::pid;
using Output = FolderWriter::Output;

constexpr Nid kIdMap{0xC01};
/// Nodes that exist without data.
constexpr auto kEmptyNodes = std::to_array<std::uint32_t>({0x1E1, 0x261, 0xE41, 0xEC1});
constexpr Nid kSubtree{0x8022}, kFinder{0x8042}, kWastebasket{0x8062}, kCommonViews{0x8082};
/// PidTagValidFolderMask: which of the entry ids beside it are there.
constexpr std::uint32_t kSubtreeValid = 0x1, kWastebasketValid = 0x8, kCommonViewsValid = 0x40,
                        kFinderValid = 0x80;

/// ENTRYID of a folder.  [MS-PST] 2.4.3.2
ByteString entry_id(const StoreFacts& store, Nid nid) {
  return ByteString(4, '\0') + store.record_key + le_bytes(nid.value);
}

/// A version history of one entry, under a name that is this store's own.  PidTagReplVersionHistory
ByteString version_history(const StoreFacts& store) {
  const auto digest = sha256(as_bytes("replica " + store.record_key));
  return le_bytes(std::uint32_t{1}) + ByteString(as_chars(digest).substr(0, 16)) + le_bytes(std::uint32_t{1});
}

/// Entry ids of folders that this store does not have in their roles, and marks that are another store's own.
constexpr auto kOfAnotherStore = std::to_array<std::uint16_t>({0x35E2, 0x35E4, 0x35E5, 0x35E6, 0x66FC});

Fields store_fields(const StoreFacts& store, bool has_common_views) {
  Fields fields = store.fields;
  for (const auto id : kOfAnotherStore) fields.remove(id);
  fields.set_binary(0x0E34, version_history(store));
  fields.set_integer(0x0E38, 0);  // PidTagReplFlags
  fields.set_binary(pid::kRecordKey, store.record_key);
  fields.set_text(pid::kDisplayName, store.name);
  fields.set_integer(
      0x35DF, kSubtreeValid | kWastebasketValid | kFinderValid | (has_common_views ? kCommonViewsValid : 0));
  fields.set_binary(0x35E0, entry_id(store, kSubtree));
  fields.set_binary(0x35E3, entry_id(store, kWastebasket));
  if (has_common_views) fields.set_binary(0x35E6, entry_id(store, kCommonViews));
  fields.set_binary(0x35E7, entry_id(store, kFinder));
  fields.set_boolean(0x6633, true);     // PidTagPstLrNoRestrictions
  fields.set_integer(0x66FA, 0xE0011);  // PidTagLatestPstEnsure, as Outlook 2010 writes it
  fields.set_integer(0x67FF, 0);        // PidTagPstPassword: none
  return fields;
}

Result<NodeRef> write_fields(const Fields& fields, Output& out) {
  SubnodeBuilder subnodes;
  SubnodeIds ids(out.last_index);
  PropertyContextBuilder pc(out.file, subnodes, ids);
  for (const auto& f : fields) TRY(pc.add(f.id, f.value));
  return pc.finish();
}

/// All message classes are received in the root folder: a store of mailkeep receives nothing.
Result<NodeRef> write_receive_folders(Output& out) {
  constexpr std::uint32_t kReceiveFolder = 0x66050003, kMessageClass = 0x001A001F;
  const TableLayout& layout = template_layout(TableKind::kReceiveFolders);
  SubnodeIds ids(out.last_index);
  TableBuilder table(out.file, layout, ids);
  TRY(table.begin_row(1, out.row_version++));
  TRY(table.set_integer(kReceiveFolder, nid::kRootFolder.value));
  TRY(table.set(*layout.find(kMessageClass), {}));
  TRY(table.end_row());
  return table.finish();
}

/// Maps ids of replicated items to nodes; nothing here is replicated.
Result<NodeRef> write_id_map(Output& out) {
  HeapBuilder heap(out.file, disk::HeapClient::kIdMap);
  TRY_ASSIGN(const disk::Hid root, heap.allocate(as_bytes(le_bytes(std::uint32_t{0}))));  // where the map is
  BthBuilder map(heap, 16, 4);
  TRY_ASSIGN(const disk::Hid map_at, map.begin());
  heap.patch(root, 0, as_bytes(le_bytes(map_at.value)));
  heap.set_root(root);
  TRY(map.finish());
  TRY_ASSIGN(const DataRef data, heap.finish());
  return NodeRef{data.bid, {}, data.bytes};
}

}  // namespace

StoreFacts StoreFacts::of(const std::string& name) {
  const auto digest = sha256(as_bytes("mailkeep store " + name));
  return {name, ByteString(as_chars(digest).substr(0, 16)), {}};
}

/// 16 KiB: the store's own fields, its nodes, and tables that are begun anew.
std::uint64_t store_bound(const StoreFacts& store, const NameMap& names) {
  return 16 * 1024 + 2 * store.name.size() + fields_bound(store.fields) + names.closing_bound();
}

Status write_store_nodes(const StoreFacts& store, const NameMap& names, bool has_common_views, Output& out) {
  const auto add = [&](Nid nid, const NodeRef& node) { out.nodes.push_back(node_entry(nid, node)); };
  TRY_ASSIGN(const NodeRef store_node, write_fields(store_fields(store, has_common_views), out));
  add(nid::kMessageStore, store_node);
  SubnodeIds ids(out.last_index);
  TRY_ASSIGN(const NodeRef map, names.write(out.file, ids));
  add(nid::kNameToIdMap, map);
  for (std::size_t i = 0; i < kTableKinds; ++i) {
    const auto kind = static_cast<TableKind>(i);
    auto node =
        kind == TableKind::kReceiveFolders ? write_receive_folders(out) : out.tables.share(out.file, kind);
    if (!node) return std::move(node).error();
    add(template_nid(kind), *node);
  }
  for (const auto nid : kEmptyNodes) add(Nid(nid), NodeRef());
  TRY_ASSIGN(const DataRef searches,
             write_data_tree(out.file, as_bytes(le_bytes(nid::kSpamSearchFolder.value))));
  add(nid::kSearchActivityList, {searches.bid, {}, searches.bytes});
  TRY_ASSIGN(const NodeRef id_map, write_id_map(out));
  add(kIdMap, id_map);
  return ok;
}

}  // namespace mk::pst::write
