#include "ews/sync_folder_hierarchy.h"

#include <fmt/format.h>

#include "ews/each_message.h"
#include "ews/request.h"

namespace mk::ews {
namespace {

using Kind = FolderChange::Kind;

/// Create and Update hold a folder element, Delete the id itself.
Status read_change(const Element& e, FolderChanges& out) {
  const bool is_delete = e.name == "Delete";
  if (!is_delete && e.name != "Create" && e.name != "Update") return ok;
  if (!is_delete && e.children.empty())
    return Error{Code::kCorrupt, fmt::format("SyncFolderHierarchy: an empty {}", e.name)};
  FolderInfo info = read_folder(is_delete ? e : e.children[0]);
  if (info.id.empty())
    return Error{Code::kCorrupt, fmt::format("SyncFolderHierarchy: a {} without FolderId", e.name)};
  out.changes.push_back({is_delete            ? Kind::kDelete
                         : e.name == "Create" ? Kind::kCreate
                                              : Kind::kUpdate,
                         std::move(info)});
  return ok;
}

Status read_changes(const Element& m, FolderChanges& out) {
  const Element* list = m.child("Changes");
  if (list == nullptr) return ok;
  for (const Element& e : list->children) TRY(read_change(e, out));
  return ok;
}

}  // namespace

Result<FolderChanges> sync_folder_hierarchy(Session& session, const FolderRef& root,
                                            const model::SyncState& state) {
  const std::string known =
      state.empty() ? "" : fmt::format("<m:SyncState>{}</m:SyncState>", escape(state.value));
  const std::string xml =
      fmt::format("<m:SyncFolderHierarchy>{}<m:SyncFolderId>{}</m:SyncFolderId>{}</m:SyncFolderHierarchy>",
                  shape_xml("FolderShape", folder_fields()), folder_id_xml(root), known);
  FolderChanges out;
  TRY(call_one(session, "SyncFolderHierarchy", xml, [&](const Element& m) -> Status {
    out.state.value = m.text_of("SyncState");
    out.last = to_bool(m.text_of("IncludesLastFolderInRange"));
    if (auto status = read_changes(m, out); !status) return status;
    if (!out.last && out.changes.empty() && out.state == state)
      return Error{Code::kCorrupt,
                   "SyncFolderHierarchy: the server says that there is more, but gives nothing"};
    return ok;
  }));
  return out;
}

}  // namespace mk::ews
