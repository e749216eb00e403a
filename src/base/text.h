#pragma once
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace mk {

/// True when all of it is well-formed: nothing cut or overlong, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);
/// Well-formed UTF-8: each byte that is not part of any becomes U+FFFD, all else stays.
std::string valid_utf8(std::string_view text);

/// UTF-16LE bytes and UTF-8. Ill-formed input never fails: what cannot be mapped becomes U+FFFD
/// (lone surrogates, a last odd byte, invalid UTF-8), so these are for reading, not for keeping.
std::string utf8_from_utf16(Bytes utf16le);
ByteString utf16_from_utf8(std::string_view utf8);
/// True when every unit pairs up, so that UTF-8 and back gives the same bytes.
bool is_well_formed_utf16(Bytes utf16le);

/// Upper case, unit for unit, of Latin (to U+017F), Greek, Cyrillic and Armenian letters; others stay.
ByteString upper_utf16(Bytes utf16le);

/// Text in a Windows code page (1252, 932, 65001, 20127, 28591 ...) to UTF-8; bytes outside it become U+FFFD.
/// Errors: kUnsupported  a code page that the system's iconv does not know, named
Result<std::string> utf8_from_code_page(Bytes text, unsigned code_page);

/// Valid UTF-8 without control characters and marks that turn the direction of text around, each of which
/// becomes U+FFFD; for subjects and names that we print.
std::string printable(std::string_view utf8);
/// Valid UTF-8 in which characters that XML 1.0 cannot carry became U+FFFD; for text that we send.
std::string xml_characters(std::string_view utf8);

}  // namespace mk
