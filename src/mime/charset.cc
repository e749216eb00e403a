#include "mime/charset.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "mime/gmime_ptr.h"

namespace mk::mime {
namespace {

struct Row {
  std::string_view charset;
  unsigned code_page;
};
/// The first row of a code page is the name we write; the others are names that mail uses for it.
constexpr std::array kRows = std::to_array<Row>({
    {"utf-8", 65001},
    {"utf8", 65001},
    {"us-ascii", 20127},
    {"ascii", 20127},
    {"ansi_x3.4-1968", 20127},
    {"windows-1250", 1250},
    {"windows-1251", 1251},
    {"windows-1252", 1252},
    {"windows-1253", 1253},
    {"windows-1254", 1254},
    {"windows-1255", 1255},
    {"windows-1256", 1256},
    {"windows-1257", 1257},
    {"windows-1258", 1258},
    {"windows-874", 874},
    {"tis-620", 874},
    {"iso-8859-1", 28591},
    {"latin1", 28591},
    {"iso-8859-2", 28592},
    {"iso-8859-3", 28593},
    {"iso-8859-4", 28594},
    {"iso-8859-5", 28595},
    {"iso-8859-6", 28596},
    {"iso-8859-7", 28597},
    {"iso-8859-8", 28598},
    {"iso-8859-8-i", 28598},
    {"iso-8859-9", 28599},
    {"iso-8859-13", 28603},
    {"iso-8859-15", 28605},
    {"shift_jis", 932},
    {"shift-jis", 932},
    {"windows-31j", 932},
    {"cp932", 932},
    {"iso-2022-jp", 50220},
    {"iso-2022-jp", 50221},
    {"iso-2022-jp", 50222},
    {"euc-jp", 51932},
    {"gbk", 936},
    {"gb2312", 936},
    {"cp936", 936},
    {"gb18030", 54936},
    {"big5", 950},
    {"euc-kr", 949},
    {"ks_c_5601-1987", 949},
    {"euc-kr", 51949},
    {"iso-2022-kr", 50225},
    {"koi8-r", 20866},
    {"koi8-u", 21866},
    {"ibm437", 437},
    {"ibm850", 850},
    {"ibm852", 852},
    {"ibm866", 866},
    {"macintosh", 10000},
    {"utf-7", 65000},
});

std::string lower(std::string_view s) {
  std::string out(s.substr(0, 64));
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::string utf8_from_latin(Bytes text) {
  auto converted = utf8_from_code_page(text, 1252);
  return converted ? *std::move(converted) : std::string();
}

}  // namespace

std::string charset_name(unsigned code_page) {
  const auto it = std::ranges::find(kRows, code_page, &Row::code_page);
  return it == kRows.end() ? std::string() : std::string(it->charset);
}

unsigned code_page_of_charset(std::string_view charset) {
  const auto it = std::ranges::find(kRows, lower(charset), &Row::charset);
  return it == kRows.end() ? 0 : it->code_page;
}

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string utf8_from_charset(Bytes text, std::string_view charset) {
  const unsigned code_page = code_page_of_charset(charset);
  if (code_page == 0 || code_page == 65001 || code_page == 20127) {
    if (is_utf8(as_chars(text))) return std::string(as_chars(text));
    if (code_page == 65001) return *utf8_from_code_page(text, 65001);
  }
  if (code_page != 0)
    if (auto converted = utf8_from_code_page(text, code_page)) return *std::move(converted);
  const std::string name(charset.substr(0, 64));
  if (name.empty()) return utf8_from_latin(text);
  gsize n = 0;
  const GCharPtr converted(g_convert_with_fallback(as_chars(text).data(), static_cast<gssize>(text.size()),
                                                   "UTF-8", name.c_str(), "?", nullptr, &n, nullptr));
  return converted ? std::string(converted.get(), n) : utf8_from_latin(text);
}

}  // namespace mk::mime
