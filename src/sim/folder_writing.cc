#include "sim/operations.h"
#include "sim/shape.h"

namespace mk::sim {
namespace {

constexpr std::string_view kNone = "<m:Folders/>";

void write_result(Call& call, const FolderPlace& place) {
  call.begin_message();
  call.out.open("m:Folders");
  write_folder_id(call.out, *place.mailbox, *place.folder);
  call.out.close("m:Folders");
  call.end_message();
}

/// The class that a new folder has when none is said.
std::string default_class(pugi::xml_node node) {
  const auto element = xml::local_name(node);
  if (element == "CalendarFolder") return "IPF.Appointment";
  if (element == "ContactsFolder") return "IPF.Contact";
  if (element == "TasksFolder") return "IPF.Task";
  return "IPF.Note";
}

/// Name, class and extended properties, as far as the element has them.
std::optional<Problem> apply(pugi::xml_node node, Folder& folder) {
  if (xml::child(node, "FolderClass")) folder.folder_class = xml::text(node, "FolderClass");
  if (const auto name = xml::child(node, "DisplayName"))
    folder.name = name.text().get();  // blanks belong to it
  for (auto n = xml::first(node); n; n = xml::next(n)) {
    if (xml::local_name(n) != "ExtendedProperty") continue;
    const auto path = parse_extended_path(xml::child(n, "ExtendedFieldURI"));
    auto value = path ? parse_extended_value(*path, n) : std::nullopt;
    if (!value) return problem("ErrorInvalidPropertySet");
    folder.properties.set(*std::move(value));
  }
  return {};
}

void create_one(Call& call, const FolderPlace& parent, pugi::xml_node node) {
  Folder fresh;
  fresh.folder_class = default_class(node);
  if (const auto p = apply(node, fresh)) return call.error_message(*p, kNone);
  if (fresh.name.empty()) return call.error_message(problem("ErrorRequiredPropertyMissing"), kNone);
  if (parent.mailbox->child(parent.folder->number, fresh.name) != nullptr)
    return call.error_message(problem("ErrorFolderExists"), kNone);
  Folder& made = parent.mailbox->add_folder(parent.folder->number, fresh.name, fresh.folder_class);
  made.properties = std::move(fresh.properties);
  write_result(call, {parent.mailbox, &made});
}

std::optional<Problem> update_one(const FolderPlace& place, pugi::xml_node updates) {
  Folder changed = *place.folder;
  for (auto n = xml::first(updates); n; n = xml::next(n)) {
    const auto op = xml::local_name(n);
    if (op == "SetFolderField") {
      if (const auto p = apply(xml::next(xml::first(n)), changed)) return p;
    } else if (op == "DeleteFolderField") {
      const auto path = parse_extended_path(xml::first(n));
      if (!path || path->key.index() != 0) return problem("ErrorInvalidPropertySet");
      changed.properties.remove(std::get<0>(path->key));
    } else {
      return problem("ErrorInvalidOperation");
    }
  }
  const Folder* twin = place.mailbox->child(place.folder->parent, changed.name);
  if (changed.name.empty() || (twin != nullptr && twin != place.folder)) return problem("ErrorFolderExists");
  *place.folder = std::move(changed);
  place.mailbox->touch(*place.folder);
  return {};
}

std::optional<Problem> move_one(const FolderPlace& place, const FolderPlace& to) {
  if (place.mailbox != to.mailbox || !place.folder->well_known.empty()) return problem("ErrorMoveCopyFailed");
  if (place.folder == to.folder || place.mailbox->is_below(to.folder->number, place.folder->number) ||
      place.mailbox->child(to.folder->number, place.folder->name) != nullptr)
    return problem("ErrorMoveCopyFailed");
  place.mailbox->move_folder(*place.folder, to.folder->number);
  return {};
}

}  // namespace

OpResult create_folder(Call& call) {
  const auto folders = xml::child(call.request, "Folders");
  if (!xml::first(folders)) return missing_child("CreateFolder", "Folders");
  const auto parent_id = xml::first(xml::child(call.request, "ParentFolderId"));
  if (!parent_id) return missing_child("CreateFolder", "ParentFolderId");
  auto parent = find_folder(call, parent_id);
  for (auto n = xml::first(folders); n; n = xml::next(n)) {
    if (parent)
      create_one(call, *parent, n);
    else
      call.error_message(
          parent.why.code == "ErrorItemNotFound" ? problem("ErrorParentFolderNotFound") : parent.why, kNone);
  }
  return {};
}

OpResult update_folder(Call& call) {
  const auto changes = xml::child(call.request, "FolderChanges");
  if (!xml::first(changes)) return missing_child("UpdateFolder", "FolderChanges");
  for (auto n = xml::first(changes); n; n = xml::next(n)) {
    auto place = find_folder(call, xml::first(n));
    if (!place) {
      call.error_message(place.why, kNone);
    } else if (const auto p = update_one(*place, xml::child(n, "Updates"))) {
      call.error_message(*p, kNone);
    } else {
      write_result(call, *place);
    }
  }
  return {};
}

OpResult delete_folder(Call& call) {
  const std::string type = xml::attribute(call.request, "DeleteType");
  if (type != "HardDelete" && type != "SoftDelete" && type != "MoveToDeletedItems")
    return bad_enumeration("DeleteType", type, "DisposalType");
  const auto ids = xml::child(call.request, "FolderIds");
  if (!xml::first(ids)) return missing_child("DeleteFolder", "FolderIds");
  for (auto id = xml::first(ids); id; id = xml::next(id)) {
    auto place = find_folder(call, id);
    if (place && !place->folder->well_known.empty()) place = problem("ErrorDeleteDistinguishedFolder");
    if (!place) {
      call.error_message(place.why);
      continue;
    }
    const Folder* bin = place->mailbox->well_known("deleteditems");
    if (type == "MoveToDeletedItems" && bin != nullptr)
      place->mailbox->move_folder(*place->folder, bin->number);
    else
      place->mailbox->remove_folder(place->folder->number);
    call.begin_message();
    call.end_message();
  }
  return {};
}

OpResult move_folder(Call& call) {
  const auto to_id = xml::first(xml::child(call.request, "ToFolderId"));
  const auto ids = xml::child(call.request, "FolderIds");
  if (!to_id) return missing_child("MoveFolder", "ToFolderId");
  if (!xml::first(ids)) return missing_child("MoveFolder", "FolderIds");
  auto to = find_folder(call, to_id);
  for (auto id = xml::first(ids); id; id = xml::next(id)) {
    auto place = find_folder(call, id);
    std::optional<Problem> why;
    if (!to)
      why = to.why;
    else if (!place)
      why = place.why;
    else
      why = move_one(*place, *to);
    if (why)
      call.error_message(*why, kNone);
    else
      write_result(call, *place);
  }
  return {};
}

}  // namespace mk::sim
