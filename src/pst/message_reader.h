#pragma once
#include "model/item.h"
#include "pst/ltp/property_context.h"
#include "pst/ltp/table.h"
#include "pst/name_map.h"

namespace mk::pst {

/// Reads one message with its recipients, attachments and embedded messages.
///
/// Spec:    [MS-PST] 2.4.5, 2.4.6
/// Errors:  kCorrupt   any part of it damaged, or embedded more than 32 deep; says which part
///          kExhausted more than 64 MiB of small values
/// Threads: one at a time; make one for each item      Owns: nothing; `names` must outlive it
class MessageReader {
 public:
  MessageReader(std::shared_ptr<const ndb::Database> db, const NameMap& names)
      : db_(std::move(db)), names_(names) {}
  Result<model::Item> read(const ndb::Node& node) { return read_message(node, 0); }

 private:
  Result<model::Item> read_message(const ndb::Node& node, int depth);
  Result<std::vector<model::PropertyList>> read_recipients(const ndb::Node& table);
  Result<std::vector<Nid>> attachment_ids(const ndb::Subnodes& subnodes);
  Result<model::Attachment> read_attachment(const ndb::Node& node, int depth);

  std::shared_ptr<const ndb::Database> db_;
  const NameMap& names_;
  ltp::Budget budget_;
};

}  // namespace mk::pst
