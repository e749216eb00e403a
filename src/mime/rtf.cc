#include "mime/rtf.h"

#include <algorithm>
#include <array>
#include <map>
#include <vector>

#include "base/text.h"
#include "mime/charset.h"

namespace mk::mime {
namespace {

constexpr std::size_t kMaxDepth = 500;

/// Code page of \fcharsetN; 0: that of the document.
unsigned code_page_of_font(int charset) {
  switch (charset) {
    case 77:
      return 10000;
    case 128:
      return 932;
    case 129:
      return 949;
    case 134:
      return 936;
    case 136:
      return 950;
    case 161:
      return 1253;
    case 162:
      return 1254;
    case 163:
      return 1258;
    case 177:
      return 1255;
    case 178:
      return 1256;
    case 186:
      return 1257;
    case 204:
      return 1251;
    case 222:
      return 874;
    case 238:
      return 1250;
    default:
      return 0;
  }
}

/// Destinations whose text is not part of the body.
constexpr std::array<std::string_view, 14> kSilent = {
    "colortbl", "stylesheet", "info",    "pict",    "object",   "header",   "headerl",
    "headerr",  "footer",     "footerl", "footerr", "mhtmltag", "listtext", "themedata"};

/// Control words that stand for a character.
struct Symbol {
  std::string_view word, utf8;
};
constexpr std::array<Symbol, 12> kSymbols = {{{"par", "\r\n"},
                                              {"line", "\r\n"},
                                              {"row", "\r\n"},
                                              {"tab", "\t"},
                                              {"cell", "\t"},
                                              {"lquote", "\u2018"},
                                              {"rquote", "\u2019"},
                                              {"ldblquote", "\u201C"},
                                              {"rdblquote", "\u201D"},
                                              {"bullet", "\u2022"},
                                              {"endash", "\u2013"},
                                              {"emdash", "\u2014"}}};

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// A control word with its parameter, as `\word123`.
struct Control {
  std::string_view word;
  bool has_value = false;
  int value = 0;
};

class RtfReader {
 public:
  explicit RtfReader(std::string_view rtf) : in_(rtf) {}

  Result<RtfContent> read() {
    if (!in_.starts_with("{\\rtf")) return Error{Code::kCorrupt, "RTF: does not begin with {\\rtf"};
    while (!in_.empty() && !closed_)
      if (!step()) return Error{Code::kCorrupt, "RTF: groups are nested deeper than 500"};
    flush();
    return std::move(content_);
  }

 private:
  /// What a group changes and its end restores.
  struct Group {
    bool silent = false;    // a destination that is not body text
    bool html_tag = false;  // \*\htmltag: markup of the original HTML
    bool html_rtf = false;  // \htmlrtf: RTF that the original HTML did not have
    bool font_table = false;
    int skip_after_unicode = 1;  // \ucN
    unsigned font_code_page = 0;
  };

  bool step() {
    const char c = in_.front();
    in_.remove_prefix(1);
    if (c != '\\') starred_ = false;
    switch (c) {
      case '{':
        flush();
        if (stack_.size() >= kMaxDepth) return false;
        stack_.push_back(now_);
        break;
      case '}':
        flush();
        if (stack_.empty()) break;
        now_ = stack_.back();
        stack_.pop_back();
        closed_ = stack_.empty();
        break;
      case '\\':
        control();
        break;
      case '\r':
      case '\n':
        break;
      default:
        byte(c);
    }
    return true;
  }

  void control() {
    if (in_.empty()) return;
    const char c = in_.front();
    if (is_letter(c)) return word(take_word());
    in_.remove_prefix(1);
    switch (c) {
      case '\'':
        hex_byte();
        break;
      case '*':
        starred_ = true;
        return;
      case '~':
        text(content_.kind == RtfContent::Kind::kHtml ? "&nbsp;" : "\u00A0");
        break;
      case '_':
        text("\u2011");
        break;
      case '-':
        text(content_.kind == RtfContent::Kind::kHtml ? "&shy;" : "");
        break;
      case '\r':
      case '\n':
        text("\r\n");
        break;
      case '\\':
      case '{':
      case '}':
        byte(c);
        break;
      default:
        break;
    }
    starred_ = false;
  }

  Control take_word() {
    Control w;
    std::size_t n = 0;
    while (n < in_.size() && n < 32 && is_letter(in_[n])) ++n;
    w.word = in_.substr(0, n);
    in_.remove_prefix(n);
    const bool negative = in_.starts_with('-');
    if (negative) in_.remove_prefix(1);
    for (n = 0; !in_.empty() && in_.front() >= '0' && in_.front() <= '9'; in_.remove_prefix(1), ++n)
      if (n < 9) w.value = w.value * 10 + (in_.front() - '0');
    w.has_value = n > 0;
    if (negative) w.value = -w.value;
    if (in_.starts_with(' ')) in_.remove_prefix(1);
    return w;
  }

  void word(const Control& w) {
    const bool starred = std::exchange(starred_, false);
    if (w.word == "u" && w.has_value) return unicode(w.value);
    skip_ = 0;
    if (w.word == "bin")
      return in_.remove_prefix(
          std::min<std::size_t>(in_.size(), w.value > 0 ? static_cast<std::size_t>(w.value) : 0));
    flush();
    if (is_document_word(w) || is_font_word(w)) return;
    if (w.word == "htmlrtf")
      now_.html_rtf = !w.has_value || w.value != 0;
    else if (w.word == "htmltag")
      (content_.kind == RtfContent::Kind::kHtml ? now_.html_tag : now_.silent) = true;
    else if (w.word == "uc")
      now_.skip_after_unicode = std::clamp(w.value, 0, 16);
    else if (const auto s = std::ranges::find(kSymbols, w.word, &Symbol::word); s != kSymbols.end())
      text(s->utf8);
    else if (starred || std::ranges::find(kSilent, w.word) != kSilent.end())
      now_.silent = true;
  }

  bool is_document_word(const Control& w) {
    if (w.word == "fromhtml")
      content_.kind = RtfContent::Kind::kHtml;
    else if (w.word == "fromtext")
      content_.kind = RtfContent::Kind::kText;
    else if (w.word == "ansicpg" && w.value > 0)
      document_code_page_ = static_cast<unsigned>(w.value);
    else if (w.word == "mac")
      document_code_page_ = 10000;
    else if (w.word == "deff")
      default_font_ = w.value;
    else
      return false;
    return true;
  }

  bool is_font_word(const Control& w) {
    if (w.word == "fonttbl") {
      now_.font_table = now_.silent = true;
    } else if (w.word == "f" && now_.font_table) {
      font_ = w.value;
    } else if (w.word == "fcharset" && now_.font_table) {
      if (fonts_.size() < 10000) fonts_[font_] = code_page_of_font(w.value);
    } else if (w.word == "f" || w.word == "plain") {
      const auto it = fonts_.find(w.word == "f" ? w.value : default_font_);
      now_.font_code_page = it == fonts_.end() ? 0 : it->second;
    } else {
      return false;
    }
    return true;
  }

  bool is_body() const {
    return !now_.silent && !(now_.html_rtf && content_.kind == RtfContent::Kind::kHtml);
  }

  void hex_byte() {
    if (in_.size() < 2) return in_.remove_prefix(in_.size());
    const int high = digit_of(in_[0]), low = digit_of(in_[1]);
    if (high < 0 || low < 0) return;
    in_.remove_prefix(2);
    byte(static_cast<char>(high << 4 | low));
  }

  /// One byte in the code page in force; bytes are collected, because a character may take two.
  void byte(char c) {
    if (skip_ > 0) {
      --skip_;
      return;
    }
    flush_unicode();
    if (is_body()) pending_ += c;
  }

  void text(std::string_view utf8) {
    flush();
    if (is_body()) content_.text += utf8;
  }

  void unicode(int value) {
    flush_bytes();
    if (is_body()) append_le(pending_utf16_, static_cast<std::uint16_t>(value));
    skip_ = now_.skip_after_unicode;
  }

  void flush_bytes() {
    if (pending_.empty()) return;
    const unsigned code_page =
        now_.html_tag || now_.font_code_page == 0 ? document_code_page_ : now_.font_code_page;
    if (is_ascii(pending_))
      content_.text += pending_;
    else if (auto utf8 = utf8_from_code_page(as_bytes(pending_), code_page))
      content_.text += *utf8;
    else
      content_.text += utf8_from_charset(as_bytes(pending_), "");
    pending_.clear();
  }
  void flush_unicode() {
    if (!pending_utf16_.empty())
      content_.text += utf8_from_utf16(as_bytes(std::exchange(pending_utf16_, {})));
  }
  void flush() {
    flush_bytes();
    flush_unicode();
  }

  std::string_view in_;
  RtfContent content_;
  Group now_;
  std::vector<Group> stack_;
  std::map<int, unsigned> fonts_;
  unsigned document_code_page_ = 1252;
  int default_font_ = 0, font_ = 0;
  int skip_ = 0;  // bytes that stand for a \u character, for readers that do not know it
  bool starred_ = false, closed_ = false;
  std::string pending_;
  ByteString pending_utf16_;
};

}  // namespace

Result<RtfContent> read_rtf(std::string_view rtf) { return RtfReader(rtf).read(); }

}  // namespace mk::mime
