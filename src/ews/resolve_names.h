#pragma once
#include <string>
#include <vector>

#include "ews/session.h"

namespace mk::ews {

struct Resolution {
  std::string name, address;  // display name and SMTP address
};

/// ResolveNames in the directory (never in the user's contacts): who is meant by a part of a name or address.
/// [MS-OXWSRSLNM] 3.1.4.1
/// Errors: kNotFound  nobody
Result<std::vector<Resolution>> resolve_names(Session& session, const std::string& part);

}  // namespace mk::ews
