#pragma once
#include "pst/check/message_check.h"

namespace mk::pst::check {

/// Checks search folders: their criteria, and the rows of what they have found against the messages.
///
/// Spec:   [MS-PST] 2.4.8.6
/// Errors: those of the storage
class SearchCheck {
 public:
  SearchCheck(Blocks& blocks, Findings& out) : blocks_(blocks), out_(out) {}
  /// `pc`: the search folder's properties, when they could be read.
  Status run(Nid nid, const std::optional<Properties>& pc, const Where& where);

 private:
  struct Counts {
    std::uint64_t rows = 0, unread = 0;
  };
  Status check_criteria(Nid nid, const Where& where);
  Result<std::optional<Counts>> check_contents(const NodeRef& node);
  Status check_row(Table& table, Nid message, Bytes row, const Where& where);
  Blocks& blocks_;
  Findings& out_;
};

}  // namespace mk::pst::check
