#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/tags.h"
#include "sim/item_shape.h"

namespace mk::sim {
namespace {

namespace pid = model::pid;
namespace pset = model::pset;
using enum Shape::Base;

constexpr const char* kImportance[] = {"Low", "Normal", "High"};
constexpr const char* kSensitivity[] = {"Normal", "Personal", "Private", "Confidential"};

template <std::size_t N>
const char* choice(const char* const (&names)[N], std::int64_t n) {
  return names[static_cast<std::size_t>(std::clamp<std::int64_t>(n, 0, N - 1))];
}

std::string text_in(const model::PropertyList& p, const model::Property* found) {
  return found == nullptr ? std::string() : model::text_of(*found, p.code_page());
}

/// The HTML of a message, in its own code page, as UTF-8.
std::string html_of(const model::PropertyList& p) {
  const auto* html = p.find(pid::kBodyHtml);
  if (html == nullptr) return {};
  if (html->tag.type() != model::PropType::kBinary) return text_in(p, html);
  auto bytes = html->value.load();
  if (!bytes) return {};
  const auto page = static_cast<unsigned>(p.get_integer(pid::kInternetCodepage).value_or(65001));
  auto text = utf8_from_code_page(as_bytes(*bytes), page);
  return text ? *std::move(text) : *std::move(bytes);
}

std::string plain_of(const model::PropertyList& p) {
  const auto* body = p.find(pid::kBody);
  if (body == nullptr) return {};
  auto unicode = model::to_unicode(*body, p.code_page());
  if (!unicode) return {};
  auto bytes = unicode->value.load();
  return bytes ? utf8_from_utf16(as_bytes(*bytes)) : std::string();
}

}  // namespace

std::string ItemFieldWriter::text(std::uint16_t id) const {
  return text_in(full->properties, full->properties.find(id));
}

std::string ItemFieldWriter::named_text(const Guid& set, std::uint32_t lid) const {
  return text_in(full->properties, full->properties.find(model::lid_name(set, lid)));
}

void ItemFieldWriter::write_item_part() {
  const ItemFacts& f = view.facts();
  if (!view.is_embedded()) {
    write_item_id(out, view.mailbox, view.item);
    const Folder* parent = view.mailbox.folder(view.item.folder);
    if (wants("item:ParentFolderId", kAllProperties) && parent != nullptr)
      out.empty("t:ParentFolderId", {{"Id", format_id(view.mailbox.ref(*parent))},
                                     {"ChangeKey", view.mailbox.change_key(*parent)}});
  }
  if (wants("item:ItemClass", kAllProperties)) out.element("t:ItemClass", f.message_class);
  if (wants("item:Subject", kDefault)) {
    out.open("t:Subject");
    out.raw(escape_xml(f.subject));
    out.raw(extra_subject);
    out.close("t:Subject");
  }
  if (wants("item:Sensitivity", kDefault)) out.element("t:Sensitivity", choice(kSensitivity, f.sensitivity));
  if (with_content && wants("item:Body", kDefault)) write_body();
  if (with_content && wants("item:Attachments", kDefault)) write_attachments();
  write_times_and_flags();
}

void ItemFieldWriter::write_body() {
  const auto& p = full->properties;
  const std::string html = shape.body_type == Shape::BodyType::kText ? std::string() : html_of(p);
  const std::string plain = html.empty() ? plain_of(p) : std::string();
  if (html.empty() && plain.empty() && shape.body_type == Shape::BodyType::kText)
    return out.element("t:Body", html_of(p), {{"BodyType", "HTML"}});  // only HTML is there: no conversion
  out.element("t:Body", html.empty() ? plain : html, {{"BodyType", html.empty() ? "Text" : "HTML"}});
}

void ItemFieldWriter::write_attachments() {
  if (full->attachments.empty()) return;
  out.open("t:Attachments");
  for (std::size_t i = 0; i < full->attachments.size(); ++i)
    if (const auto s = write_attachment(out, view, i, false, shape); !s)
      break;  // decoded already: cannot fail
  out.close("t:Attachments");
}

void ItemFieldWriter::write_categories() {
  const auto* p = full->properties.find(model::string_name(pset::kPublicStrings, "Keywords"));
  if (p == nullptr || !p->value.is_multiple() || p->value.elements().empty()) return;
  out.open("t:Categories");
  for (const auto& e : p->value.elements())
    out.element("t:String", format_value(p->tag.element_type(), as_bytes(e), full->properties.code_page()));
  out.close("t:Categories");
}

void ItemFieldWriter::write_times_and_flags() {
  const ItemFacts& f = view.facts();
  const auto time = [&](std::string_view uri, const char* element, FileTime t, Shape::Base from) {
    if (t.ticks != 0 && wants(uri, from)) out.element(element, format_utc(t));
  };
  time("item:DateTimeReceived", "t:DateTimeReceived", f.received, kAllProperties);
  if (wants("item:Size", kDefault)) out.element("t:Size", view.item.bytes->size());
  if (full != nullptr && wants("item:Categories", kAllProperties)) write_categories();
  if (wants("item:Importance", kAllProperties))
    out.element("t:Importance", choice(kImportance, f.importance));
  if (full != nullptr && wants("item:InReplyTo", kAllProperties))
    if (const auto t = text(pid::kInReplyToId); !t.empty()) out.element("t:InReplyTo", t);
  if (wants("item:IsDraft", kAllProperties)) out.element("t:IsDraft", (f.flags & model::kFlagUnsent) != 0);
  if (full != nullptr && with_content && wants("item:InternetMessageHeaders", kAllProperties))
    write_headers();
  time("item:DateTimeSent", "t:DateTimeSent", f.sent, kDefault);
  time("item:DateTimeCreated", "t:DateTimeCreated", f.created, kDefault);
  if (wants("item:DisplayCc", kAllProperties)) out.element("t:DisplayCc", f.display_cc);
  if (wants("item:DisplayTo", kAllProperties)) out.element("t:DisplayTo", f.display_to);
  if (wants("item:HasAttachments", kDefault)) out.element("t:HasAttachments", f.has_attachments);
  write_extended_properties();
  if (full != nullptr && wants("item:LastModifiedName", kAllProperties))
    if (const auto t = text(0x3FFA); !t.empty()) out.element("t:LastModifiedName", t);
  time("item:LastModifiedTime", "t:LastModifiedTime", f.modified, kAllProperties);
  if (wants("item:IsAssociated", kAllProperties)) out.element("t:IsAssociated", view.item.associated);
}

/// <t:InternetMessageHeaders> from the transport headers, one element each; continuation lines are joined.
void ItemFieldWriter::write_headers() {
  const std::string all = text(pid::kTransportMessageHeaders);
  std::string inner, name, value;
  const auto flush = [&] {
    if (!name.empty())
      inner += fmt::format("<t:InternetMessageHeader HeaderName=\"{}\">{}</t:InternetMessageHeader>",
                           escape_xml(name), escape_xml(value));
    name.clear();
  };
  for (std::size_t at = 0; at < all.size();) {
    const auto end = std::min(all.find('\n', at), all.size());
    std::string_view line = std::string_view(all).substr(at, end - at);
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto colon = line.find(':');
    if (line.starts_with(' ') || line.starts_with('\t')) {
      value += line;
    } else if (colon != std::string_view::npos) {
      flush();
      name = line.substr(0, colon);
      value = line.substr(std::min(line.size(), line.find_first_not_of(' ', colon + 1)));
    }
  }
  flush();
  if (!inner.empty()) out.raw("<t:InternetMessageHeaders>" + inner + "</t:InternetMessageHeaders>");
}

void ItemFieldWriter::write_extended_properties() {
  const ItemFacts& f = view.facts();
  for (const auto& path : shape.extended) {
    model::PropertyList computed;
    computed.set_integer32(pid::kMessageFlags, f.flags);
    computed.set_integer32(pid::kMessageSize, static_cast<std::int32_t>(view.item.bytes->size()));
    computed.set_text(pid::kMessageClass, f.message_class);
    if (!f.search_key.empty()) computed.set_binary(pid::kSearchKey, f.search_key);
    if (!view.is_embedded()) computed.set_binary(pid::kEntryId, entry_id(view.mailbox.ref(view.item)));
    const model::Property* p = path.find(computed);
    if (p == nullptr) p = path.find(full != nullptr ? full->properties : f.named);
    if (p != nullptr) write_extended(out, path, *p, full != nullptr ? full->properties.code_page() : 1252);
  }
}

void ItemFieldWriter::write_mailbox(std::string_view element, std::uint16_t name, std::uint16_t type,
                                    std::uint16_t address, std::uint16_t smtp) {
  const std::string display = text(name);
  std::string mail = text(smtp);
  if (mail.empty()) mail = text(address);
  if (display.empty() && mail.empty()) return;
  out.open(element);
  out.open("t:Mailbox");
  if (!display.empty()) out.element("t:Name", display);
  if (!mail.empty()) out.element("t:EmailAddress", mail);
  const std::string routing = text(smtp).empty() ? text(type) : "SMTP";
  if (!routing.empty()) out.element("t:RoutingType", routing);
  out.close("t:Mailbox");
  out.close(element);
}

void ItemFieldWriter::write_recipients(std::string_view element, std::int64_t kind) {
  std::string inner;
  for (const auto& r : full->recipients) {
    if ((r.get_integer(pid::kRecipientType).value_or(0) & 0xF) != kind) continue;
    std::string mail = text_in(r, r.find(pid::kSmtpAddress));
    const bool smtp = !mail.empty();
    if (!smtp) mail = text_in(r, r.find(pid::kEmailAddress));
    const std::string name = text_in(r, r.find(pid::kDisplayName)),
                      type = text_in(r, r.find(pid::kAddressType));
    inner += "<t:Mailbox>";
    if (!name.empty()) inner += fmt::format("<t:Name>{}</t:Name>", escape_xml(name));
    if (!mail.empty()) inner += fmt::format("<t:EmailAddress>{}</t:EmailAddress>", escape_xml(mail));
    if (smtp || !type.empty())
      inner += fmt::format("<t:RoutingType>{}</t:RoutingType>", smtp ? "SMTP" : escape_xml(type));
    inner += "</t:Mailbox>";
  }
  if (!inner.empty()) out.raw(fmt::format("<t:{0}>{1}</t:{0}>", element, inner));
}

void ItemFieldWriter::write_message_part() {
  const ItemFacts& f = view.facts();
  if (full == nullptr) {  // what a folder's table has
    const auto who = [&](const char* element) {
      if (f.sender_name.empty()) return;
      out.open(element);
      out.open("t:Mailbox");
      out.element("t:Name", f.sender_name);
      out.close("t:Mailbox");
      out.close(element);
    };
    if (shape.wants("message:Sender")) who("t:Sender");
    if (wants("message:From", kDefault)) who("t:From");
  } else {
    if (wants("message:Sender", kAllProperties))
      write_mailbox("t:Sender", pid::kSenderName, pid::kSenderAddressType, pid::kSenderEmailAddress, 0x5D01);
    if (with_content && wants("message:ToRecipients", kDefault)) write_recipients("ToRecipients", 1);
    if (with_content && wants("message:CcRecipients", kDefault)) write_recipients("CcRecipients", 2);
    if (with_content && wants("message:BccRecipients", kDefault)) write_recipients("BccRecipients", 3);
    if (const auto b = full->properties.get_binary(pid::kConversationIndex);
        b && wants("message:ConversationIndex", kAllProperties))
      out.element("t:ConversationIndex", to_base64(as_bytes(*b)));
    if (const auto t = text(pid::kConversationTopic);
        !t.empty() && wants("message:ConversationTopic", kAllProperties))
      out.element("t:ConversationTopic", t);
    if (wants("message:From", kDefault))
      write_mailbox("t:From", pid::kSentRepresentingName, pid::kSentRepresentingAddressType,
                    pid::kSentRepresentingEmailAddress, 0x5D02);
  }
  if (!f.internet_message_id.empty() && wants("message:InternetMessageId", kDefault))
    out.element("t:InternetMessageId", f.internet_message_id);
  if (wants("message:IsRead", kDefault)) out.element("t:IsRead", f.read());
  if (full != nullptr && wants("message:References", kAllProperties))
    if (const auto t = text(pid::kInternetReferences); !t.empty()) out.element("t:References", t);
}

void ItemFieldWriter::write_post_part() {
  const ItemFacts& f = view.facts();
  if (!f.internet_message_id.empty() && wants("message:InternetMessageId", kDefault))
    out.element("t:InternetMessageId", f.internet_message_id);
  if (wants("message:IsRead", kDefault)) out.element("t:IsRead", f.read());
}

void ItemFieldWriter::write_calendar_part() {
  if (full == nullptr) return;
  const auto& p = full->properties;
  const auto time = [&](std::uint32_t lid, const char* uri, const char* element) {
    const auto* found = p.find(model::lid_name(pset::kAppointment, lid));
    if (found != nullptr && wants(uri, kDefault) && found->value.bytes().size() == 8)
      out.element(element, format_value(model::PropType::kTime, found->value.bytes(), 0));
  };
  const auto number = [&](std::uint32_t lid) -> std::int64_t {
    const auto* found = p.find(model::lid_name(pset::kAppointment, lid));
    const Bytes b = found == nullptr ? Bytes{} : found->value.bytes();
    return b.size() == 4   ? load_le<std::int32_t>(b.data())
           : b.size() == 2 ? load_le<std::int16_t>(b.data())
                           : 0;
  };
  constexpr const char* kBusy[] = {"Free", "Tentative", "Busy", "OOF"};
  time(0x820D, "calendar:Start", "t:Start");
  time(0x820E, "calendar:End", "t:End");
  if (wants("calendar:IsAllDayEvent", kDefault)) out.element("t:IsAllDayEvent", number(0x8215) != 0);
  if (wants("calendar:LegacyFreeBusyStatus", kDefault))
    out.element("t:LegacyFreeBusyStatus", choice(kBusy, number(0x8205)));
  if (const auto t = named_text(pset::kAppointment, 0x8208);
      !t.empty() && wants("calendar:Location", kDefault))
    out.element("t:Location", t);
  if (wants("calendar:IsMeeting", kAllProperties)) out.element("t:IsMeeting", (number(0x8217) & 1) != 0);
  if (wants("calendar:IsRecurring", kAllProperties)) out.element("t:IsRecurring", number(0x8223) != 0);
  if (wants("calendar:CalendarItemType", kDefault))
    out.element("t:CalendarItemType", number(0x8223) != 0 ? "RecurringMaster" : "Single");
}

void ItemFieldWriter::write_contact_part() {
  if (full == nullptr) return;
  const auto put = [&](const std::string& value, const char* uri, const char* element) {
    if (!value.empty() && wants(uri, kDefault)) out.element(element, value);
  };
  put(named_text(pset::kAddress, 0x8005), "contacts:FileAs", "t:FileAs");
  put(text(pid::kDisplayName), "contacts:DisplayName", "t:DisplayName");
  put(text(0x3A06), "contacts:GivenName", "t:GivenName");
  put(text(0x3A44), "contacts:MiddleName", "t:MiddleName");
  put(text(0x3A16), "contacts:CompanyName", "t:CompanyName");
  std::string mails;
  for (std::uint32_t i = 0; i < 3; ++i)
    if (const auto t = named_text(pset::kAddress, 0x8083 + 0x10 * i); !t.empty())
      mails += fmt::format("<t:Entry Key=\"EmailAddress{}\">{}</t:Entry>", i + 1, escape_xml(t));
  if (!mails.empty() && wants("contacts:EmailAddresses", kDefault))
    out.raw("<t:EmailAddresses>" + mails + "</t:EmailAddresses>");
  put(text(0x3A17), "contacts:JobTitle", "t:JobTitle");
  put(text(0x3A11), "contacts:Surname", "t:Surname");
}

void ItemFieldWriter::write_task_part() {
  if (full == nullptr) return;
  constexpr const char* kStatus[] = {"NotStarted", "InProgress", "Completed", "WaitingOnOthers", "Deferred"};
  const auto* status = full->properties.find(model::lid_name(pset::kTask, 0x8101));
  const std::int64_t n = status != nullptr && status->value.bytes().size() == 4
                             ? load_le<std::int32_t>(status->value.bytes().data())
                             : 0;
  if (wants("task:IsComplete", kDefault)) out.element("t:IsComplete", n == 2);
  if (wants("task:Status", kDefault)) out.element("t:Status", choice(kStatus, n));
}

void ItemFieldWriter::write_list_part() {
  if (full == nullptr) return;
  if (const auto t = text(pid::kDisplayName); !t.empty() && wants("contacts:DisplayName", kDefault))
    out.element("t:DisplayName", t);
}

}  // namespace mk::sim
