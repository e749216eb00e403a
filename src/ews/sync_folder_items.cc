#include "ews/sync_folder_items.h"

#include <fmt/format.h>

#include "ews/each_message.h"
#include "ews/item_info.h"
#include "ews/request.h"

namespace mk::ews {
namespace {

using Kind = model::ItemChange::Kind;

std::optional<Kind> kind_of(std::string_view name) {
  if (name == "Create") return Kind::kCreate;
  if (name == "Update") return Kind::kUpdate;
  if (name == "Delete") return Kind::kDelete;
  if (name == "ReadFlagChange") return Kind::kReadFlag;
  return std::nullopt;
}

/// Create and Update hold an item element; Delete and ReadFlagChange hold the id themselves.
Status read_change(const Element& e, model::ItemChanges& out) {
  const auto kind = kind_of(e.name);
  if (!kind) return ok;
  const bool holds_item = *kind == Kind::kCreate || *kind == Kind::kUpdate;
  if (holds_item && e.children.empty())
    return Error{Code::kCorrupt, fmt::format("SyncFolderItems: an empty {}", e.name)};
  model::ItemHead head = read_item(holds_item ? e.children[0] : e).head;
  if (head.id.empty())
    return Error{Code::kCorrupt, fmt::format("SyncFolderItems: a {} without ItemId", e.name)};
  out.changes.push_back({*kind, std::move(head)});
  return ok;
}

Status read_changes(const Element& m, model::ItemChanges& out) {
  const Element* list = m.child("Changes");
  if (list == nullptr) return ok;
  for (const Element& e : list->children) TRY(read_change(e, out));
  return ok;
}

}  // namespace

Result<model::ItemChanges> sync_folder_items(Session& session, const model::FolderId& folder,
                                             const model::SyncState& state, std::uint32_t max_changes) {
  const std::string known =
      state.empty() ? "" : fmt::format("<m:SyncState>{}</m:SyncState>", escape(state.value));
  const std::string xml = fmt::format(
      "<m:SyncFolderItems>{}<m:SyncFolderId>{}</m:SyncFolderId>{}<m:MaxChangesReturned>{}</"
      "m:MaxChangesReturned>"
      "<m:SyncScope>NormalAndAssociatedItems</m:SyncScope></m:SyncFolderItems>",
      shape_xml("ItemShape", head_fields()), folder_id_xml({folder, {}, {}}), known, max_changes);
  model::ItemChanges out;
  TRY(call_one(session, "SyncFolderItems", xml, [&](const Element& m) -> Status {
    out.state.value = m.text_of("SyncState");
    out.last = to_bool(m.text_of("IncludesLastItemInRange"));
    if (auto status = read_changes(m, out); !status) return status;
    if (out.state.empty()) return Error{Code::kCorrupt, "SyncFolderItems: the answer has no SyncState"};
    if (!out.last && out.changes.empty() && out.state == state)
      return Error{Code::kCorrupt, "SyncFolderItems: the server says that there is more, but gives nothing"};
    return ok;
  }));
  return out;
}

}  // namespace mk::ews
