#include "pst/ltp/heap.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mk::pst::ltp {
namespace {

constexpr std::size_t kMaxLoaded = 32;

Error damage(disk::Hid hid, const char* field, const char* cause) {
  return {Code::kCorrupt, fmt::format("heap: {} for HID {:#x}: {}", field, hid.value, cause)};
}

}  // namespace

Result<Heap> Heap::open(std::shared_ptr<const ndb::Database> db, Bid data, ndb::Losses* losses) {
  auto holes = losses ? std::make_unique<ndb::DataTree::Holes>() : nullptr;
  const unsigned hid_index_bits = db->layout().hid_index_bits;
  TRY_ASSIGN(ndb::DataTree tree, ndb::DataTree::open(std::move(db), data, holes.get()));
  Heap heap(std::move(tree), hid_index_bits, std::move(holes), losses);
  if (heap.data_.n_leaves() == 0) return Error{Code::kCorrupt, "heap: the node has no data"};
  TRY_ASSIGN(const Bytes first, heap.block(0));
  TRY_ASSIGN(heap.header_, decode<disk::HnHdr>(first));
  if (heap.header_.bSig != disk::kHeapSignature)
    return Error{Code::kCorrupt,
                 fmt::format("HNHDR.bSig {:#x} at offset 2 of the node: it must be 0xec", heap.header_.bSig)};
  return heap;
}

Result<Bytes> Heap::block(std::size_t i) {
  const auto it = std::find_if(loaded_.begin(), loaded_.end(), [&](const Loaded& l) { return l.index == i; });
  if (it != loaded_.end()) return it->block.bytes();
  TRY_ASSIGN(ndb::Block block, data_.leaf(i));
  if (holes_ && holes_->any()) {
    const ndb::DataTree::Holes met = std::exchange(*holes_, {});
    if (met.zeros > 0) return Error{Code::kCorrupt, met.cause};  // there is nothing in zeros
    losses_->add(met.error(), "heap");
  }
  if (loaded_.size() == kMaxLoaded) loaded_.pop_back();
  loaded_.push_front({i, std::move(block)});
  return loaded_.front().block.bytes();
}

Result<Bytes> Heap::get(disk::Hid hid) {
  const std::size_t index = hid.index(index_bits_), block_index = hid.block(index_bits_);
  if (hid.type() != 0 || index == 0) return damage(hid, "HID.hidIndex", "it is no heap id");
  if (block_index >= data_.n_leaves()) return damage(hid, "HID.hidBlockIndex", "the heap has fewer blocks");
  TRY_ASSIGN(const Bytes block, this->block(block_index));
  if (block.size() < 2) return damage(hid, "HNPAGEHDR.ibHnpm", "the block is empty");
  const std::size_t map_at = load_le<std::uint16_t>(block.data());  // ibHnpm comes first in all three headers
  if (map_at + wire_size<disk::HnPageMap>() > block.size())
    return damage(hid, "HNHDR.ibHnpm", "it lies outside of the block");
  const std::byte* map = block.data() + map_at;
  const std::size_t n = load_le<std::uint16_t>(map);  // cAlloc
  if (map_at + wire_size<disk::HnPageMap>() + 2 * (n + 1) > block.size())
    return damage(hid, "HNPAGEMAP.cAlloc", "the page map is larger than the block");
  if (index > n) return damage(hid, "HID.hidIndex", "the block has fewer allocations");
  const std::byte* offsets = map + wire_size<disk::HnPageMap>() + 2 * (index - 1);
  const std::size_t begin = load_le<std::uint16_t>(offsets), end = load_le<std::uint16_t>(offsets + 2);
  if (begin > end || end > block.size())
    return damage(hid, "HNPAGEMAP.rgibAlloc", "it is out of order or outside of the block");
  return block.subspan(begin, end - begin);
}

}  // namespace mk::pst::ltp
