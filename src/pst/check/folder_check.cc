#include "pst/check/folder_check.h"

namespace mk::pst::check {
namespace {

constexpr std::uint16_t kInteger = 0x03, kBoolean = 0x0B;
constexpr std::uint16_t kName = 0x3001, kCount = 0x3602, kUnread = 0x3603, kSubfolders = 0x360A;
constexpr std::uint16_t kFolderRowOnly[] = {0x67F2, 0x67F3, 0x0E30, 0x0E33, 0x0E34, 0x0E38, 0x6635, 0x6636};
constexpr std::uint16_t kMessageRowOnly[] = {0x67F2, 0x67F3, 0x0E17, 0x3013, 0x0E30,
                                             0x0E33, 0x0E34, 0x0E38, 0x0E3C, 0x0E3D};

}  // namespace

Status FolderCheck::run(Sorter<Child>& children, const Names& names, const Progress& progress) {
  MessageCheck messages(blocks_, names, out_);
  messages_ = &messages;
  children_ = &children;
  progress_ = &progress;
  TRY(children.sort());
  TRY(advance());
  while (next_) {
    const Nid owner(next_->owner);
    if (next_->kind == Child::kSelf) {
      TRY(advance());
      TRY(folder(owner));
    }
    Counts ignored;
    for (; next_ && next_->owner == owner.value && next_->kind != Child::kSelf;) {
      const Where where{nullptr, "node", next_->nid, ""};
      TRY(orphan(Nid(next_->nid), static_cast<Child::Kind>(next_->kind), where, ignored));
      TRY(advance());
    }
  }
  return ok;
}

Status FolderCheck::advance() {
  TRY_ASSIGN(next_, children_->next());
  if (++n_items_ % 256 == 0) TRY((*progress_)(n_items_));
  return ok;
}

/// A node that no row is of: a message is checked all the same.
Status FolderCheck::orphan(Nid nid, Child::Kind kind, const Where& where, Counts& counts) {
  if (kind == Child::kFolder) return ok;
  const auto node = blocks_.find_node(nid);
  if (!node) return ok;
  TRY_ASSIGN(const auto done, messages_->run(*node, where));
  if (kind == Child::kMessage && done.pc && (done.pc->integer(0x0E07) & 1) == 0) ++counts.unread;
  return ok;
}

Status FolderCheck::folder(Nid nid) {
  const Where where{nullptr, "folder", nid.value, ""};
  const auto node = blocks_.find_node(nid);
  if (!node) return ok;
  TRY_ASSIGN(const auto pc, Properties::read(blocks_, node->data, node->sub, out_, where));
  if (pc) {
    constexpr RuleId kRule("folder.property");
    check_property(*pc, kName, static_cast<std::uint16_t>(own_tag(0x1F, m_)), 0, kRule, out_, where);
    check_property(*pc, kCount, kInteger, 4, kRule, out_, where);
    check_property(*pc, kUnread, kInteger, 4, kRule, out_, where);
    check_property(*pc, kSubfolders, kBoolean, 1, kRule, out_, where);
  }
  if (nid.type() == NidType::kSearchFolder) return search_folder(nid, where);
  Counts counts;
  TRY(rows(nid, Child::kFolder, NidType::kHierarchyTable, where, counts));
  TRY(rows(nid, Child::kMessage, NidType::kContentsTable, where, counts));
  TRY(rows(nid, Child::kAssociated, NidType::kAssocContentsTable, where, counts));
  if (!pc) return ok;
  if (pc->find(kSubfolders) != nullptr)
    out_.equal("folder.subfolders", where, pc->integer(kSubfolders), counts.folders > 0);
  if (pc->find(kCount) != nullptr) out_.equal("folder.count", where, pc->integer(kCount), counts.messages);
  if (pc->find(kUnread) != nullptr) out_.equal("folder.unread", where, pc->integer(kUnread), counts.unread);
  return ok;
}

Status FolderCheck::search_folder(Nid nid, const Where& where) {
  const auto queue = blocks_.find_node(nid.sibling(NidType::kSearchUpdateQueue));
  const auto criteria = blocks_.find_node(nid.sibling(NidType::kSearchCriteriaObject));
  const auto contents = blocks_.find_node(nid.sibling(NidType::kSearchContentsTable));
  out_.expect(queue.has_value(), "search.node", where, "an update queue", "none");
  out_.expect(criteria.has_value(), "search.node", where, "criteria", "none");
  out_.expect(contents.has_value(), "search.node", where, "a contents table", "none");
  if (criteria) {
    const Where at{nullptr, "node", criteria->nid.value, ""};
    TRY_ASSIGN(const auto pc, Properties::read(blocks_, criteria->data, criteria->sub, out_, at));
    if (pc) check_property(*pc, 0x660B, kInteger, 4, "search.criteria", out_, at);
  }
  return contents ? search_contents(*contents) : ok;
}

Status FolderCheck::search_contents(const NodeRef& node) {
  const Where at{nullptr, "node", node.nid.value, ""};
  if (client_of(blocks_, node.data) == disk::HeapClient::kSearchResult) {  // what is in it is not known
    out_.add("search.contents-kind", at, "a table", "a heap of kind 0xac");
    static_cast<void>(Heap::open(blocks_, node.data, disk::HeapClient::kSearchResult, out_, at));
    return ok;
  }
  auto table = Table::open(blocks_, node.data, node.sub, out_, at);
  if (!table) return ok;
  check_columns(*table, NidType::kSearchContentsTable, "table.columns", m_, out_, at);
  return table->visit(
      [&](std::uint32_t id, Bytes row, const Where& row_at) -> Status {
        out_.expect(blocks_.find_node(Nid(id)).has_value(), "search.row", row_at, "a message", id);
        for (const auto& c : table->columns())
          if (table->is_set(c, row)) static_cast<void>(table->cell(c, row, {&row_at, "column", c.tag, ""}));
        return ok;
      },
      at);
}

/// Both the rows and the children come in the order of their ids.
Status FolderCheck::rows(Nid folder, Child::Kind kind, NidType type, const Where& folder_at, Counts& counts) {
  const bool is_hierarchy = kind == Child::kFolder;
  const RuleId no_row = is_hierarchy ? RuleId("hierarchy.row-missing") : RuleId("contents.row-missing");
  const RuleId no_object = is_hierarchy ? RuleId("hierarchy.row-extra") : RuleId("contents.row-extra");
  const Nid nid = folder.sibling(type);
  const Where where{nullptr, "node", nid.value, ""};
  const auto node = blocks_.find_node(nid);
  out_.expect(node.has_value(), "folder.table", folder_at, "a node", nid.value);
  auto table = node ? Table::open(blocks_, node->data, node->sub, out_, where) : std::nullopt;
  const auto count = [&] { ++(is_hierarchy ? counts.folders : counts.messages); };
  const auto skip_to = [&](std::uint64_t id) -> Status {
    while (at(folder, kind) && next_->nid < id) {
      out_.add(no_row, {&where, "row", next_->nid, ""}, "a row", "none");
      if (kind != Child::kAssociated) count();
      TRY(orphan(Nid(next_->nid), kind, {nullptr, "node", next_->nid, ""}, counts));
      TRY(advance());
    }
    return ok;
  };
  if (table) {
    check_columns(*table, type, "table.columns", m_, out_, where);
    const auto take = [&](std::uint32_t id, Bytes row, const Where& row_at) -> Status {
      TRY(skip_to(id));
      const bool there = at(folder, kind) && next_->nid == id;
      out_.expect(there, no_object, row_at, "a node below this folder", id);
      if (const auto v = table->integer(disk::kLtpRowVerTag, row)) TRY(versions_.add({*v, nid.value}));
      if (!there) return ok;
      if (kind != Child::kAssociated) count();
      TRY(object(*table, Nid(id), row, kind, row_at, counts));
      return advance();
    };
    TRY(table->visit(take, where));
  }
  return skip_to(~std::uint64_t{0});
}

Status FolderCheck::object(Table& table, Nid nid, Bytes row, Child::Kind kind, const Where& where,
                           Counts& counts) {
  const auto node = blocks_.find_node(nid);
  if (!node) return ok;
  if (kind == Child::kFolder) {
    Findings silent({}, nullptr);  // the folder itself is checked in its turn
    TRY_ASSIGN(const auto pc, Properties::read(blocks_, node->data, node->sub, silent, where));
    if (pc)
      check_cells(blocks_, table, row, *pc, {"hierarchy.cell", "hierarchy.cell-missing", kFolderRowOnly},
                  out_, where);
    return ok;
  }
  TRY_ASSIGN(const auto done, messages_->run(*node, {nullptr, "message", nid.value, ""}));
  if (!done.pc) return ok;
  if (kind == Child::kMessage && (done.pc->integer(0x0E07) & 1) == 0) ++counts.unread;
  check_cells(blocks_, table, row, *done.pc, {"contents.cell", "contents.cell-missing", kMessageRowOnly},
              out_, where);
  check_row_only(table, row, *done.pc, where);
  return ok;
}

void FolderCheck::check_row_only(Table& table, Bytes row, const Properties& pc, const Where& where) {
  out_.expect(table.integer(0x0E170003, row).has_value(), "contents.status", where, "PidTagMessageStatus",
              "none");
  for (const auto& c : table.columns()) {
    const auto id = c.tag >> 16;
    if (!table.is_set(c, row)) continue;
    if (id == 0x0E30 && id_map_is_empty_) out_.add("contents.replica", where, "no cell 0x0e30", "one");
    const Value* index = pc.find(0x0071);
    constexpr std::size_t kGuidAt = 6, kIndexBytes = 22;
    if (c.tag != 0x30130102 || index == nullptr || index->bytes.size() < kIndexBytes) continue;
    const Value* own = pc.find(0x3013);
    const ByteString wanted = own != nullptr ? own->bytes : index->bytes.substr(kGuidAt, 16);
    const Value cell = table.cell(c, row, {&where, "column", c.tag, ""});
    if (cell.bytes != wanted)
      out_.add("contents.conversation", where, shown(as_bytes(wanted)), shown(as_bytes(cell.bytes)));
  }
}

}  // namespace mk::pst::check
