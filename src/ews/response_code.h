#pragma once
#include <string_view>

#include "base/result.h"
#include "ews/element.h"

namespace mk::ews {

/// What a ResponseCode of Exchange means to us, by what the caller does about it. Codes we do not know are
/// kInternal: of an item they skip the item.  [MS-OXWSCDATA] 2.2.5.24
Code code_of(std::string_view response_code);

/// `ErrorItemNotFound: The specified object was not found in the store.` with its code and back-off.
Error make_error(std::string_view response_code, std::string_view message,
                 const Element* message_xml = nullptr);

/// The error of a response message (`ResponseClass="Error"`), ok for Success and Warning.
Status status_of(const Element& response_message);

/// The error of a soap:Fault, and the ResponseCode in it (empty when the fault names none).
struct Fault {
  std::string response_code;
  Error error;
};
Fault read_fault(const Element& fault);

}  // namespace mk::ews
