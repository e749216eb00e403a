#include "mime/calendar_people.h"

#include <algorithm>

#include "mime/address.h"
#include "mime/named.h"
#include "model/tags.h"

namespace mk::mime {
namespace {

namespace pid = model::pid;
namespace pset = model::pset;
constexpr std::uint32_t kStateFlags = 0x8217;
constexpr std::int64_t kIsMeeting = 1;
constexpr std::uint16_t kRecipientFlags = 0x5FFD, kTrackStatus = 0x5FFF;
constexpr std::int64_t kOrganizer = 0x02, kRemovedFromException = 0x20;
enum Kind : std::int64_t { kRequired = 1, kOptional = 2, kResource = 3 };

std::string uri(const Address& a) {
  const std::string email = smtp_form(a);
  return email.empty() ? "invalid:nomail" : "mailto:" + email;
}

void write_organizer(ContentLines& lines, const Address& a) {
  lines.raw("ORGANIZER", uri(a), {{"CN", a.name}});
}

/// [MS-OXCICAL] 2.1.3.1.1.20.2
std::string_view status_text(std::int64_t track_status) {
  switch (track_status) {
    case 2:
      return "TENTATIVE";
    case 3:
      return "ACCEPTED";
    case 4:
      return "DECLINED";
    default:
      return "NEEDS-ACTION";
  }
}

void write_attendee(ContentLines& lines, const model::PropertyList& recipient, bool asks) {
  const auto kind = recipient.get_integer(pid::kRecipientType).value_or(kRequired) & 0x0F;
  const Address a = address_of(recipient, kRecipient);
  const std::string status(status_text(recipient.get_integer(kTrackStatus).value_or(0)));
  lines.raw("ATTENDEE", uri(a),
            {{"CN", a.name},
             {"CUTYPE", kind == kResource ? "RESOURCE" : ""},
             {"ROLE", kind == kResource   ? "NON-PARTICIPANT"
                      : kind == kOptional ? "OPT-PARTICIPANT"
                                          : "REQ-PARTICIPANT"},
             {"PARTSTAT", status},
             {"RSVP", asks ? "TRUE" : ""}});
}

/// An answer goes from the one who was invited to the one who invited.
void write_reply(ContentLines& lines, const model::Item& item) {
  if (!item.recipients.empty()) write_organizer(lines, address_of(item.recipients[0], kRecipient));
  const std::string kind = item.properties.get_text(pid::kMessageClass).value_or("");
  const char* status = kind.ends_with(".Pos")   ? "ACCEPTED"
                       : kind.ends_with(".Neg") ? "DECLINED"
                                                : "TENTATIVE";
  Address from = address_of(item.properties, kRepresenting);
  if (from.email.empty()) from = address_of(item.properties, kSender);
  lines.raw("ATTENDEE", uri(from), {{"CN", from.name}, {"PARTSTAT", status}});
}

}  // namespace

void write_people(ContentLines& lines, const model::Item& item, const model::Item* exception,
                  std::string_view method) {
  if (method == "REPLY") return write_reply(lines, item);
  const auto& recipients =
      exception != nullptr && !exception->recipients.empty() ? exception->recipients : item.recipients;
  const auto state = named_integer(item.properties, pset::kAppointment, kStateFlags).value_or(0);
  const auto is_guest = [](const model::PropertyList& r) {
    return (r.get_integer(kRecipientFlags).value_or(0) & (kOrganizer | kRemovedFromException)) == 0;
  };
  const bool meeting = (state & kIsMeeting) != 0 || !method.empty();
  if (!meeting && std::ranges::none_of(recipients, is_guest)) return;
  Address organizer = address_of(item.properties, kRepresenting);
  if (organizer.email.empty()) organizer = address_of(item.properties, kSender);
  for (const model::PropertyList& r : recipients)
    if ((r.get_integer(kRecipientFlags).value_or(0) & kOrganizer) != 0) organizer = address_of(r, kRecipient);
  if (!organizer.empty()) write_organizer(lines, organizer);
  for (const model::PropertyList& r : recipients)
    if (is_guest(r)) write_attendee(lines, r, method == "REQUEST");
}

}  // namespace mk::mime
