#pragma once
#include <optional>
#include <string>

#include "base/guid.h"

namespace mk::sim {

/// Ids as Exchange lays them out: base64 of a compression byte, a type, the mailbox's GUID as text and the
/// MAPI entry id. They are about as long as real ones, differ only in case now and then, and an item's id
/// holds its folder, so that it changes when the item moves.
struct ItemRef {
  Guid mailbox;
  std::uint64_t folder = 0, item = 0;
  bool operator==(const ItemRef&) const = default;
};
struct FolderRef {
  Guid mailbox;
  std::uint64_t folder = 0;
  bool operator==(const FolderRef&) const = default;
};
struct AttachmentRef {
  ItemRef item;
  std::uint32_t index = 0;
};

std::string format_id(const ItemRef& ref);
std::string format_id(const FolderRef& ref);
std::string format_id(const AttachmentRef& ref);
std::optional<ItemRef> parse_item_id(std::string_view id);
std::optional<FolderRef> parse_folder_id(std::string_view id);
std::optional<AttachmentRef> parse_attachment_id(std::string_view id);

/// The MAPI entry ids inside them.
ByteString entry_id(const ItemRef& ref);
ByteString entry_id(const FolderRef& ref);
std::optional<ItemRef> item_of_entry_id(std::string_view entry);
std::optional<FolderRef> folder_of_entry_id(std::string_view entry);

/// `kind` is the first byte, as Exchange has it: 1 folder, 9 message, 15 appointment, 17 contact ...
std::string format_change_key(std::uint8_t kind, const Guid& mailbox, std::uint64_t change);
std::optional<std::uint64_t> parse_change_key(std::string_view key);

}  // namespace mk::sim
