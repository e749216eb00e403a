#include "ews/item_info.h"

namespace mk::ews {
namespace {

/// A name to show for `From`, `Sender` or `Organizer`.
std::string person(const Element& item, std::string_view role) {
  const Element* mailbox = item.child(std::string(role) + "/Mailbox");
  if (mailbox == nullptr) return {};
  const std::string_view name = mailbox->text_of("Name"), address = mailbox->text_of("EmailAddress");
  return std::string(name.empty() ? address : name);
}

}  // namespace

Fields head_fields() {
  return {{"item:ItemClass", "item:Size", "item:HasAttachments", "item:IsAssociated", "message:IsRead"}, {}};
}

Fields label_fields() {
  return {{"item:Subject", "item:DateTimeReceived", "message:From", "message:Sender", "calendar:Organizer"},
          {}};
}

ItemInfo read_item(const Element& item, const std::vector<ExtendedField>& extended) {
  ItemInfo info;
  if (const Element* id = item.child("ItemId")) {
    info.head.id.value = id->attribute("Id");
    info.head.change_key.value = id->attribute("ChangeKey");
  }
  info.head.size_bytes = to_unsigned(item.text_of("Size")).value_or(0);
  info.head.has_attachments = to_bool(item.text_of("HasAttachments"));
  info.head.associated = to_bool(item.text_of("IsAssociated"));
  info.head.read = to_bool(item.text_of("IsRead"));
  info.head.item_class = item.text_of("ItemClass");
  info.subject = item.text_of("Subject");
  for (const char* role : {"From", "Sender", "Organizer"})
    if (info.sender.empty()) info.sender = person(item, role);
  if (const auto received = parse_utc(item.text_of("DateTimeReceived"))) info.received = *received;
  for (const ExtendedField& field : extended) info.extended.push_back(extended_value(item, field));
  return info;
}

}  // namespace mk::ews
