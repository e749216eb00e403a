#include "ews/folder_info.h"

namespace mk::ews {
namespace {

// PidTagAssociatedContentCount and PidTagMessageSizeExtended
ExtendedField associated_count() { return tagged_field(0x3617, "Integer"); }
ExtendedField size_extended() { return tagged_field(0x0E08, "Long"); }

std::optional<std::uint64_t> number_of(const Element& folder, std::string_view name) {
  const Element* e = folder.child(name);
  return e == nullptr ? std::nullopt : to_unsigned(e->text);
}

std::optional<std::uint64_t> number_of(const Element& folder, const ExtendedField& field) {
  const auto text = extended_value(folder, field);
  return text ? to_unsigned(*text) : std::nullopt;
}

}  // namespace

Fields folder_fields() {
  return {{"folder:DisplayName", "folder:FolderClass", "folder:ParentFolderId", "folder:TotalCount",
           "folder:UnreadCount", "folder:ChildFolderCount", "folder:EffectiveRights"},
          {associated_count(), size_extended()}};
}

Fields folder_count_fields() { return {{"folder:TotalCount"}, {associated_count()}}; }

bool is_folder_element(const Element& e) { return e.name.ends_with("Folder"); }

FolderInfo read_folder(const Element& folder) {
  FolderInfo info;
  if (const Element* id = folder.child("FolderId")) {
    info.id.value = id->attribute("Id");
    info.change_key.value = id->attribute("ChangeKey");
  }
  if (const Element* parent = folder.child("ParentFolderId")) info.parent.value = parent->attribute("Id");
  info.name = folder.text_of("DisplayName");
  info.folder_class = folder.text_of("FolderClass");
  info.is_search_folder = folder.name == "SearchFolder";
  info.total = number_of(folder, "TotalCount");
  info.unread = number_of(folder, "UnreadCount");
  info.children = number_of(folder, "ChildFolderCount");
  info.associated = number_of(folder, associated_count());
  info.size_bytes = number_of(folder, size_extended());
  if (const Element* rights = folder.child("EffectiveRights"))
    info.may_read = to_bool(rights->text_of("Read"));
  return info;
}

}  // namespace mk::ews
