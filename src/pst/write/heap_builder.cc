#include "pst/write/heap_builder.h"

#include <algorithm>

namespace mk::pst::write {
namespace {

constexpr std::uint32_t kBlocksMax = 0x10000;                      // HID.hidBlockIndex has 16 bits
constexpr std::size_t kUsualBytes = 2048, kUsualAllocations = 64;  // of the one block of a small message
constexpr std::uint32_t kFirstBitmap = 8, kBlocksPerBitmap = 128;

bool has_bitmap(std::uint32_t index) { return index % kBlocksPerBitmap == kFirstBitmap; }

/// The block that keeps the fill level of block `index`.
std::uint32_t level_keeper(std::uint32_t index) {
  return index < kFirstBitmap ? 0
                              : (index - kFirstBitmap) / kBlocksPerBitmap * kBlocksPerBitmap + kFirstBitmap;
}

/// FILL_LEVEL of a block with so many free bytes.  [MS-PST] 2.3.1.2
std::uint8_t fill_level(std::size_t free) {
  constexpr std::size_t kAtLeast[] = {3584, 2560, 2048, 1792, 1536, 1280, 1024, 768,
                                      512,  256,  128,  64,   32,   16,   8};
  std::uint8_t level = 0;
  for (const std::size_t bound : kAtLeast) {
    if (free >= bound) break;
    ++level;
  }
  return level;
}

/// Bytes of the page map of `n` allocations.
constexpr std::size_t map_bytes_of(std::size_t n) { return wire_size<disk::HnPageMap>() + 2 * (n + 1); }
constexpr std::size_t even(std::size_t n) { return (n + 1) & ~std::size_t{1}; }

}  // namespace

HeapBuilder::HeapBuilder(BlockSink& file, disk::HeapClient client, Mode mode)
    : file_(file), client_(client), mode_(mode) {}

std::size_t HeapBuilder::header_bytes(std::uint32_t index) const {
  if (index == 0) return wire_size<disk::HnHdr>();
  return has_bitmap(index) ? wire_size<disk::HnBitmapHdr>() : wire_size<disk::HnPageHdr>();
}

Result<disk::Hid> HeapBuilder::allocate(Bytes bytes) {
  MK_CHECK(!bytes.empty() && bytes.size() <= disk::kHeapMaxAllocation);
  if (n_blocks_ == 0) TRY(open_block());
  Block* b = &held_.at(n_blocks_ - 1);
  if (even(b->data.size() + bytes.size()) + map_bytes_of(b->starts.size() + 1) > disk::kBlockMaxData ||
      b->starts.size() == disk::kHeapMaxAllocations) {
    close_block();
    TRY(write_waiting());
    TRY(open_block());
    b = &held_.at(n_blocks_ - 1);
  }
  b->starts.push_back(static_cast<std::uint16_t>(b->data.size()));
  b->data.append(as_chars(bytes));
  return disk::Hid(static_cast<std::uint16_t>(n_blocks_ - 1), static_cast<std::uint16_t>(b->starts.size()));
}

void HeapBuilder::patch(disk::Hid hid, std::size_t offset, Bytes bytes) {
  Block& b = held_.at(hid.block());
  std::copy(bytes.begin(), bytes.end(),
            std::as_writable_bytes(std::span(b.data)).begin() + b.starts.at(hid.index() - 1) +
                static_cast<std::ptrdiff_t>(offset));
}

Status HeapBuilder::open_block() {
  if (n_blocks_ == kBlocksMax)
    return Error{Code::kUnsupported, "a table of more than 500 MB, which a PST cannot hold"};
  Block& b = held_[n_blocks_];
  b.data.reserve(kUsualBytes);
  b.data.assign(header_bytes(n_blocks_), '\0');
  b.starts.reserve(kUsualAllocations);
  bids_.emplace_back();
  sizes_.push_back(0);
  ++n_blocks_;
  return ok;
}

void HeapBuilder::close_block() {
  Block& b = held_.at(n_blocks_ - 1);
  const auto end = static_cast<std::uint16_t>(b.data.size());
  b.data.resize(even(b.data.size()), '\0');
  const auto map_at = static_cast<std::uint16_t>(b.data.size());
  std::copy_n(as_bytes(le_bytes(map_at)).begin(), 2, std::as_writable_bytes(std::span(b.data)).begin());
  encode_to(b.data, disk::HnPageMap{static_cast<std::uint16_t>(b.starts.size()), 0});
  for (const std::uint16_t start : b.starts) append_le(b.data, start);
  append_le(b.data, end);
  levels_.push_back(fill_level(disk::kBlockMaxData - b.data.size()));
}

/// Writes what need not wait for later fill levels: when streamed, whole groups of blocks.
Status HeapBuilder::write_waiting() {
  if (mode_ != Mode::kStreamed || !has_bitmap(n_blocks_)) return ok;
  for (auto it = held_.upper_bound(0); it != held_.end(); it = held_.erase(it))
    TRY(write_block(it->first, false));
  return ok;
}

Status HeapBuilder::write_block(std::uint32_t index, bool is_last) {
  ByteString& data = held_.at(index).data;
  const std::size_t levels_at = index == 0 ? 8 : 2;  // rgbFillLevel in HNHDR, in HNBITMAPHDR
  if (index == 0) {
    disk::HnHdr header{load_le<std::uint16_t>(data.data()), disk::kHeapSignature, client_, root_.value, {}};
    data.replace(0, wire_size<disk::HnHdr>(), encode(header));
  }
  if (index == 0 || has_bitmap(index)) {
    for (std::uint32_t i = index; i < levels_.size() && level_keeper(i) == index; ++i) {
      auto& byte = reinterpret_cast<unsigned char&>(data[levels_at + (i - index) / 2]);
      byte = static_cast<unsigned char>(byte | levels_[i] << (i % 2 == 0 ? 0 : 4));
    }
  }
  if (!is_last) data.resize(disk::kBlockMaxData, '\0');
  TRY_ASSIGN(bids_[index], file_.append_data(as_bytes(data)));
  sizes_[index] = static_cast<std::uint16_t>(data.size());
  return ok;
}

std::uint64_t HeapBuilder::bytes() const {
  if (n_blocks_ == 0) return 0;
  const Block& last = held_.at(n_blocks_ - 1);
  return (n_blocks_ - 1) * std::uint64_t{disk::kBlockMaxData} + even(last.data.size()) +
         map_bytes_of(last.starts.size());
}

Result<DataRef> HeapBuilder::finish() {
  if (n_blocks_ == 0) TRY(open_block());
  close_block();
  for (const auto& [index, block] : held_) TRY(write_block(index, index + 1 == n_blocks_));
  DataTreeBuilder tree(file_);
  for (std::uint32_t i = 0; i < n_blocks_; ++i) TRY(tree.add_leaf(bids_[i], sizes_[i]));
  return tree.finish();
}

Result<disk::Hid> BthBuilder::begin() {
  const disk::BthHeader header{disk::kBTreeSignature, key_bytes_, entry_bytes_, 0, 0};
  TRY_ASSIGN(header_, heap_.allocate(as_bytes(encode(header))));
  return header_;
}

Status BthBuilder::add_to(std::size_t level, Bytes record) {
  if (levels_[level].size() + record.size() > disk::kHeapMaxAllocation) {
    TRY_ASSIGN(const ByteString index, close(level));
    if (level + 1 == levels_.size()) levels_.emplace_back();
    TRY(add_to(level + 1, as_bytes(index)));
  }
  if (levels_[level].empty()) levels_[level].reserve(kUsualBytes / 4);
  levels_[level].append(as_chars(record));
  return ok;
}

/// Allocates the open page of a level; gives the record for the level above.
Result<ByteString> BthBuilder::close(std::size_t level) {
  TRY_ASSIGN(last_closed_, heap_.allocate(as_bytes(levels_[level])));
  ByteString index = levels_[level].substr(0, key_bytes_);
  append_le(index, last_closed_.value);
  levels_[level].clear();
  if (level == 0) leaves_.push_back(last_closed_);
  return index;
}

Status BthBuilder::finish() {
  disk::BthHeader header{disk::kBTreeSignature, key_bytes_, entry_bytes_, 0, 0};
  for (std::size_t level = 0; !levels_[0].empty() || level > 0; ++level) {
    TRY_ASSIGN(const ByteString index, close(level));
    header.bIdxLevels = static_cast<std::uint8_t>(level);
    header.hidRoot = last_closed_.value;
    if (level + 1 == levels_.size()) break;
    TRY(add_to(level + 1, as_bytes(index)));
  }
  heap_.patch(header_, 0, as_bytes(encode(header)));
  return ok;
}

}  // namespace mk::pst::write
