#include "sim/set_field.h"

#include <algorithm>

#include "base/text.h"
#include "model/tags.h"

namespace mk::sim {
namespace {

namespace pid = model::pid;
namespace pset = model::pset;
using model::PropType;

model::Property named(const Guid& set, std::uint32_t lid, PropType type, ByteString value) {
  return {model::PropTag(0x8000, type), model::lid_name(set, lid), model::Value::of_bytes(std::move(value)),
          false};
}

const model::PropertyName& keywords() {
  static const model::PropertyName name = model::string_name(pset::kPublicStrings, "Keywords");
  return name;
}

struct TagField {
  const char *uri, *element;
  std::uint16_t id;
};

constexpr TagField kTexts[] = {
    {"item:ItemClass", "ItemClass", pid::kMessageClass},
    {"item:InReplyTo", "InReplyTo", pid::kInReplyToId},
    {"message:InternetMessageId", "InternetMessageId", pid::kInternetMessageId},
    {"message:References", "References", pid::kInternetReferences},
    {"contacts:DisplayName", "DisplayName", pid::kDisplayName},
    {"contacts:GivenName", "GivenName", 0x3A06},
    {"contacts:MiddleName", "MiddleName", 0x3A44},
    {"contacts:Surname", "Surname", 0x3A11},
    {"contacts:CompanyName", "CompanyName", 0x3A16},
    {"contacts:JobTitle", "JobTitle", 0x3A17},
};

struct LidField {
  const char *uri, *element;
  Guid set;
  std::uint32_t lid;
  PropType type;
};

constexpr LidField kNamed[] = {
    {"calendar:Start", "Start", pset::kAppointment, 0x820D, PropType::kTime},
    {"calendar:End", "End", pset::kAppointment, 0x820E, PropType::kTime},
    {"calendar:Location", "Location", pset::kAppointment, 0x8208, PropType::kString},
    {"calendar:IsAllDayEvent", "IsAllDayEvent", pset::kAppointment, 0x8215, PropType::kBoolean},
    {"contacts:FileAs", "FileAs", pset::kAddress, 0x8005, PropType::kString},
    {"task:DueDate", "DueDate", pset::kTask, 0x8105, PropType::kTime},
    {"task:StartDate", "StartDate", pset::kTask, 0x8104, PropType::kTime},
    {"item:ReminderIsSet", "ReminderIsSet", pset::kCommon, 0x8503, PropType::kBoolean},
    {"item:ReminderMinutesBeforeStart", "ReminderMinutesBeforeStart", pset::kCommon, 0x8501,
     PropType::kInteger32},
};

struct ChoiceField {
  const char *uri, *element;
  std::uint16_t id;  // 0: by name
  Guid set;
  std::uint32_t lid;
  std::array<std::string_view, 5> names;
};

constexpr ChoiceField kChoices[] = {
    {"item:Importance", "Importance", pid::kImportance, {}, 0, {"Low", "Normal", "High", "", ""}},
    {"item:Sensitivity",
     "Sensitivity",
     pid::kSensitivity,
     {},
     0,
     {"Normal", "Personal", "Private", "Confidential", ""}},
    {"calendar:LegacyFreeBusyStatus",
     "LegacyFreeBusyStatus",
     0,
     pset::kAppointment,
     0x8205,
     {"Free", "Tentative", "Busy", "OOF", ""}},
    {"task:Status",
     "Status",
     0,
     pset::kTask,
     0x8101,
     {"NotStarted", "InProgress", "Completed", "WaitingOnOthers", "Deferred"}},
};

void set_body(model::Item& item, std::string_view type, const std::string& text) {
  auto& p = item.properties;
  p.remove(pid::kRtfCompressed);
  p.remove(type == "HTML" ? pid::kBody : pid::kBodyHtml);
  if (type == "HTML") {
    p.set_binary(pid::kBodyHtml, text);
    p.set_integer32(pid::kInternetCodepage, 65001);
  } else {
    p.set_text(pid::kBody, text);
  }
  p.set_integer32(pid::kNativeBody, type == "HTML" ? 3 : 1);
}

void set_subject(model::Item& item, const std::string& text) {
  item.properties.set_text(pid::kSubject, text);
  item.properties.set_text(pid::kSubjectPrefix, "");
  item.properties.set_text(pid::kNormalizedSubject, text);
}

void set_categories(model::Item& item, pugi::xml_node node) {
  std::vector<ByteString> elements;
  for (auto n = xml::first(node); n; n = xml::next(n)) elements.push_back(utf16_from_utf8(n.text().get()));
  const auto type =
      static_cast<std::uint16_t>(static_cast<std::uint16_t>(PropType::kString) | model::kMultiple);
  item.properties.set({model::PropTag(0x80000000U | type), keywords(),
                       model::Value::of_elements(std::move(elements)), false});
}

void set_read(model::Item& item, bool read) {
  auto flags = static_cast<std::int32_t>(item.properties.get_integer(pid::kMessageFlags).value_or(0));
  flags = read ? flags | model::kFlagRead : flags & ~model::kFlagRead;
  item.properties.set_integer32(pid::kMessageFlags, flags);
}

struct Address {
  std::string name, mail, routing;
};

Address address_of(pugi::xml_node mailbox) {
  Address a{xml::text(mailbox, "Name"), xml::text(mailbox, "EmailAddress"),
            xml::text(mailbox, "RoutingType")};
  if (a.name.empty()) a.name = a.mail;
  if (a.routing.empty()) a.routing = "SMTP";
  return a;
}

void set_sender(model::Item& item, pugi::xml_node node, bool from) {
  const Address a = address_of(xml::child(node, "Mailbox"));
  auto& p = item.properties;
  p.set_text(from ? pid::kSentRepresentingName : pid::kSenderName, a.name);
  p.set_text(from ? pid::kSentRepresentingAddressType : pid::kSenderAddressType, a.routing);
  p.set_text(from ? pid::kSentRepresentingEmailAddress : pid::kSenderEmailAddress, a.mail);
}

void set_recipients(model::Item& item, pugi::xml_node node, std::int32_t kind) {
  std::erase_if(item.recipients,
                [&](const auto& r) { return r.get_integer(pid::kRecipientType).value_or(0) == kind; });
  for (auto n = xml::first(node); n; n = xml::next(n)) {
    const Address a = address_of(n);
    model::PropertyList r;
    r.set_integer32(pid::kRecipientType, kind);
    r.set_text(pid::kDisplayName, a.name);
    r.set_text(pid::kAddressType, a.routing);
    r.set_text(pid::kEmailAddress, a.mail);
    item.recipients.push_back(std::move(r));
  }
  refresh_display_names(item);
}

SetResult set_attachments(model::Item& item, pugi::xml_node node) {
  for (auto n = xml::first(node); n; n = xml::next(n)) {
    if (xml::local_name(n) != "FileAttachment") return SetResult::kNotSettable;
    auto content = from_base64(xml::child(n, "Content").text().get());
    if (!content) return SetResult::kBadValue;
    model::Attachment a;
    a.properties.set_integer32(pid::kAttachNumber, static_cast<std::int32_t>(item.attachments.size()));
    a.properties.set_integer32(pid::kAttachMethod, model::kAttachByValue);
    a.properties.set_text(pid::kAttachLongFilename, xml::text(n, "Name"));
    a.properties.set_text(pid::kDisplayName, xml::text(n, "Name"));
    if (const auto t = xml::text(n, "ContentType"); !t.empty()) a.properties.set_text(pid::kAttachMimeTag, t);
    if (const auto t = xml::text(n, "ContentId"); !t.empty()) a.properties.set_text(pid::kAttachContentId, t);
    a.properties.set_integer32(pid::kRenderingPosition, -1);
    a.properties.set_binary(pid::kAttachDataBinary, *std::move(content));
    item.attachments.push_back(std::move(a));
  }
  return SetResult::kDone;
}

/// EmailAddress1 to 3 of a contact; other keys have no place.
void set_email_addresses(model::Item& item, pugi::xml_node node) {
  for (auto n = xml::first(node); n; n = xml::next(n)) {
    const std::string key = xml::attribute(n, "Key"), mail = xml::own_text(n);
    if (!key.starts_with("EmailAddress") || key.size() != 13 || key[12] < '1' || key[12] > '3') continue;
    const auto base = 0x8080U + 0x10U * static_cast<std::uint32_t>(key[12] - '1');
    item.properties.set(named(pset::kAddress, base + 3, PropType::kString, utf16_from_utf8(mail)));
    item.properties.set(named(pset::kAddress, base + 2, PropType::kString, utf16_from_utf8("SMTP")));
    item.properties.set(named(pset::kAddress, base, PropType::kString, utf16_from_utf8(mail)));
  }
}

SetResult set_from_tables(model::Item& item, std::string_view name, const std::string& text) {
  for (const auto& f : kTexts)
    if (name == f.element) return item.properties.set_text(f.id, text), SetResult::kDone;
  for (const auto& f : kNamed) {
    if (name != f.element) continue;
    auto value = parse_value(f.type, text);
    if (!value) return SetResult::kBadValue;
    item.properties.set(named(f.set, f.lid, f.type, *std::move(value)));
    return SetResult::kDone;
  }
  for (const auto& f : kChoices) {
    if (name != f.element) continue;
    const auto at = std::find(f.names.begin(), f.names.end(), text);
    if (at == f.names.end()) return SetResult::kBadValue;
    const auto n = static_cast<std::int32_t>(at - f.names.begin());
    if (f.id != 0)
      item.properties.set_integer32(f.id, n);
    else
      item.properties.set(named(f.set, f.lid, PropType::kInteger32, le_bytes(n)));
    return SetResult::kDone;
  }
  return SetResult::kNotSettable;
}

SetResult set_extended(model::Item& item, pugi::xml_node element) {
  const auto path = parse_extended_path(xml::child(element, "ExtendedFieldURI"));
  auto value = path ? parse_extended_value(*path, element) : std::nullopt;
  if (!value) return SetResult::kBadValue;
  item.properties.set(*std::move(value));
  return SetResult::kDone;
}

std::optional<std::int32_t> recipient_kind(std::string_view name) {
  if (name == "ToRecipients") return 1;
  if (name == "CcRecipients") return 2;
  if (name == "BccRecipients") return 3;
  return {};
}

}  // namespace

void refresh_display_names(model::Item& item) {
  std::array<std::string, 4> lists;
  for (const auto& r : item.recipients) {
    auto& list = lists[static_cast<std::size_t>(
        std::clamp<std::int64_t>(r.get_integer(pid::kRecipientType).value_or(0), 0, 3))];
    if (!list.empty()) list += "; ";
    list += r.get_text(pid::kDisplayName).value_or("");
  }
  item.properties.set_text(pid::kDisplayTo, lists[1]);
  item.properties.set_text(pid::kDisplayCc, lists[2]);
  item.properties.set_text(pid::kDisplayBcc, lists[3]);
}

SetResult set_field(model::Item& item, pugi::xml_node element) {
  const auto name = xml::local_name(element);
  const std::string text = element.text().get();
  if (name == "ExtendedProperty") return set_extended(item, element);
  if (name == "Attachments") return set_attachments(item, element);
  if (const auto kind = recipient_kind(name))
    set_recipients(item, element, *kind);
  else if (name == "Subject")
    set_subject(item, text);
  else if (name == "Body")
    set_body(item, xml::attribute(element, "BodyType"), text);
  else if (name == "Categories")
    set_categories(item, element);
  else if (name == "IsRead")
    set_read(item, text == "true" || text == "1");
  else if (name == "From" || name == "Sender")
    set_sender(item, element, name == "From");
  else if (name == "EmailAddresses")
    set_email_addresses(item, element);
  else
    return set_from_tables(item, name, text);
  return SetResult::kDone;
}

SetResult delete_field(model::Item& item, const Path& path) {
  auto& p = item.properties;
  if (const auto* e = std::get_if<ExtendedPath>(&path)) {
    model::PropertyList kept;
    for (auto& property : p)
      if (&property != e->find(p)) kept.add(property);
    p = std::move(kept);
    return SetResult::kDone;
  }
  const auto& uri = std::get<std::string>(path);
  if (uri == "item:Categories")
    return delete_field(item, Path(ExtendedPath{keywords(), PropType::kString, true, {}}));
  if (uri == "item:Subject") return set_subject(item, ""), SetResult::kDone;
  if (uri == "item:Body")
    return p.remove(pid::kBody), p.remove(pid::kBodyHtml), p.remove(pid::kRtfCompressed), SetResult::kDone;
  for (const auto& f : kTexts)
    if (uri == f.uri) return p.remove(f.id), SetResult::kDone;
  for (const auto& f : kNamed)
    if (uri == f.uri)
      return delete_field(item, Path(ExtendedPath{model::lid_name(f.set, f.lid), f.type, false, {}}));
  return SetResult::kNotSettable;
}

SetResult append_body(model::Item& item, pugi::xml_node body) {
  if (xml::local_name(body) != "Body") return SetResult::kNotSettable;
  const bool html = xml::attribute(body, "BodyType") == "HTML";
  const auto* now = item.properties.find(html ? pid::kBodyHtml : pid::kBody);
  std::string text;
  if (now != nullptr && html)
    text = now->value.load().operator bool() ? *now->value.load() : std::string();
  else if (now != nullptr)
    text = item.properties.get_text(pid::kBody).value_or("");
  set_body(item, html ? "HTML" : "Text", text + body.text().get());
  return SetResult::kDone;
}

}  // namespace mk::sim
