#include "catalog/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "base/text.h"

namespace mk::catalog {
namespace {

constexpr std::size_t kSortBytes = 40;
constexpr std::size_t kIndexedLetters = 4;  // of beginnings in the index, with the tag: the schema's `prefix`

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

bool may_be_completed(std::string_view word) {
  return !word.empty() && std::string_view("sfc").find(word.front()) != std::string_view::npos;
}

void WordQuery::add_words(std::string_view text, char field) {
  for_each_word(text, [&](const std::string& word, char16_t behind) {
    std::vector<Word> either;
    for (const char tag : {kSubject, kSender})
      if (field == kAny || field == tag) either.push_back({tag + word, behind == u'*'});
    terms_.push_back(std::move(either));
  });
}

void WordQuery::add_numbers(char tag, const std::vector<std::int64_t>& any) {
  auto& words = terms_.emplace_back();
  for (const std::int64_t n : any) words.push_back({number_word(tag, n), false});
}

void WordQuery::add_mailboxes(const std::vector<std::int64_t>& mailboxes) { add_numbers('m', mailboxes); }

void WordQuery::add_folders(const std::vector<std::int64_t>& folders) { add_numbers('d', folders); }

void WordQuery::add_class(std::string_view item_class) { terms_.push_back({{class_word(item_class), true}}); }

void WordQuery::add_attachments() { terms_.push_back({{"a", false}}); }

Result<bool> WordQuery::complete(const Words& words) {
  for (auto& term : terms_) {
    std::vector<Word> any;
    for (const Word& w : term) {
      std::optional<std::vector<std::string>> whole;
      if (w.may_go_on) {
        TRY_ASSIGN(whole, words(w.text));
      }
      if (!whole) any.push_back(w);
      for (auto& word : whole.value_or(std::vector<std::string>())) any.push_back({std::move(word), false});
    }
    term = std::move(any);
    if (term.empty()) return false;
  }
  return true;
}

WordQuery WordQuery::take_long_beginnings() {
  const auto is_long = [](const std::vector<Word>& term) {
    return std::any_of(term.begin(), term.end(), [](const Word& w) {
      return w.may_go_on && utf16_from_utf8(w.text).size() / 2 > kIndexedLetters;
    });
  };
  WordQuery taken;
  const auto end =
      std::stable_partition(terms_.begin(), terms_.end(), [&](const auto& t) { return !is_long(t); });
  taken.terms_.assign(std::make_move_iterator(end), std::make_move_iterator(terms_.end()));
  terms_.erase(end, terms_.end());
  return taken;
}

bool WordQuery::matches(std::string_view words) const {
  const std::string all = fmt::format(" {} ", words);
  const auto has = [&](const Word& w) {
    return all.find(fmt::format(" {}{}", w.text, w.may_go_on ? "" : " ")) != std::string::npos;
  };
  return std::all_of(terms_.begin(), terms_.end(),
                     [&](const auto& term) { return std::any_of(term.begin(), term.end(), has); });
}

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
