#include "pst/folder_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "model/tags.h"
#include "pst/ltp/property_context.h"
#include "pst/ltp/table.h"

namespace mk::pst {
namespace {

constexpr std::size_t kMaxWarnings = 100;

NidType table_type(bool associated) {
  return associated ? NidType::kAssocContentsTable : NidType::kContentsTable;
}
NidType item_type(bool associated) { return associated ? NidType::kAssocMessage : NidType::kNormalMessage; }

std::vector<Nid> with_unlisted(std::vector<Nid> listed, const std::vector<Nid>& below) {
  const std::set<Nid> known(listed.begin(), listed.end());
  for (const Nid n : below)
    if (!known.contains(n)) listed.push_back(n);
  return listed;
}

std::string text(const model::PropertyList& list, std::uint16_t id) {
  return list.get_text(id).value_or(std::string());
}

}  // namespace

void FolderReader::warn(Nid folder, const Error& error) const {
  const std::lock_guard lock(mutex_);
  if (warnings_.size() < kMaxWarnings) ++warnings_[fmt::format("folder {:#x}: {}", folder.value, error.what)];
}

std::vector<std::string> FolderReader::warnings() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const auto& [what, times] : warnings_) out.push_back(what);
  return out;
}

/// Nodes that name `parent` as theirs. The index of all is made when it is needed for the first time.
std::vector<Nid> FolderReader::nodes_below(Nid parent, NidType type) const {
  const std::lock_guard lock(mutex_);
  if (!by_parent_) {
    by_parent_.emplace();
    const Status whole = db_->visit_nodes([&](const ndb::Node& n) {
      const bool counts = n.nid.type() == NidType::kNormalFolder || n.nid.type() == NidType::kNormalMessage ||
                          n.nid.type() == NidType::kAssocMessage;
      if (counts && n.nid != n.parent) by_parent_->emplace_back(n.parent, n.nid);
    });
    if (!whole) ++warnings_[whole.error().what];
    std::sort(by_parent_->begin(), by_parent_->end());
  }
  std::vector<Nid> out;
  auto it = std::lower_bound(by_parent_->begin(), by_parent_->end(), std::pair(parent, Nid()));
  for (; it != by_parent_->end() && it->first == parent; ++it)
    if (it->second.type() == type) out.push_back(it->second);
  return out;
}

Result<std::vector<Nid>> FolderReader::row_ids(Nid table) const {
  TRY_ASSIGN(const ndb::Node node, db_->node(table));
  TRY_ASSIGN(auto t, ltp::Table::open(db_, node));
  TRY_ASSIGN(const auto rows, t.rows());
  std::vector<Nid> out;
  out.reserve(rows.size());
  for (const auto& r : rows) out.emplace_back(r.dwRowID);
  return out;
}

std::vector<Nid> FolderReader::listed(Nid folder, NidType table, NidType wanted) const {
  auto ids = row_ids(folder.sibling(table));
  if (ids) return salvage_ ? with_unlisted(*std::move(ids), nodes_below(folder, wanted)) : *std::move(ids);
  warn(folder,
       std::move(ids).error().in("its table is damaged, so its children are taken from the node B-tree"));
  return nodes_below(folder, wanted);
}

std::vector<Nid> FolderReader::children(Nid folder) const {
  auto ids = listed(folder, NidType::kHierarchyTable, NidType::kNormalFolder);
  std::erase_if(ids,
                [](Nid n) { return n.type() != NidType::kNormalFolder; });  // search folders hold no items
  return ids;
}

FolderEntry FolderReader::entry(Nid nid, Nid parent) const {
  FolderEntry out;
  out.nid = nid;
  out.parent = parent;
  ltp::Budget budget;
  const auto node = db_->node(nid);
  auto context =
      node ? ltp::read_property_context(db_, *node, budget) : Result<ltp::PropertyContext>(node.error());
  if (context) {
    out.properties = std::move(context->properties);
    names_.resolve(out.properties);
  } else {
    warn(nid,
         std::move(context).error().in("its properties are damaged, its name is from its parent's table"));
    const Status found =
        visit_rows(Nid(parent), NidType::kHierarchyTable, [&](Nid id, const model::PropertyList& row) {
          if (id == nid) out.properties = row;
          return Status(ok);
        });
    if (!found) out.properties = {};
  }
  mark_code_page(out.properties, code_page_);
  out.name = text(out.properties, model::pid::kDisplayName);
  out.container_class = text(out.properties, model::pid::kContainerClass);
  out.items = listed(nid, NidType::kContentsTable, NidType::kNormalMessage).size();
  out.associated = listed(nid, NidType::kAssocContentsTable, NidType::kAssocMessage).size();
  return out;
}

Result<std::vector<FolderEntry>> FolderReader::below(Nid root) const {
  struct Place {
    Nid nid, parent;
  };
  std::vector<FolderEntry> out;
  std::set<Nid> seen{root};
  std::vector<Place> todo;
  const auto push_children = [&](Nid folder) {
    const auto ids = children(folder);
    for (auto it = ids.rbegin(); it != ids.rend(); ++it) todo.push_back({*it, folder});
  };
  push_children(root);
  while (!todo.empty()) {
    const Place at = todo.back();
    todo.pop_back();
    if (!seen.insert(at.nid).second) continue;  // damage: a folder below itself, or in two places
    out.push_back(entry(at.nid, at.parent));
    push_children(at.nid);
  }
  return out;
}

Result<std::vector<Nid>> FolderReader::items(Nid folder, bool associated) const {
  if (folder.type() != NidType::kNormalFolder && folder.type() != NidType::kSearchFolder)
    return Error{Code::kNotFound, fmt::format("node {:#x} is no folder", folder.value)};
  return listed(folder, table_type(associated), item_type(associated));
}

Status FolderReader::visit_rows(Nid folder, NidType type, const PstFile::RowVisitor& visitor) const {
  TRY_ASSIGN(const ndb::Node node, db_->node(folder.sibling(type)));
  TRY_ASSIGN(auto table, ltp::Table::open(db_, node));
  TRY_ASSIGN(const auto rows, table.rows());
  for (const auto& r : rows) {
    ltp::Budget budget;
    auto row = table.row(r.dwRowIndex, budget);
    if (row) names_.resolve(*row), mark_code_page(*row, code_page_);
    TRY(visitor(Nid(r.dwRowID), row ? *row : model::PropertyList()));
  }
  return ok;
}

Status FolderReader::visit_rows(Nid folder, bool associated, const PstFile::RowVisitor& visitor) const {
  return visit_rows(folder, table_type(associated), visitor);
}

}  // namespace mk::pst
