#pragma once
#include "model/item.h"
#include "pst/code_page.h"
#include "pst/ltp/property_context.h"
#include "pst/ltp/table.h"
#include "pst/name_map.h"

namespace mk::pst {

/// Reads one message with its recipients, attachments and embedded messages.
///
/// Spec:    [MS-PST] 2.4.5, 2.4.6
/// Errors:  kCorrupt   any part of it damaged, or embedded more than 32 deep; says which part. With `losses`
///                     damaged parts are left out, and only a message without readable properties is an error
///          kExhausted more than 64 MiB of small values
/// Threads: one at a time; make one for each item      Owns: nothing; all but the database must outlive it
class MessageReader {
 public:
  MessageReader(std::shared_ptr<const ndb::Database> db, const NameMap& names, const StoreCodePage& code_page,
                ndb::Losses* losses = nullptr)
      : db_(std::move(db)), names_(names), code_page_(code_page), losses_(losses) {}
  Result<model::Item> read(const ndb::Node& node);
  /// The embedded messages of what was read, outer ones first.
  std::vector<Nid> take_embedded() { return std::move(embedded_); }

 private:
  Result<model::Item> read_message(const ndb::Node& node, int depth);
  Status read_parts(const ltp::PropertyContext& context, model::Item& item, int depth);
  Result<std::vector<model::PropertyList>> read_recipients(const ndb::Node& table);
  Result<std::vector<Nid>> attachment_ids(const ndb::Subnodes& subnodes);
  Status add_attachment(const ndb::Subnodes& subnodes, Nid id, model::Item& item, int depth);
  Result<model::Attachment> read_attachment(const ndb::Node& node, int depth);

  std::shared_ptr<const ndb::Database> db_;
  const NameMap& names_;
  const StoreCodePage& code_page_;
  ndb::Losses* losses_;
  ltp::Budget budget_;
  std::vector<Nid> embedded_;
};

}  // namespace mk::pst
