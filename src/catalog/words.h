#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/database.h"

namespace mk::catalog {

/// Text as the catalog compares and finds it, the same in every database.  docs/formats/catalog.md, "Words"

/// Upper case, letter for letter.
std::string fold(std::string_view utf8);
/// What sorts like the text: folded, at most 40 bytes.
std::string sort_key(std::string_view utf8);
/// Runs of letters and digits, folded; each once, in order.
std::vector<std::string> words_of(std::string_view utf8);

/// What can be found of a version.
struct Findable {
  std::int64_t mailbox = 0, folder = 0;
  bool has_attachments = false;
  std::string subject, sender, item_class;
};
/// All its words, with blanks between them.
std::string search_words(const Findable& version);
/// Whether somebody may ask for the word by its beginning.
bool may_be_completed(std::string_view word);

/// A conjunction of alternatives, to be matched with the words of versions.
class WordQuery {
 public:
  /// Each word of the text must be in the subject, or in the sender, or (field 0) in one of them; a word with
  /// `*` behind it may go on.
  static constexpr char kSubject = 's', kSender = 'f', kAny = 0;
  void add_words(std::string_view text, char field);
  void add_mailboxes(const std::vector<std::int64_t>& mailboxes);  // one of them
  void add_folders(const std::vector<std::int64_t>& folders);
  /// Classes that begin so.
  void add_class(std::string_view item_class);
  void add_attachments();
  bool empty() const { return terms_.empty(); }
  /// Puts the words that begin so in the place of each beginning, unless `words` says that they are too many.
  /// False: for one of them there is no word at all, so that nothing matches.
  using Words = std::function<Result<std::optional<std::vector<std::string>>>(const std::string& begin)>;
  Result<bool> complete(const Words& words);
  /// Takes out what is still a beginning of more letters than the index has beginnings of, as a query of its
  /// own.
  WordQuery take_long_beginnings();
  /// Whether a version with these words is found.
  bool matches(std::string_view words) const;
  /// As FTS5's MATCH or a tsquery takes it.
  std::string text(Dialect dialect) const;

 private:
  struct Word {
    std::string text;
    bool may_go_on = false;
  };
  void add_numbers(char tag, const std::vector<std::int64_t>& any);
  std::vector<std::vector<Word>> terms_;
};

}  // namespace mk::catalog
