#pragma once
#include <string>
#include <vector>

#include "ews/session.h"

namespace mk::ews {

struct Resolution {
  std::string name, address;  // display name and SMTP address
};

struct Resolutions {
  std::vector<Resolution> found;  // those with an address, at most kMostResolutions
  bool complete = true;  // false: the server knows more than it names at once, and cannot be asked on
};
inline constexpr std::size_t kMostResolutions = 100;

/// ResolveNames in the directory (never in the user's contacts): who is meant by the beginning of a name,
/// alias or address. [MS-OXWSRSLNM] 3.1.4.1 Errors: kNotFound  nobody
Result<Resolutions> resolve_names(Session& session, const std::string& part);

}  // namespace mk::ews
