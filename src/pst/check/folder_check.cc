#include "pst/check/folder_check.h"

#include "pst/check/conversation.h"

namespace mk::pst::check {
namespace {

constexpr std::uint16_t kInteger = 0x03, kBoolean = 0x0B;
constexpr std::uint16_t kName = 0x3001, kCount = 0x3602, kUnread = 0x3603, kSubfolders = 0x360A;
constexpr std::uint16_t kFolderRowOnly[] = {0x67F2, 0x67F3, 0x0E30, 0x0E33, 0x0E34, 0x0E38, 0x6635, 0x6636};
constexpr std::uint16_t kMessageRowOnly[] = {0x67F2, 0x67F3, 0x0E17, 0x3013, 0x0E30,
                                             0x0E33, 0x0E34, 0x0E38, 0x0E3C, 0x0E3D};
constexpr std::uint16_t kMayBeEmpty[] = {0x0037, 0x0042, 0x0070};  // subject, sender, topic

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
  if (done.pc) check_flags(*done.pc, kind, nid, counts);
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
  if (nid.type() == NidType::kSearchFolder) return SearchCheck(blocks_, out_).run(nid, pc, where);
  Counts counts;
  TRY(rows({nid, nid.sibling(NidType::kHierarchyTable), Child::kFolder, counts}, where));
  TRY(rows({nid, nid.sibling(NidType::kContentsTable), Child::kMessage, counts}, where));
  TRY(rows({nid, nid.sibling(NidType::kAssocContentsTable), Child::kAssociated, counts}, where));
  if (!pc) return ok;
  if (pc->find(kSubfolders) != nullptr)
    out_.equal("folder.subfolders", where, pc->integer(kSubfolders), counts.folders > 0);
  if (pc->find(kCount) != nullptr) out_.equal("folder.count", where, pc->integer(kCount), counts.messages);
  if (pc->find(kUnread) != nullptr) out_.equal("folder.unread", where, pc->integer(kUnread), counts.unread);
  return ok;
}

/// Both the rows and the children come in the order of their ids.
Status FolderCheck::rows(const Rows& rows, const Where& folder_at) {
  const Where where{nullptr, "node", rows.table.value, ""};
  const auto node = blocks_.find_node(rows.table);
  out_.expect(node.has_value() || blocks_.exhausted(), "folder.table", folder_at, "a node", rows.table.value);
  auto table = node ? Table::open(blocks_, node->data, node->sub, out_, where) : std::nullopt;
  if (table) {
    check_columns(*table, rows.table.type(), "table.columns", m_, out_, where);
    const auto take = [&](std::uint32_t id, Bytes bytes, const Where& row_at) {
      return row(rows, *table, id, bytes, row_at);
    };
    TRY(table->visit(take, where));
  }
  return skip_to(rows, ~std::uint64_t{0});
}

Status FolderCheck::row(const Rows& rows, Table& table, std::uint32_t id, Bytes row, const Where& where) {
  TRY(skip_to(rows, id));
  if (const auto v = table.integer(disk::kLtpRowVerTag, row)) TRY(versions_.add({*v, rows.table.value}));
  const bool there = at(rows) && next_->nid == id;
  const RuleId extra =
      rows.kind == Child::kFolder ? RuleId("hierarchy.row-extra") : RuleId("contents.row-extra");
  out_.expect(there, extra, where, "a node below this folder", id);
  if (!there) {
    check_values(table, row, where);
    return ok;
  }
  TRY(object(rows, table, Nid(id), row, where));
  return advance();
}

/// Children that come before this id have no row.
Status FolderCheck::skip_to(const Rows& rows, std::uint64_t id) {
  const RuleId missing =
      rows.kind == Child::kFolder ? RuleId("hierarchy.row-missing") : RuleId("contents.row-missing");
  const Where table{nullptr, "node", rows.table.value, ""};
  while (at(rows) && next_->nid < id) {
    if (!blocks_.exhausted()) out_.add(missing, {&table, "row", next_->nid, ""}, "a row", "none");
    count(rows);
    TRY(orphan(Nid(next_->nid), rows.kind, {nullptr, "node", next_->nid, ""}, rows.counts));
    TRY(advance());
  }
  return ok;
}

Status FolderCheck::object(const Rows& rows, Table& table, Nid nid, Bytes row, const Where& where) {
  count(rows);
  const auto node = blocks_.find_node(nid);
  if (!node) return ok;
  if (rows.kind == Child::kFolder) {
    Findings silent({}, nullptr);  // the folder itself is checked in its turn
    TRY_ASSIGN(const auto pc, Properties::read(blocks_, node->data, node->sub, silent, where));
    if (pc)
      check_cells(blocks_, table, row, *pc, {"hierarchy.cell", "hierarchy.cell-missing", kFolderRowOnly},
                  out_, where);
    return ok;
  }
  TRY_ASSIGN(const auto done, messages_->run(*node, {nullptr, "message", nid.value, ""}));
  if (!done.pc) return ok;
  check_flags(*done.pc, rows.kind, nid, rows.counts);
  check_cells(blocks_, table, row, *done.pc, {"contents.cell", "contents.cell-missing", kMessageRowOnly},
              out_, where);
  check_row_only(table, row, where);
  if (rows.kind == Child::kMessage) check_conversation(blocks_, table, row, *done.pc, out_, where);
  return ok;
}

void FolderCheck::check_flags(const Properties& pc, Child::Kind kind, Nid nid, Counts& counts) {
  constexpr std::uint32_t kRead = 0x01, kAssociated = 0x40;
  const std::uint32_t flags = pc.integer(0x0E07);
  if (kind == Child::kMessage && (flags & kRead) == 0) ++counts.unread;
  const bool wanted = kind == Child::kAssociated;
  out_.expect(((flags & kAssociated) != 0) == wanted, "message.associated",
              {nullptr, "message", nid.value, ""}, wanted ? "bit 0x40 set" : "bit 0x40 clear", flags);
}

void FolderCheck::check_row_only(Table& table, Bytes row, const Where& where) {
  out_.expect(table.integer(0x0E170003, row).has_value(), "contents.status", where, "PidTagMessageStatus",
              "none");
  for (const auto& c : table.columns()) {
    if (!table.is_set(c, row)) continue;
    const auto id = static_cast<std::uint16_t>(c.tag >> 16);
    if (id == 0x0E30 && id_map_is_empty_) out_.add("contents.replica", where, "no cell 0x0e30", "one");
    const bool is_text = (c.tag & 0xFFFF) == 0x1F || (c.tag & 0xFFFF) == 0x1E;
    const bool may_be_empty =
        std::find(std::begin(kMayBeEmpty), std::end(kMayBeEmpty), id) != std::end(kMayBeEmpty);
    if (is_text && !may_be_empty && load_le<std::uint32_t>(row.data() + c.ibData) == 0)
      out_.add("contents.empty-cell", {&where, "column", c.tag, ""}, "no cell", "an empty one");
  }
}

}  // namespace mk::pst::check
