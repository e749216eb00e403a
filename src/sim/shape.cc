#include "sim/shape.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/tags.h"

namespace mk::sim {
namespace {

namespace pid = model::pid;

struct FolderWriter {
  Answer& out;
  Mailbox& mailbox;
  const Folder& folder;
  const Shape& shape;
  FolderTally tally;

  bool wants(std::string_view uri, Shape::Base from) const { return shape.base >= from || shape.wants(uri); }
  bool is(std::string_view folder_class) const { return folder.folder_class.starts_with(folder_class); }

  void write_ids() {
    out.empty("t:FolderId",
              {{"Id", format_id(mailbox.ref(folder))}, {"ChangeKey", mailbox.change_key(folder)}});
    if (const Folder* parent = mailbox.folder(folder.parent);
        parent != nullptr && wants("folder:ParentFolderId", Shape::Base::kDefault))
      out.empty("t:ParentFolderId",
                {{"Id", format_id(mailbox.ref(*parent))}, {"ChangeKey", mailbox.change_key(*parent)}});
  }

  void write_common() {
    using enum Shape::Base;
    if (wants("folder:FolderClass", kDefault) && !folder.folder_class.empty())
      out.element("t:FolderClass", folder.folder_class);
    if (wants("folder:DisplayName", kDefault)) out.element("t:DisplayName", folder.name);
    if (wants("folder:TotalCount", kDefault)) out.element("t:TotalCount", tally.normal);
    if (wants("folder:ChildFolderCount", kDefault)) out.element("t:ChildFolderCount", tally.children);
    for (const auto& path : shape.extended) write_property(path);
    if (wants("folder:EffectiveRights", kAllProperties)) write_rights();
    if (shape.wants("folder:DistinguishedFolderId") && !folder.well_known.empty())
      out.element("t:DistinguishedFolderId", folder.well_known);
    if (wants("folder:UnreadCount", kDefault) && !is("IPF.Appointment") && !is("IPF.Contact"))
      out.element("t:UnreadCount", tally.unread);
  }

  void write_rights() {
    out.open("t:EffectiveRights");
    for (const char* right :
         {"t:CreateAssociated", "t:CreateContents", "t:CreateHierarchy", "t:Delete", "t:Modify", "t:Read"})
      out.element(right, true);
    out.close("t:EffectiveRights");
  }

  /// What the server computes, then what clients stored.
  void write_property(const ExtendedPath& path) {
    model::PropertyList computed;
    computed.set_integer32(pid::kContentCount, static_cast<std::int32_t>(tally.normal));
    computed.set_integer32(pid::kContentUnreadCount, static_cast<std::int32_t>(tally.unread));
    computed.set_integer32(pid::kAssociatedContentCount, static_cast<std::int32_t>(tally.associated));
    computed.add(model::PropTag(pid::kMessageSize, model::PropType::kInteger64), le_bytes(tally.bytes));
    computed.set_boolean(pid::kSubfolders, tally.children > 0);
    computed.set_integer32(pid::kFolderType, folder.well_known == "searchfolders" ? 2
                                             : folder.parent == 0                 ? 0
                                                                                  : 1);
    computed.set_text(pid::kContainerClass, folder.folder_class);
    computed.set_text(pid::kDisplayName, folder.name);
    computed.set_binary(pid::kEntryId, entry_id(mailbox.ref(folder)));
    const model::Property* p = path.find(computed);
    if (p == nullptr) p = path.find(folder.properties);
    if (p != nullptr) write_extended(out, path, *p, 1252);
  }
};

OpResult parse_base(pugi::xml_node node, Shape& shape) {
  const std::string base = xml::text(node, "BaseShape");
  if (base == "IdOnly")
    shape.base = Shape::Base::kIdOnly;
  else if (base == "Default")
    shape.base = Shape::Base::kDefault;
  else if (base == "AllProperties")
    shape.base = Shape::Base::kAllProperties;
  else if (base.empty())
    return missing_child(xml::local_name(node), "BaseShape");
  else
    return bad_enumeration("BaseShape", base, "DefaultShapeNamesType");
  return {};
}

}  // namespace

bool Shape::wants(std::string_view uri) const {
  return std::find(fields.begin(), fields.end(), uri) != fields.end();
}

ShapeOutcome parse_shape(pugi::xml_node operation, std::string_view element) {
  ShapeOutcome out;
  const auto node = xml::child(operation, element);
  if (!node) {
    out.fault = missing_child(xml::local_name(operation), element);
    return out;
  }
  out.fault = parse_base(node, out.shape);
  out.shape.mime_content = xml::flag(node, "IncludeMimeContent", false);
  const std::string body = xml::text(node, "BodyType");
  if (body == "HTML")
    out.shape.body_type = Shape::BodyType::kHtml;
  else if (body == "Text")
    out.shape.body_type = Shape::BodyType::kText;
  const auto more = xml::child(node, "AdditionalProperties");
  for (auto n = xml::first(more); n; n = xml::next(n)) {
    auto path = parse_path(n);
    if (!path)
      out.problem = problem("ErrorInvalidPropertyRequest");
    else if (auto* uri = std::get_if<std::string>(&*path))
      out.shape.fields.push_back(std::move(*uri));
    else
      out.shape.extended.push_back(std::get<ExtendedPath>(std::move(*path)));
  }
  if (out.shape.wants("item:MimeContent")) out.shape.mime_content = true;
  return out;
}

std::string_view folder_element(const Folder& folder) {
  if (folder.folder_class.starts_with("IPF.Appointment")) return "t:CalendarFolder";
  if (folder.folder_class.starts_with("IPF.Contact")) return "t:ContactsFolder";
  if (folder.folder_class.starts_with("IPF.Task")) return "t:TasksFolder";
  return "t:Folder";
}

void write_folder(Answer& out, Mailbox& mailbox, const Folder& folder, const Shape& shape) {
  FolderWriter writer{out, mailbox, folder, shape, mailbox.tally(folder)};
  out.open(folder_element(folder));
  writer.write_ids();
  writer.write_common();
  out.close(folder_element(folder));
}

void write_folder_id(Answer& out, Mailbox& mailbox, const Folder& folder) {
  out.open(folder_element(folder));
  out.empty("t:FolderId",
            {{"Id", format_id(mailbox.ref(folder))}, {"ChangeKey", mailbox.change_key(folder)}});
  out.close(folder_element(folder));
}

}  // namespace mk::sim
