#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "model/mailbox.h"

namespace mk::job {

/// Key of an item within its folder: first 8 bytes of SHA-256(folder id, 0x00, item id). Cryptographic,
/// because the ids come from outside and a collision would lose an item.
std::uint64_t item_key(const model::FolderId& folder, const model::ItemId& item);

/// A hash map from item keys to small numbers.
///
/// Bounds:  12 bytes an entry at a load of 0.5 to 0.9, so 13 to 24 bytes an item
class IdMap {
 public:
  std::optional<std::uint32_t> find(std::uint64_t key) const;
  bool contains(std::uint64_t key) const { return find(key).has_value(); }
  /// Inserts or replaces.
  void set(std::uint64_t key, std::uint32_t value);
  /// True when it was not there before.
  bool insert(std::uint64_t key, std::uint32_t value = 0);
  std::size_t size() const { return n_; }

 private:
  std::size_t slot(std::uint64_t key) const;
  void grow();
  std::vector<std::uint64_t> keys_;  // 0: free
  std::vector<std::uint32_t> values_;
  std::size_t n_ = 0;
};

}  // namespace mk::job
