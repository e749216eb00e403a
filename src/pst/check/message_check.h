#pragma once
#include "pst/check/columns.h"

namespace mk::pst::check {

/// Which named properties the file knows.
struct Names {
  std::vector<bool> known;  // by id, from 0x8000
  bool has(std::uint16_t id) const {
    return id < 0x8000 || (id - 0x8000u < known.size() && known[id - 0x8000u]);
  }
};
void check_names(const Properties& pc, const Names& names, Findings& out, const Where& where);
/// Says when a property is not there or has another type; `bytes` 0: any size.
bool check_property(const Properties& pc, std::uint16_t id, std::uint16_t type, std::size_t bytes,
                    RuleId rule, Findings& out, const Where& where);

/// Checks messages with recipients, attachments and what is embedded in them.
///
/// Spec:   [MS-PST] 2.4.5, 2.4.6
/// Errors: those of the storage      Bounds: 64 levels of embedded messages
class MessageCheck {
 public:
  MessageCheck(Blocks& blocks, const Names& names, Findings& out)
      : blocks_(blocks), names_(names), out_(out) {}
  struct Checked {
    std::optional<Properties> pc;
    std::uint64_t bytes = 0;  // what PidTagMessageSize has to be
  };
  Result<Checked> run(const NodeRef& node, const Where& where, int depth = 0);

 private:
  void check_properties(const Properties& pc, const Where& where);
  Status check_recipients(const NodeRef* table, const Properties& pc, const Where& where);
  void check_recipient(Table& table, Bytes row, const Where& where);
  /// The attachments of a message, which are checked in the order of their rows.
  struct Attachments {
    std::vector<NodeRef> nodes;
    std::vector<bool> seen;
    const Where& message;
    int depth;
    std::uint64_t bytes = 0;  // of all of them
    bool hidden = true;       // all of them
  };
  Result<std::uint64_t> check_attachments(const Properties& message, const Where& where, int depth);
  Status check_rows(const NodeRef& table, Attachments& all);
  /// Nothing when it has no properties.
  Result<std::optional<Properties>> check_attachment(std::size_t i, Attachments& all);
  Result<std::uint64_t> check_payload(const Properties& pc, const Where& where, int depth);
  Blocks& blocks_;
  const Names& names_;
  Findings& out_;
};

}  // namespace mk::pst::check
