#include "pst/write/block_batch.h"

#include "pst/disk/crc.h"
#include "pst/disk/crypt.h"

namespace mk::pst::write {
namespace {

constexpr std::uint64_t kProvisional = std::uint64_t{1} << 63, kInternal = 2;

}  // namespace

Result<Bid> BlockBatch::append(Bytes data, bool internal) {
  MK_CHECK(!data.empty() && data.size() <= disk::kBlockMaxData);
  const Bid bid(kProvisional | blocks_.size() << 2 | (internal ? kInternal : 0));
  const std::size_t at = bytes_.size();
  bytes_.append(as_chars(data));
  Block block{data.size(), 0, internal};
  if (!internal) {
    const auto stored = std::as_writable_bytes(std::span(bytes_)).subspan(at);
    disk::encode_block(method_, bid.value, stored);  // the permutation does not depend on the id
    block.crc = disk::crc(stored);
  }
  blocks_.push_back(block);
  return bid;
}

Result<Bid> BlockBatch::final_id(Bid bid, const Share& share_recipients) const {
  if ((bid.value & kProvisional) == 0) return bid;
  if (bid != kEmptyRecipients) return final_ids_.at((bid.value & ~kProvisional) >> 2);
  TRY_ASSIGN(const NodeRef table, share_recipients());
  return table.data;
}

/// Internal blocks are lists of ids behind a head of 8 bytes; no other word of theirs has bit 63.
Status BlockBatch::relocate(std::span<std::byte> block, const Share& share_recipients) const {
  for (std::size_t at = 8; at + 8 <= block.size(); at += 8) {
    const Bid bid(load_le<std::uint64_t>(&block[at]));
    TRY_ASSIGN(const Bid there, final_id(bid, share_recipients));
    std::memcpy(&block[at], &there.value, sizeof there.value);
  }
  return ok;
}

Status BlockBatch::append_to(BlockFile& file, NodeRef& node, const Share& share_recipients) {
  final_ids_.reserve(blocks_.size());
  auto left = std::as_writable_bytes(std::span(bytes_));
  for (const Block& b : blocks_) {
    const auto block = left.first(b.bytes);
    left = left.subspan(b.bytes);
    if (b.internal) TRY(relocate(block, share_recipients));
    TRY_ASSIGN(const Bid bid, b.internal ? file.append_internal(block) : file.append_encoded(block, b.crc));
    final_ids_.push_back(bid);
  }
  TRY_ASSIGN(node.data, final_id(node.data, share_recipients));
  TRY_ASSIGN(node.sub, final_id(node.sub, share_recipients));
  return ok;
}

}  // namespace mk::pst::write
