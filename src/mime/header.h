#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mk::mime {

/// One header field; the value is unfolded and without its line end.
struct HeaderLine {
  std::string name;
  std::string value;
};

/// Splits a header block up to its first blank line; lines that are no field are left out.
std::vector<HeaderLine> split_headers(std::string_view block);
/// True when both names are the same, whatever their case.
bool same_name(std::string_view a, std::string_view b);
/// The first field of this name, or nullptr.
const HeaderLine* find_header(const std::vector<HeaderLine>& headers, std::string_view name);

/// Control characters become spaces, so that no value can end its line; NULs at the end go.
std::string one_line(std::string_view utf8);
/// Unstructured text: itself when it is plain ASCII that survives folding, else encoded words.  RFC 2047
std::string encode_text(std::string_view utf8);
/// A display name: atoms, a quoted string or encoded words.  RFC 5322 3.2.5
std::string encode_phrase(std::string_view utf8);

/// Appends `name: value` with its CRLF, folded before white space where the line gets longer than 76
/// characters.
void append_header(std::string& out, std::string_view name, std::string_view value);

using Parameters = std::vector<std::pair<std::string, std::string>>;
/// Appends `name: value; parameter=...`; parameters that are not ASCII as RFC 2231 has them. Empty ones are
/// left out.
void append_header(std::string& out, std::string_view name, std::string_view value,
                   const Parameters& parameters);

}  // namespace mk::mime
