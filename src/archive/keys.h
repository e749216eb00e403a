#pragma once
#include <string>

#include "model/mailbox.h"

namespace mk::archive {

/// Keys of a restore point's tree.  docs/formats/archive.md, "Keys"

inline constexpr std::string_view kPointKey = "a";
inline constexpr std::string_view kFolderPrefix = "f";
inline constexpr std::string_view kItemsKey = "i";  // of the tree of items
inline constexpr std::string_view kItemPrefix = "i";
// of a piece of an unfinished run
inline constexpr std::string_view kJournalKey = "j";
inline constexpr std::string_view kStreamPrefix = "r";

// of a PST: pst_key()
inline constexpr std::string_view kPstPrefix = "p";
/// What there is of a PST beside its items.
enum class PstPart : char { kBytes = 'b', kLayout = 'l', kOrder = 'o' };

std::string folder_key(const model::FolderId& folder);
inline constexpr std::size_t kItemsPrefixBytes = 17;
/// All items of the folder, and nothing else, have keys that begin so.
std::string items_prefix(const model::FolderId& folder);
std::string item_key(const model::FolderId& folder, const model::ItemId& item);
/// Of an item, and not of the tree of them or anything else.
inline bool is_item_key(std::string_view key) {
  return key.starts_with(kItemPrefix) && key.size() > kItemsPrefixBytes;
}
/// Of the n-th PST of a point.
std::string pst_key(std::uint32_t n, PstPart part);
/// The first key behind all that begin with `prefix`.
std::string behind(std::string prefix);

}  // namespace mk::archive
