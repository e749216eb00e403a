#pragma once
#include <functional>
#include <vector>

#include "pst/write/block_file.h"

namespace mk::pst::write {

/// The blocks of one item, encoded and with their checksums, before it is known where in the file they will
/// be.
///
/// Shape:   ids are provisional: bit 63 is set, which no file reaches, and what refers to a block has that id
/// until
///          append_to() gives it its own. Only wSig and internal blocks depend on it, so that little is left
///          to do
/// Bounds:  all blocks in memory
/// Threads: one at a time; any number of batches side by side
class BlockBatch final : public BlockSink {
 public:
  /// Stands for an empty recipient table, which many messages share.
  static constexpr Bid kEmptyRecipients{std::uint64_t{3} << 62};

  explicit BlockBatch(disk::CryptMethod method) : method_(method) {}
  /// So many bytes are expected.
  void reserve(std::size_t bytes) { bytes_.reserve(bytes); }
  Result<Bid> append_data(Bytes data) override { return append(data, false); }
  Result<Bid> append_internal(Bytes data) override { return append(data, true); }

  /// Puts all blocks into the file, in the order in which they came; gives the node its true ids.
  using Share = std::function<Result<NodeRef>()>;  // an empty recipient table of the file
  Status append_to(BlockFile& file, NodeRef& node, const Share& share_recipients);

 private:
  struct Block {
    std::size_t bytes;
    std::uint32_t crc;
    bool internal;
  };
  Result<Bid> append(Bytes data, bool internal);
  Result<Bid> final_id(Bid bid, const Share& share_recipients) const;
  Status relocate(std::span<std::byte> block, const Share& share_recipients) const;

  disk::CryptMethod method_;
  ByteString bytes_;  // of all blocks, one after the other
  std::vector<Block> blocks_;
  std::vector<Bid> final_ids_;
};

}  // namespace mk::pst::write
