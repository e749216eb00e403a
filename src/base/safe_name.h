#pragma once
#include <string>
#include <string_view>

namespace mk {

/// Text of a stranger as the name of one file or directory, for any system and without surprises: no
/// separators, control characters, marks that turn the writing direction, or names that Windows reserves; no
/// dot first, no dot or space last; whole characters, at most `max_bytes`. The same text gives the same name.
/// Text of which nothing is left gives `instead`.
std::string safe_name(std::string_view utf8, std::size_t max_bytes, std::string_view instead);

/// What file systems that ignore case take for the same name, as far as ASCII goes.
std::string lower_ascii(std::string_view text);

}  // namespace mk
