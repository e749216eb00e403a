#include "catalog/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace mk::catalog {
namespace {

constexpr std::size_t kSortBytes = 40;

struct Range {
  char16_t first, last;
};
// blanks, punctuation and symbols beyond ASCII; the rest are letters as far as this is concerned
constexpr Range kBetweenWords[] = {{0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},
                                   {0xD7, 0xD7},     {0xF7, 0xF7},     {0x2000, 0x206F}, {0x20A0, 0x20CF},
                                   {0x2190, 0x2BFF}, {0x3000, 0x3004}, {0x3008, 0x303F}, {0xFE10, 0xFE6F},
                                   {0xFF00, 0xFF0F}, {0xFF1A, 0xFF20}, {0xFF5B, 0xFF65}, {0xFFFC, 0xFFFF}};

bool is_in_word(char16_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return std::none_of(std::begin(kBetweenWords), std::end(kBetweenWords),
                      [c](const Range& r) { return c >= r.first && c <= r.last; });
}

/// Calls `take` for each run of word characters with what comes right behind it.
template <class Take>
void for_each_word(std::string_view utf8, const Take& take) {
  const ByteString folded = upper_utf16(as_bytes(utf16_from_utf8(utf8)));
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= folded.size(); i += 2) {
    const char16_t c = i < folded.size() ? load_le<char16_t>(folded.data() + i) : u'\0';
    if (is_in_word(c)) continue;
    if (i > begin) take(utf8_from_utf16(as_bytes(folded).subspan(begin, i - begin)), c);
    begin = i + 2;
  }
}

std::string class_word(std::string_view item_class) {
  std::string out = "c";
  for_each_word(item_class, [&](const std::string& word, char16_t) { out += word; });
  return out;
}

std::string number_word(char tag, std::int64_t n) { return fmt::format("{}{}", tag, n); }

}  // namespace

std::string fold(std::string_view utf8) {
  return utf8_from_utf16(as_bytes(upper_utf16(as_bytes(utf16_from_utf8(utf8)))));
}

std::string sort_key(std::string_view utf8) {
  std::string key = fold(utf8);
  if (key.size() <= kSortBytes) return key;
  std::size_t n = kSortBytes;  // not within a character
  while (n > 0 && (static_cast<unsigned char>(key[n]) & 0xC0) == 0x80) --n;
  key.resize(n);
  return key;
}

std::vector<std::string> words_of(std::string_view utf8) {
  std::vector<std::string> words;
  std::set<std::string> seen;
  for_each_word(utf8, [&](const std::string& word, char16_t) {
    if (seen.insert(word).second) words.push_back(word);
  });
  return words;
}

std::string search_words(const Findable& v) {
  std::string out =
      number_word('m', v.mailbox) + " " + number_word('d', v.folder) + " " + class_word(v.item_class);
  if (v.has_attachments) out += " a";
  for (const auto& word : words_of(v.subject)) out += " s" + word;
  for (const auto& word : words_of(v.sender)) out += " f" + word;
  return out;
}

void WordQuery::add_words(std::string_view text, char field) {
  for_each_word(text, [&](const std::string& word, char16_t behind) {
    std::vector<Word> either;
    for (const char tag : {kSubject, kSender})
      if (field == kAny || field == tag) either.push_back({tag + word, behind == u'*'});
    terms_.push_back(std::move(either));
  });
}

void WordQuery::add_mailbox(std::int64_t mailbox) { terms_.push_back({{number_word('m', mailbox), false}}); }

void WordQuery::add_folders(const std::vector<std::int64_t>& folders) {
  std::vector<Word> any;
  for (const std::int64_t f : folders) any.push_back({number_word('d', f), false});
  terms_.push_back(std::move(any));
}

void WordQuery::add_class(std::string_view item_class) { terms_.push_back({{class_word(item_class), true}}); }

void WordQuery::add_attachments() { terms_.push_back({{"a", false}}); }

std::string WordQuery::text(Dialect dialect) const {
  const bool sqlite = dialect == Dialect::kSqlite;
  std::vector<std::string> all;
  for (const auto& term : terms_) {
    std::vector<std::string> any;
    for (const Word& w : term)
      any.push_back(sqlite ? fmt::format("\"{}\"{}", w.text, w.may_go_on ? " *" : "")
                           : fmt::format("'{}'{}", w.text, w.may_go_on ? ":*" : ""));
    all.push_back(fmt::format("({})", fmt::join(any, sqlite ? " OR " : " | ")));
  }
  return fmt::format("{}", fmt::join(all, sqlite ? " AND " : " & "));
}

}  // namespace mk::catalog
