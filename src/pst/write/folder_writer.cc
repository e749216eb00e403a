#include "pst/write/folder_writer.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "model/tags.h"
#include "pst/write/cells.h"

namespace mk::pst::write {
namespace {

namespace pid = model::pid;

constexpr std::uint64_t kTableMax = std::uint64_t{480} * 1000 * 1000;
constexpr std::uint16_t kConversationId = 0x3013;
constexpr std::uint32_t kConversationIndexTracking = 0x3016000B;
constexpr std::size_t kConversationGuidAt = 6, kConversationIndexBytes = 22;

/// Bounds of what is written in the end: an entry of the node B-tree in all its levels together, a table
/// without its rows, a folder with the tables that it begins.
constexpr std::uint64_t kNodeBound = 36, kTableBound = 1024,
                        kFolderBound = 4 * kNodeBound + kTableBound + 512;

/// What the counts say goes into the folder's own properties and into its row in the parent's table.
void set_counts(FolderState& folder) {
  folder.fields.set_integer(pid::kContentCount, static_cast<std::uint32_t>(folder.contents.n_rows));
  folder.fields.set_integer(pid::kContentUnreadCount, static_cast<std::uint32_t>(folder.contents.n_unread));
  folder.fields.set_boolean(pid::kSubfolders, !folder.children.empty());
}

/// The conversation that the row shows: the GUID in PidTagConversationIndex if that is tracked, else the
/// topic. [MS-PST] 5.4, [MS-OXOMSG] 2.2.1.2
ByteString conversation_id(const Fields& fields) {
  constexpr std::size_t kMaxTopicBytes = 2 * 255;
  const Field* const index = fields.find_tag(std::uint32_t{pid::kConversationIndex} << 16 | 0x102);
  const Field* const tracked = fields.find_tag(kConversationIndexTracking);
  if (tracked != nullptr && tracked->value.bytes != ByteString(1, '\0') && index != nullptr &&
      index->value.bytes.size() >= kConversationIndexBytes && index->value.bytes[0] == 1)
    return index->value.bytes.substr(kConversationGuidAt, sizeof(Guid));
  const Field* const topic = fields.find_tag(std::uint32_t{pid::kConversationTopic} << 16 | 0x1F);
  if (topic == nullptr || topic->value.bytes.empty()) return {};
  const ByteString upper =
      upper_utf16(as_bytes(topic->value.bytes).first(std::min(kMaxTopicBytes, topic->value.bytes.size())));
  return ByteString(as_chars(md5(as_bytes(upper))));
}

/// One row as it lies in the spill file: length, item, then cells of tag, length, value.
void append_cell(ByteString& row, std::uint32_t tag, Bytes value) {
  append_le(row, tag);
  append_le(row, static_cast<std::uint32_t>(value.size()));
  row.append(as_chars(value));
}

}  // namespace

disk::NbtEntry node_entry(Nid nid, const NodeRef& node, Nid parent) {
  return {nid.value, 0, node.data.value, node.sub.value, parent.value, 0};
}

Result<FolderWriter> FolderWriter::create(const std::filesystem::path& spill_directory) {
  TRY_ASSIGN(SpillFile rows, SpillFile::create(spill_directory));
  return FolderWriter(std::move(rows));
}

void FolderWriter::add(Nid nid, Nid parent, Fields fields) {
  closing_bound_ += kFolderBound + 2 * fields_bound(fields);  // its own and the parent's row
  FolderState& folder = folders_.emplace_back();
  folder.nid = nid;
  folder.parent = parent;
  folder.fields = std::move(fields);
  if (const auto it = by_nid_.find(parent); it != by_nid_.end()) it->second->children.push_back(&folder);
  by_nid_[nid] = &folder;
}

void FolderWriter::set(FolderState& folder, const Fields& fields) {
  closing_bound_ += 2 * fields_bound(fields);
  for (const auto& f : fields) folder.fields.set(f.id, f.value);
}

Result<FolderState*> FolderWriter::find(Nid nid) {
  const auto it = by_nid_.find(nid);
  if (it == by_nid_.end())
    return Error{Code::kNotFound, fmt::format("folder {:#x} is not in this PST", nid.value)};
  return it->second;
}

Status FolderWriter::check_room(const FolderState& folder, bool associated) const {
  const SpilledTable& table = associated ? folder.associated : folder.contents;
  if (table.heap_bytes < kTableMax) return ok;
  return Error{
      Code::kUnsupported,
      "the folder holds as many items as a PST's table can list; continue in another folder or file"};
}

Result<ByteString> FolderWriter::make_row(bool associated, Nid item, const Fields& fields) {
  ByteString row;
  append_le(row, item.value);
  append_cell(row, std::uint32_t{pid::kMessageStatus} << 16 | 3, as_bytes(le_bytes(std::uint32_t{0})));
  const TableLayout& layout = template_layout(associated ? TableKind::kAssociated : TableKind::kContents);
  TRY(for_each_cell(layout, fields, [&](const disk::TColDesc& column, Bytes value) {
    append_cell(row, column.tag, value);
    return Status(ok);
  }));
  if (!associated && !fields.has(kConversationId))
    if (const ByteString id = conversation_id(fields); !id.empty())
      append_cell(row, 0x30130102, as_bytes(id));
  return row;
}

/// Heap blocks may stay nearly half empty; a row has 8 bytes a cell here, more than it needs in the file.
std::uint64_t FolderWriter::row_bound(const FolderState& folder, bool associated,
                                      const ByteString& row) const {
  const bool is_first = (associated ? folder.associated : folder.contents).n_rows == 0;
  const TableLayout& layout = template_layout(associated ? TableKind::kAssociated : TableKind::kContents);
  return (is_first ? kTableBound : 0) + kNodeBound + 2 * row.size() + layout.row_bytes() * 9 / 8 +
         2 * sizeof(disk::TcRowId);
}

void FolderWriter::add_row(FolderState& folder, bool associated, const ByteString& row, bool unread) {
  closing_bound_ += row_bound(folder, associated, row);
  SpilledTable& table = associated ? folder.associated : folder.contents;
  append_le(table.pending, static_cast<std::uint32_t>(row.size()));
  table.pending += row;
  pending_bytes_ += row.size() + sizeof(std::uint32_t);
  table.heap_bytes += row.size() + sizeof(disk::TcRowId) * 2;
  ++table.n_rows;
  if (unread) ++table.n_unread;
}

Status FolderWriter::spill() {
  for (auto& folder : folders_) {
    for (SpilledTable* table : {&folder.contents, &folder.associated}) {
      if (table->pending.empty()) continue;
      const std::uint64_t at = rows_.size();
      TRY(rows_.append(as_bytes(table->pending)));
      table->extents.push_back({at, table->pending.size()});
      ByteString().swap(table->pending);
    }
  }
  pending_bytes_ = 0;
  return ok;
}

Status FolderWriter::write(Output& out) {
  for (auto& folder : folders_) set_counts(folder);
  for (auto& folder : folders_) TRY(write_folder(folder, out));
  return ok;
}

Status FolderWriter::write_folder(FolderState& folder, Output& out) {
  SubnodeBuilder subnodes;
  SubnodeIds ids(out.last_index);
  PropertyContextBuilder pc(out.file, subnodes, ids);
  for (const auto& f : folder.fields) TRY(pc.add(f.id, f.value));
  TRY_ASSIGN(const NodeRef node, pc.finish());
  if (folder.nid.type() == NidType::kSearchFolder) return write_search_tables(folder, node, out);
  TRY_ASSIGN(const NodeRef hierarchy, write_hierarchy(folder, out));
  TRY_ASSIGN(const NodeRef contents, write_rows(folder.contents, TableKind::kContents, out));
  TRY_ASSIGN(const NodeRef associated, write_rows(folder.associated, TableKind::kAssociated, out));
  out.nodes.push_back(node_entry(folder.nid, node, folder.parent));
  out.nodes.push_back(node_entry(folder.nid.sibling(NidType::kHierarchyTable), hierarchy));
  out.nodes.push_back(node_entry(folder.nid.sibling(NidType::kContentsTable), contents));
  out.nodes.push_back(node_entry(folder.nid.sibling(NidType::kAssocContentsTable), associated));
  return ok;
}

/// A search folder without results, whose criteria say that the search does not run.
Status FolderWriter::write_search_tables(const FolderState& folder, const NodeRef& node, Output& out) {
  constexpr std::uint16_t kSearchFlags = 0x660B;
  Fields criteria;
  criteria.set_integer(kSearchFlags, 0);
  SubnodeBuilder subnodes;
  SubnodeIds ids(out.last_index);
  PropertyContextBuilder pc(out.file, subnodes, ids);
  for (const auto& f : criteria) TRY(pc.add(f.id, f.value));
  TRY_ASSIGN(const NodeRef criteria_node, pc.finish());
  TRY_ASSIGN(const NodeRef results, out.tables.share(out.file, TableKind::kSearchContents));
  out.nodes.push_back(node_entry(folder.nid, node, folder.parent));
  out.nodes.push_back(node_entry(folder.nid.sibling(NidType::kSearchUpdateQueue), NodeRef()));
  out.nodes.push_back(node_entry(folder.nid.sibling(NidType::kSearchCriteriaObject), criteria_node));
  out.nodes.push_back(node_entry(folder.nid.sibling(NidType::kSearchContentsTable), results));
  return ok;
}

Result<NodeRef> FolderWriter::write_hierarchy(const FolderState& folder, Output& out) {
  if (folder.children.empty()) return out.tables.share(out.file, TableKind::kHierarchy);
  auto children = folder.children;
  std::sort(children.begin(), children.end(), [](const auto* a, const auto* b) { return a->nid < b->nid; });
  const TableLayout& layout = template_layout(TableKind::kHierarchy);
  SubnodeIds ids(out.last_index);
  TableBuilder table(out.file, layout, ids);
  for (const FolderState* child : children) {
    TRY(table.begin_row(child->nid.value, out.row_version++));
    TRY(set_cells(table, layout, child->fields));
    TRY(table.end_row());
  }
  return table.finish();
}

Result<NodeRef> FolderWriter::write_rows(SpilledTable& spilled, TableKind kind, Output& out) {
  if (spilled.n_rows == 0) return out.tables.share(out.file, kind);
  const TableLayout& layout = template_layout(kind);
  SubnodeIds ids(out.last_index);
  TableBuilder table(out.file, layout, ids);
  for (const auto& extent : spilled.extents) {
    ByteString rows(extent.bytes, '\0');
    TRY(rows_.read_at(extent.at, std::as_writable_bytes(std::span(rows))));
    TRY(write_spilled_rows(as_bytes(rows), table, layout, out));
  }
  TRY(write_spilled_rows(as_bytes(spilled.pending), table, layout, out));
  return table.finish();
}

Status FolderWriter::write_spilled_rows(Bytes rows, TableBuilder& table, const TableLayout& layout,
                                        Output& out) {
  const auto take = [](Bytes& from, std::size_t n) {
    const Bytes taken = from.first(n);
    from = from.subspan(n);
    return taken;
  };
  const auto take_number = [&](Bytes& from) { return load_le<std::uint32_t>(take(from, 4).data()); };
  while (!rows.empty()) {
    Bytes row = take(rows, take_number(rows));
    TRY(table.begin_row(take_number(row), out.row_version++));
    while (!row.empty()) {
      const std::uint32_t tag = take_number(row);
      const std::uint32_t bytes = take_number(row);
      TRY(table.set(*layout.find(tag), take(row, bytes)));
    }
    TRY(table.end_row());
  }
  return ok;
}

}  // namespace mk::pst::write
