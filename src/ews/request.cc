#include "ews/request.h"

#include <fmt/format.h>

#include "base/text.h"

namespace mk::ews {

std::string escape(std::string_view utf8) {
  std::string out;
  out.reserve(utf8.size());
  for (const char c : utf8) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return xml_characters(out);
}

std::string request_begin(const Session& session) {
  std::string out = fmt::format(R"(<?xml version="1.0" encoding="utf-8"?>)"
                                R"(<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/")"
                                R"( xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types")"
                                R"( xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages">)"
                                R"(<soap:Header><t:RequestServerVersion Version="{}"/>)",
                                version_name(session.version));
  if (!session.impersonate.empty())
    out += fmt::format(
        "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>{}</t:PrimarySmtpAddress>"
        "</t:ConnectingSID></t:ExchangeImpersonation>",
        escape(session.impersonate));
  return out + "</soap:Header><soap:Body>";
}

BlobPtr make_request(const Session& session, std::string_view operation_xml) {
  std::string out = request_begin(session);
  out += operation_xml;
  out += kRequestEnd;
  return make_memory_blob(std::move(out));
}

std::string folder_id_xml(const FolderRef& folder) {
  if (!folder.id.empty()) return fmt::format(R"(<t:FolderId Id="{}"/>)", escape(folder.id.value));
  if (folder.mailbox.empty())
    return fmt::format(R"(<t:DistinguishedFolderId Id="{}"/>)", escape(folder.distinguished));
  return fmt::format(
      R"(<t:DistinguishedFolderId Id="{}"><t:Mailbox><t:EmailAddress>{}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>)",
      escape(folder.distinguished), escape(folder.mailbox));
}

std::string item_ids_xml(const std::vector<model::ItemId>& ids) {
  std::string out;
  // no ChangeKey: a stale one would be an error, and we want the item as it is now
  for (const auto& id : ids) out += fmt::format(R"(<t:ItemId Id="{}"/>)", escape(id.value));
  return out;
}

std::string field_xml(std::string_view field) { return fmt::format(R"(<t:FieldURI FieldURI="{}"/>)", field); }

std::string field_xml(const ExtendedField& field) {
  if (field.id)
    return fmt::format(R"(<t:ExtendedFieldURI PropertyTag="0x{:04X}" PropertyType="{}"/>)", *field.id,
                       field.type);
  const model::PropertyName& name = *field.name;
  const std::string set = format_guid(name.set);
  if (name.is_lid())
    return fmt::format(R"(<t:ExtendedFieldURI PropertySetId="{}" PropertyId="{}" PropertyType="{}"/>)", set,
                       std::get<std::uint32_t>(name.key), field.type);
  return fmt::format(R"(<t:ExtendedFieldURI PropertySetId="{}" PropertyName="{}" PropertyType="{}"/>)", set,
                     escape(utf8_from_utf16(as_bytes(std::get<ByteString>(name.key)))), field.type);
}

std::string shape_xml(std::string_view kind, const Fields& fields) {
  std::string out = fmt::format("<m:{}><t:BaseShape>IdOnly</t:BaseShape>", kind);
  if (!fields.uris.empty() || !fields.extended.empty()) {
    out += "<t:AdditionalProperties>";
    for (const auto& uri : fields.uris) out += field_xml(uri);
    for (const auto& field : fields.extended) out += field_xml(field);
    out += "</t:AdditionalProperties>";
  }
  return out + fmt::format("</m:{}>", kind);
}

}  // namespace mk::ews
