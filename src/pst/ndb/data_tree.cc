#include "pst/ndb/data_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "pst/disk/block.h"

namespace mk::pst::ndb {
namespace {

struct XBlockContent {
  disk::XBlock head;
  std::vector<Bid> bids;
};

Result<XBlockContent> read_xblock(const Database& db, Bid bid) {
  TRY_ASSIGN(const Block block, db.read_block(bid));
  Reader r(block.bytes());
  XBlockContent out;
  r("XBLOCK", out.head);
  const std::size_t word_bytes = db.layout().word_bytes;
  const Bytes bids = r.take("rgbid", out.head.cEnt * word_bytes);
  if (!r.ok()) return r.error("XBLOCK").in(fmt::format("block {:#x}", bid.value));
  if (out.head.btype != disk::kBlockTypeData || out.head.cLevel < 1 || out.head.cLevel > 2)
    return Error{Code::kCorrupt, fmt::format("block {:#x}: XBLOCK.btype {} with cLevel {} is no data tree",
                                             bid.value, out.head.btype, out.head.cLevel)};
  out.bids.reserve(out.head.cEnt);
  for (std::size_t i = 0; i < out.head.cEnt; ++i)
    out.bids.emplace_back(db.layout().word(bids.data() + i * word_bytes));
  return out;
}

Error wrong_level(Bid bid) {
  return {Code::kCorrupt,
          fmt::format("block {:#x}: XBLOCK.rgbid names a block of the wrong level", bid.value)};
}

/// Reads the leaves of a data tree one after the other.
class DataSource final : public ByteSource {
 public:
  DataSource(DataTree tree, std::unique_ptr<DataTree::Holes> holes, std::size_t leaf, std::size_t skip,
             std::uint64_t left)
      : holes_(std::move(holes)), tree_(std::move(tree)), next_(leaf), pos_(skip), left_(left) {}

  Result<std::size_t> read(std::span<std::byte> out) override {
    while (left_ > 0 && (!loaded_ || pos_ == block_.size())) TRY(load_next());
    if (left_ == 0) return std::size_t{0};
    const std::size_t n = std::min({out.size(), block_.size() - pos_, static_cast<std::size_t>(left_)});
    std::copy_n(block_.bytes().begin() + static_cast<std::ptrdiff_t>(pos_), n, out.begin());
    pos_ += n;
    left_ -= n;
    return n;
  }

 private:
  Status load_next() {
    if (next_ == tree_.n_leaves())
      return Error{Code::kCorrupt, "XBLOCK.lcbTotal: the blocks hold fewer bytes than it says"};
    if (loaded_) pos_ = 0;
    TRY_ASSIGN(block_, tree_.leaf(next_++));
    loaded_ = true;
    if (pos_ > block_.size())
      return Error{Code::kCorrupt, "BLOCKTRAILER.cb: the block is shorter than it was"};
    return ok;
  }

  std::unique_ptr<DataTree::Holes> holes_;  // of tree_, when it may have any
  DataTree tree_;
  std::size_t next_, pos_;
  std::uint64_t left_;
  Block block_;
  bool loaded_ = false;
};

class DataBlob final : public Blob {
 public:
  DataBlob(std::shared_ptr<const Database> db, Bid root, std::uint64_t size, bool patched)
      : db_(std::move(db)), root_(root), size_(size), patched_(patched) {}
  std::uint64_t size() const override { return size_; }
  Result<std::unique_ptr<ByteSource>> open(std::uint64_t offset) const override {
    auto holes = patched_ ? std::make_unique<DataTree::Holes>() : nullptr;
    TRY_ASSIGN(DataTree tree, DataTree::open(db_, root_, holes.get()));
    offset = std::min(offset, size_);
    std::uint64_t skip = offset;
    std::size_t leaf = 0;
    for (; leaf < tree.n_leaves() && skip > 0; ++leaf) {
      TRY_ASSIGN(const std::size_t n, tree.leaf_size(leaf));
      if (n > skip) break;
      skip -= n;
    }
    return std::unique_ptr<ByteSource>(std::make_unique<DataSource>(
        std::move(tree), std::move(holes), leaf, static_cast<std::size_t>(skip), size_ - offset));
  }

 private:
  std::shared_ptr<const Database> db_;
  Bid root_;
  std::uint64_t size_;
  bool patched_;
};

}  // namespace

Result<DataTree> DataTree::open(std::shared_ptr<const Database> db, Bid root, Holes* holes) {
  DataTree tree(std::move(db));
  tree.holes_ = holes;
  if (root.is_null()) return tree;
  if (root.is_internal()) {
    TRY(tree.open_levels(root));
    return tree;
  }
  TRY_ASSIGN(const BlockPlace at, tree.db_->place(root));
  tree.size_ = at.inflated;
  tree.n_leaves_ = 1;
  tree.top_ = {root};
  return tree;
}

Status DataTree::open_levels(Bid root) {
  TRY_ASSIGN(auto x, read_xblock(*db_, root));
  size_ = x.head.lcbTotal;
  top_ = std::move(x.bids);
  two_levels_ = x.head.cLevel == 2;
  n_leaves_ = top_.size();
  if (size_ / db_->layout().inflation > db_->file_bytes())
    return Error{Code::kCorrupt, fmt::format("block {:#x}: XBLOCK.lcbTotal {} is more than the file holds",
                                             root.value, size_)};
  if (!two_levels_ || top_.empty()) return ok;
  if (!top_.back().is_internal()) return wrong_level(root);
  TRY_ASSIGN(const auto last, read_xblock(*db_, top_.back()));
  n_leaves_ = (top_.size() - 1) * db_->layout().xblock_entries + last.bids.size();
  return ok;
}

Result<Bid> DataTree::leaf_id(std::size_t i) {
  MK_CHECK(i < n_leaves_);
  if (!two_levels_) return top_[i];
  const std::size_t per_xblock = db_->layout().xblock_entries, x = i / per_xblock;
  if (x != current_) {
    if (!top_[x].is_internal()) return wrong_level(top_[x]);
    TRY_ASSIGN(auto content, read_xblock(*db_, top_[x]));
    if (content.head.cLevel != 1) return wrong_level(top_[x]);
    leaves_ = std::move(content.bids);
    current_ = x;
  }
  if (i % per_xblock >= leaves_.size())
    return Error{Code::kCorrupt, fmt::format("block {:#x}: XBLOCK.cEnt {} where full blocks must be",
                                             top_[x].value, leaves_.size())};
  return leaves_[i % per_xblock];
}

Result<Block> DataTree::sound_leaf(std::size_t i) {
  TRY_ASSIGN(const Bid bid, leaf_id(i));
  if (bid.is_internal()) return wrong_level(bid);
  TRY_ASSIGN(Block block, db_->read_block(bid));
  if (block.size() == 0)
    return Error{Code::kCorrupt, fmt::format("block {:#x}: BBTENTRY.cb is 0", bid.value)};
  return block;
}

Result<Block> DataTree::leaf(std::size_t i) {
  auto block = sound_leaf(i);
  if (block || holes_ == nullptr) return block;
  return damaged_leaf(i, std::move(block).error());
}

/// All leaves but the last are full where Outlook wrote them; a wrong guess only moves what follows.
Result<Block> DataTree::damaged_leaf(std::size_t i, Error cause) {
  if (!holes_->any()) holes_->cause = cause.what;
  const auto bid = leaf_id(i);
  auto block = bid ? db_->read_doubtful_block(*bid) : Result<Block>(bid.error());
  if (block && block->size() > 0 && !bid->is_internal()) {
    holes_->doubtful += block->size();
    return block;
  }
  const std::size_t full = db_->layout().block_max_data;
  const std::uint64_t before = std::uint64_t{i} * full;
  std::uint64_t bytes = before < size_ ? std::min<std::uint64_t>(full, size_ - before) : 0;
  if (const auto at = bid ? db_->place(*bid) : Result<BlockPlace>(bid.error())) bytes = at->inflated;
  if (bytes == 0) return cause;
  holes_->zeros += bytes;
  return Block(std::make_unique<std::byte[]>(bytes), bytes);
}

Error DataTree::Holes::error() const {
  return {Code::kCorrupt,
          fmt::format("{} bytes are lost and zeros now, {} are doubtful: {}", zeros, doubtful, cause)};
}

Result<std::size_t> DataTree::leaf_size(std::size_t i) {
  if (holes_ != nullptr) {  // what leaf() gives, holes too
    TRY_ASSIGN(const Block block, leaf(i));
    return block.size();
  }
  TRY_ASSIGN(const Bid bid, leaf_id(i));
  TRY_ASSIGN(const BlockPlace at, db_->place(bid));
  return at.inflated;
}

Result<ByteString> DataTree::load(std::uint64_t max_bytes) {
  if (size_ > max_bytes)
    return Error{
        Code::kExhausted,
        fmt::format("a value of {} bytes, more than the {} that are held in memory", size_, max_bytes)};
  ByteString out;
  out.reserve(size_);
  for (std::size_t i = 0; i < n_leaves_; ++i) {
    TRY_ASSIGN(const Block block, leaf(i));
    if (block.size() > size_ - out.size())
      return Error{Code::kCorrupt, "XBLOCK.lcbTotal: the blocks hold more bytes than it says"};
    out.append(as_chars(block.bytes()));
  }
  if (out.size() < size_)
    return Error{Code::kCorrupt, "XBLOCK.lcbTotal: the blocks hold fewer bytes than it says"};
  return out;
}

BlobPtr make_data_blob(std::shared_ptr<const Database> db, Bid root, std::uint64_t size) {
  return std::make_shared<DataBlob>(std::move(db), root, size, false);
}
BlobPtr make_patched_blob(std::shared_ptr<const Database> db, Bid root, std::uint64_t size) {
  return std::make_shared<DataBlob>(std::move(db), root, size, true);
}

}  // namespace mk::pst::ndb
