#pragma once
#include "model/item.h"

namespace mk::sim {

/// What a folder's table knows of an item without opening it. Derived once, when the item enters a mailbox;
/// the item's own bytes stay as they came (docs/adr/0010-simulator-keeps-opaque-bytes.md).
struct ItemFacts {
  std::string message_class = "IPM.Note";
  std::string subject, sender_name, sender_address, display_to, display_cc, internet_message_id;
  FileTime received, sent, created, modified;
  std::int32_t importance = 1, sensitivity = 0;
  std::int32_t flags = 0;  // PidTagMessageFlags, kept up to date
  bool has_attachments = false;
  ByteString search_key;
  /// Small properties whose names are text: what a client may look for in a whole folder.
  model::PropertyList named;
  bool named_complete =
      false;  // none was left out for its size: what is not in `named`, the item does not have

  bool read() const;
  bool associated() const;
};

ItemFacts facts_of(const model::Item& item);
/// Errors: what reading the stream gives
Result<ItemFacts> derive_facts(const BlobPtr& framed);

}  // namespace mk::sim
