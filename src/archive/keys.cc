#include "archive/keys.h"

#include "base/hash.h"

namespace mk::archive {
namespace {

constexpr std::size_t kHashBytes = 16;

std::string hash_of(std::string_view text) {
  const auto digest = sha256(as_bytes(text));
  return std::string(as_chars(Bytes(digest).first(kHashBytes)));
}

}  // namespace

std::string folder_key(const model::FolderId& folder) {
  return std::string(kFolderPrefix) + hash_of(folder.value);
}

std::string items_prefix(const model::FolderId& folder) {
  return std::string(kItemPrefix) + hash_of(folder.value);
}

std::string item_key(const model::FolderId& folder, const model::ItemId& item) {
  return items_prefix(folder) + hash_of(folder.value + '\0' + item.value);
}

std::string pst_key(std::uint32_t n, PstPart part) {
  std::string key(kPstPrefix);
  for (int shift = 24; shift >= 0; shift -= 8) key += static_cast<char>(n >> shift);
  return key + static_cast<char>(part);
}

std::string behind(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xFF') prefix.pop_back();
  MK_CHECK(!prefix.empty());  // keys begin with a letter
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

}  // namespace mk::archive
