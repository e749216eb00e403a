#include "pst/write/data_tree.h"

#include <algorithm>

namespace mk::pst::write {

Status DataTreeBuilder::write(Bytes bytes) {
  if (buffer_.empty()) buffer_.reserve(std::min(bytes.size(), disk::kBlockMaxData));
  while (!bytes.empty()) {
    if (buffer_.size() == disk::kBlockMaxData) {
      TRY(write_leaf(as_bytes(buffer_)));
      buffer_.clear();
    }
    if (buffer_.empty() && bytes.size() > disk::kBlockMaxData) {
      TRY(write_leaf(bytes.first(disk::kBlockMaxData)));
      bytes = bytes.subspan(disk::kBlockMaxData);
      continue;
    }
    const std::size_t n = std::min(bytes.size(), disk::kBlockMaxData - buffer_.size());
    buffer_.append(as_chars(bytes.first(n)));
    bytes = bytes.subspan(n);
  }
  return ok;
}

Status DataTreeBuilder::copy_from(ByteSource& in) {
  std::vector<std::byte> chunk(16 * disk::kBlockMaxData);
  for (;;) {
    TRY_ASSIGN(const std::size_t n, in.read(chunk));
    if (n == 0) return ok;
    TRY(write(Bytes(chunk).first(n)));
  }
}

Status DataTreeBuilder::write_leaf(Bytes bytes) {
  TRY_ASSIGN(const Bid bid, file_.append_data(bytes));
  return add_leaf(bid, bytes.size());
}

Status DataTreeBuilder::add_leaf(Bid bid, std::size_t bytes) {
  if (leaves_.size() == disk::kXBlockEntriesMax) TRY(write_x_block());
  total_ += bytes;
  if (total_ > 0xFFFFFFFF)
    return Error{Code::kUnsupported, "a value of 4 GiB or more, which a PST cannot hold"};
  x_total_ += bytes;
  leaves_.push_back(bid);
  return ok;
}

Status DataTreeBuilder::write_x_block() {
  TRY_ASSIGN(const Bid bid, write_list(1, x_total_, leaves_));
  x_blocks_.push_back(bid);
  leaves_.clear();
  x_total_ = 0;
  return ok;
}

Result<Bid> DataTreeBuilder::write_list(std::uint8_t level, std::uint64_t total,
                                        const std::vector<Bid>& bids) {
  ByteString block = encode(disk::XBlock{disk::kBlockTypeData, level, static_cast<std::uint16_t>(bids.size()),
                                         static_cast<std::uint32_t>(total)});
  for (const Bid bid : bids) append_le(block, bid.value);
  return file_.append_internal(as_bytes(block));
}

Result<DataRef> DataTreeBuilder::finish() {
  if (!buffer_.empty()) TRY(write_leaf(as_bytes(buffer_)));
  buffer_.clear();
  if (total_ == 0) return DataRef{};
  if (x_blocks_.empty() && leaves_.size() == 1) return DataRef{leaves_[0], total_};
  TRY(write_x_block());
  if (x_blocks_.size() == 1) return DataRef{x_blocks_[0], total_};
  TRY_ASSIGN(const Bid root, write_list(2, total_, x_blocks_));
  return DataRef{root, total_};
}

Result<DataRef> write_data_tree(BlockSink& file, Bytes bytes) {
  DataTreeBuilder tree(file);
  TRY(tree.write(bytes));
  return tree.finish();
}

Result<Bid> SubnodeBuilder::write_leaf(BlockSink& file, std::size_t from, std::size_t to) {
  ByteString block =
      encode(disk::SubnodeBlock{disk::kBlockTypeSubnodes, 0, static_cast<std::uint16_t>(to - from), 0});
  for (std::size_t i = from; i < to; ++i) encode_to(block, entries_[i]);
  return file.append_internal(as_bytes(block));
}

Result<Bid> SubnodeBuilder::write(BlockSink& file) {
  if (entries_.empty()) return Bid();
  std::sort(entries_.begin(), entries_.end(), [](const auto& a, const auto& b) { return a.nid < b.nid; });
  if (entries_.size() <= disk::kSlEntriesMax) return write_leaf(file, 0, entries_.size());
  const std::size_t n_leaves = (entries_.size() + disk::kSlEntriesMax - 1) / disk::kSlEntriesMax;
  if (n_leaves > disk::kSiEntriesMax)
    return Error{Code::kUnsupported, "more than 173,400 parts in one item, which a PST cannot hold"};
  ByteString index =
      encode(disk::SubnodeBlock{disk::kBlockTypeSubnodes, 1, static_cast<std::uint16_t>(n_leaves), 0});
  for (std::size_t from = 0; from < entries_.size(); from += disk::kSlEntriesMax) {
    const std::size_t to = std::min(from + disk::kSlEntriesMax, entries_.size());
    TRY_ASSIGN(const Bid leaf, write_leaf(file, from, to));
    encode_to(index, disk::SiEntry{entries_[from].nid, 0, leaf.value});
  }
  return file.append_internal(as_bytes(index));
}

}  // namespace mk::pst::write
