#pragma once
#include <span>

#include "pst/check/message_check.h"

namespace mk::pst::check {

/// Checks the nodes that every file has: message store, names, templates, queues, maps.
///
/// Spec:   [MS-PST] 2.4.3, 2.4.7, 2.4.8, 2.7
/// Errors: those of the storage
class StoreCheck {
 public:
  StoreCheck(Blocks& blocks, Findings& out) : blocks_(blocks), m_(blocks.medium()), out_(out) {}
  Status run();
  const Names& names() const { return names_; }
  bool id_map_is_empty() const { return id_map_is_empty_; }
  /// To be called for each search folder before finish().
  void add_search_folder(Nid nid) { searches_.push_back(nid.value); }
  void finish();

 private:
  void check_present(RuleId missing, std::span<const std::uint32_t> nids, bool data);
  void check_mandatory();
  void check_empty(RuleId rule, std::uint32_t nid);
  Status check_template(std::uint32_t nid);
  Status check_store();
  void check_entry_id(const Properties& pc, std::uint16_t id, const ByteString& key, const Where& where);
  Status check_receive_folders();
  Status check_id_map();
  Status check_message_index();
  std::vector<std::uint32_t> list_of(Nid nid);
  void check_domain();
  Blocks& blocks_;
  const Medium& m_;
  Findings& out_;
  Names names_;
  bool id_map_is_empty_ = false;
  std::vector<std::uint32_t> searches_;
};

}  // namespace mk::pst::check
