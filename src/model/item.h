#pragma once
#include <memory>
#include <vector>

#include "model/property.h"

namespace mk::model {

/// Embedded messages deeper than this are damage, for readers and writers alike.
inline constexpr int kMaxEmbeddingDepth = 32;
/// A value above this stays a blob, and what an item keeps in memory is bounded by kMaxInlineItemBytes in
/// all.
inline constexpr std::size_t kMaxInlineValueBytes = 32 * 1024;
inline constexpr std::size_t kMaxInlineItemBytes = 8 * 1024 * 1024;

struct Item;

struct Attachment {
  PropertyList properties;
  std::unique_ptr<Item> embedded;  // PidTagAttachMethod 5; OLE and files are PidTagAttachData in the list
};

/// A message, appointment, contact ... as MAPI sees it: a bag of properties with recipients and attachments.
struct Item {
  PropertyList properties;
  std::vector<PropertyList> recipients;
  std::vector<Attachment> attachments;
};

/// SHA-256 over what a person would call the same item: all properties of item, recipients and attachments by
/// id or name, except those that a server or a copy sets anew (change keys, sizes, modification times, entry
/// ids ...; the list is in item.cc). Order of properties does not matter, order of recipients and attachments
/// does. Strings are hashed as UTF-16, so that the code-page form of a stream does not matter.
Result<ByteString> content_hash(const Item& item);

}  // namespace mk::model
