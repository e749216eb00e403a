#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/item.h"

namespace mk::pst {

/// When an item came, else was sent, else was made; nothing for items without any of these times.
std::optional<FileTime> item_date(const model::PropertyList& properties);

/// Which items are meant: terms KEY=VALUE. Terms of one key name alternatives, terms of different keys have
/// to hold together; so their order does not matter.
///
/// Shape:   folder=PATH  that folder and all below it, by its path from the root or from the top of the
/// mailbox
///          since=TIME, before=TIME  item_date(); received-since, received-before, sent-since, sent-before:
///          only PidTagMessageDeliveryTime, PidTagClientSubmitTime. Items without the time are not meant
///          from=PATTERN  name or address of sender or of whom it was sent for, whole, without regard to
///          case;
///          `*` any characters, `?` one
///          class=CLASS  IPM.Note means IPM.Note.SMIME too, not IPM.NoteX; without regard to case
/// Errors:  parse(): kInvalid  names the term: unknown key, no value, no time, a time given twice
class Where {
 public:
  static Result<Where> parse(std::span<const std::string> terms);

  bool has_folders() const { return !folders_.empty(); }
  bool has_conditions() const { return !senders_.empty() || !classes_.empty() || !times_.empty(); }
  /// `path` from the root folder, `short_path` from the top of the mailbox (empty: not below it).
  bool takes_folder(std::string_view path, std::string_view short_path) const;
  bool takes(const model::PropertyList& properties) const;
  /// The folder terms, each of which should be found somewhere.
  const std::vector<std::string>& folders() const { return folders_; }
  static bool is_in(std::string_view path, std::string_view folder);

 private:
  struct TimeTerm {
    std::string key;
    FileTime time;
  };
  Status add(const std::string& term);
  Status add_time(const std::string& key, std::string_view value);
  bool takes_sender(const model::PropertyList& properties) const;
  bool takes_class(const model::PropertyList& properties) const;
  std::vector<std::string> folders_, senders_, classes_;  // the latter two in lower case
  std::vector<TimeTerm> times_;
};

}  // namespace mk::pst
