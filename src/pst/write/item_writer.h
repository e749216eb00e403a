#pragma once
#include <functional>

#include "model/item.h"
#include "pst/write/fields.h"
#include "pst/write/templates.h"

namespace mk::pst::write {

/// A message that is in the file, and what the tables of its folder say of it.
struct WrittenMessage {
  NodeRef node;
  Fields fields;  // as written; PidTagMessageSize included
};

/// The search key of an item that has none; `seed` is the store's record key.
ByteString made_search_key(const ByteString& seed, Nid item);

/// Writes messages with their recipients, attachments and embedded messages.
///
/// Spec:   [MS-PST] 2.4.5, 2.4.6
/// Errors: kCorrupt  embedded more than 32 deep; a value that cannot be what it says
///         kUnsupported  a limit of the format; kTruncated and what the item's own blobs give
class ItemWriter {
 public:
  /// Gives an empty recipient table, which messages share.
  using ShareRecipients = std::function<Result<NodeRef>()>;

  /// All must outlive the writer. `seed` makes synthesized search keys this store's own.
  ItemWriter(BlockSink& file, NameMap& names, ShareRecipients share_recipients,
             std::array<std::uint32_t, 32>& last_index, const ByteString& seed)
      : file_(file),
        names_(names),
        share_recipients_(std::move(share_recipients)),
        last_index_(last_index),
        seed_(seed) {}

  Result<WrittenMessage> write(const model::Item& item, Nid nid, bool associated) {
    return write_message(item, nid, associated, 0);
  }

 private:
  /// What a node collects while its parts are written.
  struct Node {
    SubnodeBuilder subnodes;
    SubnodeIds ids;
    explicit Node(std::array<std::uint32_t, 32>& last_index) : ids(last_index) {}
  };
  Result<WrittenMessage> write_message(const model::Item& item, Nid nid, bool associated, int depth);
  /// Fills in what every message of a PST has.
  void complete(Fields& fields, const model::Item& item, Nid nid, bool associated) const;
  Status write_recipients(const model::Item& item, unsigned code_page, Node& node);
  Status write_attachments(const model::Item& item, unsigned code_page, int depth, Node& node);
  Result<Fields> write_attachment(const model::Attachment& attachment, unsigned code_page, int depth, Nid nid,
                                  Node& message);
  Status add_payload(const model::Attachment& attachment, const Fields& fields, int depth, Node& node,
                     PropertyContextBuilder& pc);

  BlockSink& file_;
  NameMap& names_;
  ShareRecipients share_recipients_;
  std::array<std::uint32_t, 32>& last_index_;
  const ByteString& seed_;
};

}  // namespace mk::pst::write
