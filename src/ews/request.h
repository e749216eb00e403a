#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "ews/ids.h"
#include "ews/session.h"

namespace mk::ews {

/// Text for XML content and attribute values. Characters that XML 1.0 forbids become U+FFFD.
std::string escape(std::string_view utf8);

/// Everything of a request up to and including `<soap:Body>`: RequestServerVersion and, where asked for,
/// impersonation.
std::string request_begin(const Session& session);
inline constexpr std::string_view kRequestEnd = "</soap:Body></soap:Envelope>";

/// A whole request around the operation's element.
BlobPtr make_request(const Session& session, std::string_view operation_xml);

// Pieces that several operations share.
std::string folder_id_xml(const FolderRef& folder);
std::string item_ids_xml(const std::vector<model::ItemId>& ids);
/// `<t:FieldURI FieldURI="..."/>`
std::string field_xml(std::string_view field);
std::string field_xml(const ExtendedField& field);
/// ItemShape or FolderShape (`kind`) with IdOnly and what is asked for beside it.
std::string shape_xml(std::string_view kind, const Fields& fields);

}  // namespace mk::ews
