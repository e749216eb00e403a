#include "job/id_map.h"

#include <array>

#include "base/hash.h"

namespace mk::job {
namespace {

constexpr std::size_t kFirstSlots = 64;
/// 0 marks a free slot, so a key of 0 takes another value.
std::uint64_t usable(std::uint64_t key) { return key == 0 ? 1 : key; }

}  // namespace

std::uint64_t item_key(const model::FolderId& folder, const model::ItemId& item) {
  Sha256 h;
  h.update(as_bytes(folder.value));
  h.update(std::array{std::byte{0}});
  h.update(as_bytes(item.value));
  const auto digest = h.finish();
  return load_le<std::uint64_t>(digest.data());
}

std::size_t IdMap::slot(std::uint64_t key) const {
  const std::size_t mask = keys_.size() - 1;
  std::size_t i = key & mask;
  while (keys_[i] != 0 && keys_[i] != key) i = (i + 1) & mask;
  return i;
}

std::optional<std::uint32_t> IdMap::find(std::uint64_t key) const {
  if (n_ == 0) return std::nullopt;
  const std::size_t i = slot(usable(key));
  if (keys_[i] == 0) return std::nullopt;
  return values_[i];
}

void IdMap::set(std::uint64_t key, std::uint32_t value) {
  if ((n_ + 1) * 10 > keys_.size() * 9) grow();
  const std::size_t i = slot(usable(key));
  if (keys_[i] == 0) ++n_;
  keys_[i] = usable(key);
  values_[i] = value;
}

bool IdMap::insert(std::uint64_t key, std::uint32_t value) {
  if (contains(key)) return false;
  set(key, value);
  return true;
}

void IdMap::grow() {
  const auto old_keys = std::move(keys_);
  const auto old_values = std::move(values_);
  const std::size_t n = old_keys.empty() ? kFirstSlots : old_keys.size() * 2;
  keys_.assign(n, 0);
  values_.assign(n, 0);
  for (std::size_t i = 0; i < old_keys.size(); ++i) {
    if (old_keys[i] == 0) continue;
    const std::size_t at = slot(old_keys[i]);
    keys_[at] = old_keys[i];
    values_[at] = old_values[i];
  }
}

}  // namespace mk::job
