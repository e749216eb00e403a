#pragma once
#include <string>
#include <string_view>

namespace mk {

/// The text as a JSON string with its quotes; control characters are escaped, invalid UTF-8 becomes U+FFFD.
std::string json_quote(std::string_view utf8);

}  // namespace mk
