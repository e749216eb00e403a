#include <fmt/format.h>

#include <algorithm>

#include "sim/operations.h"

namespace mk::sim {
namespace {

constexpr std::size_t kMostResolutions = 100;

std::string display_name(const Mailbox& mailbox) {
  return mailbox.address().substr(0, mailbox.address().find('@'));
}

void write_resolution(Answer& out, const Mailbox& mailbox, bool full) {
  out.open("t:Resolution");
  out.open("t:Mailbox");
  out.element("t:Name", display_name(mailbox));
  out.element("t:EmailAddress", mailbox.address());
  out.element("t:RoutingType", "SMTP");
  out.element("t:MailboxType", "Mailbox");
  out.close("t:Mailbox");
  if (full) {
    out.open("t:Contact");
    out.element("t:DisplayName", display_name(mailbox));
    out.open("t:EmailAddresses");
    out.element("t:Entry", "SMTP:" + mailbox.address(), {{"Key", "EmailAddress1"}});
    out.close("t:EmailAddresses");
    out.element("t:ContactSource", "ActiveDirectory");
    out.close("t:Contact");
  }
  out.close("t:Resolution");
}

std::string percent_encoded(std::string_view id) {
  std::string out;
  for (const char c : id) {
    if (c == '+' || c == '/' || c == '=')
      out += fmt::format("%{:02X}", static_cast<unsigned>(c));
    else
      out.push_back(c);
  }
  return out;
}

std::string percent_decoded(std::string_view id) {
  std::string out;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const auto byte =
        id[i] == '%' && i + 2 < id.size() ? from_hex(id.substr(i + 1, 2)) : Result<ByteString>(ByteString{});
    if (byte && byte->size() == 1)
      out += *byte, i += 2;
    else
      out.push_back(id[i]);
  }
  return out;
}

/// The entry id inside an id of that format.
std::optional<ByteString> entry_of(std::string_view format, const std::string& id) {
  if (format == "EwsId" || format == "OwaId") {
    const std::string ews = format == "OwaId" ? percent_decoded(id) : id;
    if (const auto item = parse_item_id(ews)) return entry_id(*item);
    if (const auto folder = parse_folder_id(ews)) return entry_id(*folder);
    return {};
  }
  const auto raw = format == "HexEntryId" ? from_hex(id)
                   : format == "EntryId"  ? from_base64(id)
                                          : Result<ByteString>(Error{});
  return raw ? std::optional(*raw) : std::nullopt;
}

std::optional<std::string> format_entry(std::string_view format, const ByteString& entry) {
  if (format == "HexEntryId") return to_hex(as_bytes(entry));
  if (format == "EntryId") return to_base64(as_bytes(entry));
  if (format != "EwsId" && format != "OwaId") return {};
  std::string ews;
  if (const auto item = item_of_entry_id(entry))
    ews = format_id(*item);
  else if (const auto folder = folder_of_entry_id(entry))
    ews = format_id(*folder);
  else
    return {};
  return format == "OwaId" ? percent_encoded(ews) : ews;
}

}  // namespace

OpResult resolve_names(Call& call) {
  const std::string entry = lower_case(xml::text(call.request, "UnresolvedEntry"));
  if (entry.empty()) return missing_child("ResolveNames", "UnresolvedEntry");
  const bool full = xml::attribute(call.request, "ReturnFullContactData") == "true";
  const std::string_view wanted =
      std::string_view(entry).starts_with("smtp:") ? std::string_view(entry).substr(5) : entry;
  std::vector<const Mailbox*> hits;
  for (const auto& [address, mailbox] : call.world.mailboxes)
    if (address.starts_with(wanted)) hits.push_back(mailbox.get());
  if (hits.empty()) {
    call.error_message(problem("ErrorNameResolutionNoResults"));
    return {};
  }
  const bool all = hits.size() <= kMostResolutions;
  hits.resize(std::min(hits.size(), kMostResolutions));
  hits.size() > 1 ? call.begin_warning(problem("ErrorNameResolutionMultipleResults")) : call.begin_message();
  call.out.open("m:ResolutionSet", {{"TotalItemsInView", std::to_string(hits.size())},
                                    {"IncludesLastItemInRange", all ? "true" : "false"}});
  for (const Mailbox* m : hits) write_resolution(call.out, *m, full);
  call.out.close("m:ResolutionSet");
  call.end_message();
  return {};
}

OpResult convert_id(Call& call) {
  const std::string to = xml::attribute(call.request, "DestinationFormat");
  const auto ids = xml::child(call.request, "SourceIds");
  if (to.empty()) return bad_enumeration("DestinationFormat", to, "IdFormatType");
  if (!xml::first(ids)) return missing_child("ConvertId", "SourceIds");
  for (auto n = xml::first(ids); n; n = xml::next(n)) {
    const auto entry = entry_of(xml::attribute(n, "Format"), xml::attribute(n, "Id"));
    const auto converted = entry ? format_entry(to, *entry) : std::nullopt;
    if (!converted) {
      call.error_message(problem(entry ? "ErrorUnsupportedTypeForConversion" : "ErrorInvalidIdMalformed"));
      continue;
    }
    call.begin_message();
    call.out.empty("m:AlternateId", {{"xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"},
                                     {"xsi:type", "t:AlternateIdType"},
                                     {"Format", to},
                                     {"Id", *converted},
                                     {"Mailbox", xml::attribute(n, "Mailbox")}});
    call.end_message();
  }
  return {};
}

OpResult get_server_time_zones(Call& call) {
  struct Zone {
    const char *id, *name, *bias;
  };
  // Standard time only: enough for clients that look a zone up; the period's bias is west of Greenwich.
  constexpr Zone kZones[] = {
      {"UTC", "(UTC) Coordinated Universal Time", "PT0S"},
      {"GMT Standard Time", "(UTC+00:00) Dublin, Edinburgh, Lisbon, London", "PT0S"},
      {"W. Europe Standard Time", "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "-PT1H"},
      {"Eastern Standard Time", "(UTC-05:00) Eastern Time (US & Canada)", "PT5H"},
      {"Pacific Standard Time", "(UTC-08:00) Pacific Time (US & Canada)", "PT8H"},
      {"Tokyo Standard Time", "(UTC+09:00) Osaka, Sapporo, Tokyo", "-PT9H"}};
  const auto ids = xml::child(call.request, "Ids");
  const auto wanted = [&](const char* id) {
    if (!xml::first(ids)) return true;
    for (auto n = xml::first(ids); n; n = xml::next(n))
      if (xml::own_text(n) == id) return true;
    return false;
  };
  call.begin_message();
  call.out.open("m:TimeZoneDefinitions");
  for (const auto& z : kZones) {
    if (!wanted(z.id)) continue;
    call.out.open("t:TimeZoneDefinition", {{"Id", z.id}, {"Name", z.name}});
    call.out.open("t:Periods");
    call.out.empty("t:Period", {{"Bias", z.bias}, {"Name", "Standard"}, {"Id", "Std"}});
    call.out.close("t:Periods");
    call.out.raw(
        "<t:TransitionsGroups><t:TransitionsGroup Id=\"0\"><t:Transition><t:To "
        "Kind=\"Period\">Std</t:To></t:Transition>"
        "</t:TransitionsGroup></t:TransitionsGroups><t:Transitions><t:Transition><t:To "
        "Kind=\"Group\">0</t:To>"
        "</t:Transition></t:Transitions>");
    call.out.close("t:TimeZoneDefinition");
  }
  call.out.close("m:TimeZoneDefinitions");
  call.end_message();
  return {};
}

}  // namespace mk::sim
