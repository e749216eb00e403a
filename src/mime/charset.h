#pragma once
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace mk::mime {

/// The MIME name of a Windows code page (`windows-1252`, `utf-8`, `iso-2022-jp` ...), empty when it has none.
std::string charset_name(unsigned code_page);
/// The code page of a MIME charset, whatever its case; 0 when it has none.
unsigned code_page_of_charset(std::string_view charset);

bool is_ascii(std::string_view text);
/// Text of a MIME part as UTF-8. Never fails: an unknown charset is taken for UTF-8 when it is that, else for
/// 1252.
std::string utf8_from_charset(Bytes text, std::string_view charset);

}  // namespace mk::mime
