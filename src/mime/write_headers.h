#pragma once
#include <string>

#include "mime/export.h"

namespace mk::mime {

/// The header fields of an item, without those that tell of its MIME structure. Fields of the transport
/// headers that have no property of their own (Received, DKIM-Signature, List-* ...) are kept; the others are
/// made from properties, and taken from the transport headers only where the property is missing.
std::string message_headers(const model::Item& item);

/// The value of a field of PidTagTransportMessageHeaders, empty when there is none.
std::string transport_header(const model::PropertyList& properties, std::string_view name);

}  // namespace mk::mime
