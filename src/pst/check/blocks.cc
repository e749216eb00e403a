#include "pst/check/blocks.h"

#include "pst/disk/crypt.h"
#include "pst/disk/inflate.h"

namespace mk::pst::check {
namespace {

constexpr int kMaxDepth = 64;

}  // namespace

Blocks::Blocks(const Medium& medium, Work& work)
    : m_(medium),
      work_(work),
      bbt_(medium, disk::PageType::kBBT, work),
      nbt_(medium, disk::PageType::kNBT, work) {}

std::optional<disk::BbtEntry> Blocks::find_entry(Bid bid) {
  const auto raw = bbt_.find(bid.value);
  if (!raw) return {};
  const auto entry = disk::decode_as<disk::BbtEntry>(m_.layout.form, *raw);
  return entry ? std::optional(*entry) : std::nullopt;
}

NodeRef node_of(const Medium& medium, const LeafEntry& raw) {
  disk::NbtEntry e;
  Reader r(raw);
  disk::read_as(medium.layout.form, r, e);
  return {Nid(e.nid), Nid(e.nidParent), Bid(e.bidData), Bid(e.bidSub)};
}

std::optional<NodeRef> Blocks::find_node(Nid nid) {
  const auto raw = nbt_.find(nid.value);
  return raw ? std::optional(node_of(m_, *raw)) : std::nullopt;
}

std::size_t Blocks::size_of(Bid bid) {
  const auto e = find_entry(bid);
  return e ? std::max(e->cb, e->cbInflated) : 0;
}

BlockPtr decode_stored(const Medium& m, const disk::BbtEntry& entry, Bytes stored) {
  auto out = std::make_shared<ByteString>(as_chars(stored));
  if (entry.cbInflated > entry.cb) {
    out->assign(entry.cbInflated, '\0');
    if (!disk::inflate(stored, std::as_writable_bytes(std::span(*out)))) return nullptr;
  }
  if (!Bid(entry.BREF.bid).is_internal())
    disk::decode_block(m.header.bCryptMethod, entry.BREF.bid, std::as_writable_bytes(std::span(*out)));
  return out;
}

BlockPtr Blocks::load(Bid bid) {
  constexpr std::uint64_t kUnits = 64;
  if (!work_.spend(kUnits)) return nullptr;  // also for what is cached: a tree that leads to itself is
  Cached* oldest = cache_.data();
  for (Cached& c : cache_) {
    if (c.block && c.bid == bid.key()) {
      c.used = ++clock_;
      return c.block;
    }
    if (c.used < oldest->used) oldest = &c;
  }
  auto entry = find_entry(bid);
  ByteString stored;
  if (!entry || entry->cb == 0 || entry->cb > m_.layout.block_max_data ||
      !work_.spend(std::max(entry->cb, entry->cbInflated)) || !m_.read(entry->BREF.ib, entry->cb, stored))
    return nullptr;
  const BlockPtr block = decode_stored(m_, *entry, as_bytes(stored));
  if (block) *oldest = {bid.key(), ++clock_, block};
  return block;
}

std::vector<Bid> Data::list(Bid bid, std::uint8_t level) {
  std::vector<Bid> out;
  const BlockPtr block = blocks_->load(bid);
  if (!block) return out;
  const disk::Layout& l = blocks_->medium().layout;
  const auto head = decode<disk::XBlock>(as_bytes(*block));
  if (!head || head->btype != disk::kBlockTypeData || (level != 0 && head->cLevel != level)) return out;
  const std::size_t room = (block->size() - wire_size<disk::XBlock>()) / l.word_bytes;
  const std::byte* at = as_bytes(*block).data() + wire_size<disk::XBlock>();
  blocks_->spend(block->size());
  for (std::size_t i = 0; i < std::min<std::size_t>(head->cEnt, room); ++i)
    out.emplace_back(l.word(at + i * l.word_bytes));
  return out;
}

/// All blocks but the last are full, which SpaceCheck makes sure of.
void Data::add_list(const std::vector<Bid>& ids) {
  starts_.push_back(n_);
  n_ += ids.size();
  if (!ids.empty())
    size_ += (ids.size() - 1) * blocks_->medium().layout.block_max_data + blocks_->size_of(ids.back());
}

Data Data::open(Blocks& blocks, Bid root) {
  Data d;
  d.blocks_ = &blocks;
  if (root.is_null()) return d;
  if (!root.is_internal()) {
    d.ids_ = {root};
    d.n_ = 1;
    d.size_ = blocks.size_of(root);
    return d;
  }
  d.ids_ = d.list(root, 1);
  if (!d.ids_.empty()) {
    d.add_list(d.ids_);
    return d;
  }
  d.top_ = d.list(root, 2);
  constexpr std::size_t kMostKept = 65536;
  for (const Bid x : d.top_) {
    const auto ids = d.list(x, 1);
    d.add_list(ids);
    if (d.n_ <= kMostKept) d.ids_.insert(d.ids_.end(), ids.begin(), ids.end());
  }
  return d;
}

Bid Data::id(std::size_t i) {
  if (top_.empty() || ids_.size() == n_) return i < ids_.size() ? ids_[i] : Bid();
  const auto it = std::upper_bound(starts_.begin(), starts_.end(), i);
  const auto k = static_cast<std::size_t>(it - starts_.begin()) - 1;
  if (k != current_) {
    ids_ = list(top_[k], 1);
    current_ = k;
  }
  return i - starts_[k] < ids_.size() ? ids_[i - starts_[k]] : Bid();
}

BlockPtr Data::block(std::size_t i) {
  const Bid bid = id(i);
  return bid.is_null() ? nullptr : blocks_->load(bid);
}

ByteString Data::front(std::uint64_t max) {
  ByteString out;
  for (std::size_t i = 0; i < n_ && out.size() < max; ++i) {
    const BlockPtr b = block(i);
    if (!b) break;
    out.append(*b, 0, max - out.size());
  }
  return out;
}

void Subnodes::add(Blocks& blocks, Bid bid, bool may_branch) {
  const BlockPtr block = bid.is_internal() ? blocks.load(bid) : nullptr;
  if (!block || !blocks.spend(block->size())) return;
  const disk::Form form = blocks.medium().layout.form;
  Reader r(as_bytes(*block));
  disk::SubnodeBlock head;
  disk::read_as(form, r, head);
  if (head.btype != disk::kBlockTypeSubnodes || head.cLevel > 1 || (head.cLevel == 1 && !may_branch)) return;
  for (std::size_t i = 0; i < head.cEnt && r.ok(); ++i) {
    if (head.cLevel == 1) {
      disk::SiEntry e;
      disk::read_as(form, r, e);
      if (r.ok()) add(blocks, Bid(e.bid), false);
    } else {
      disk::SlEntry e;
      disk::read_as(form, r, e);
      if (r.ok()) nodes_.push_back({Nid(e.nid), Nid(), Bid(e.bidData), Bid(e.bidSub)});
    }
  }
}

Subnodes Subnodes::read(Blocks& blocks, Bid root) {
  Subnodes s;
  if (!root.is_null()) s.add(blocks, root, true);
  std::stable_sort(s.nodes_.begin(), s.nodes_.end(),
                   [](const auto& a, const auto& b) { return a.nid < b.nid; });
  return s;
}

const NodeRef* Subnodes::find(Nid nid) const {
  const auto it = std::lower_bound(nodes_.begin(), nodes_.end(), nid,
                                   [](const NodeRef& n, Nid wanted) { return n.nid < wanted; });
  return it != nodes_.end() && it->nid == nid ? &*it : nullptr;
}

std::uint64_t node_bytes(Blocks& blocks, Bid data, Bid sub, int depth) {
  std::uint64_t total = Data::open(blocks, data).size();
  if (sub.is_null() || depth > kMaxDepth) return total;
  for (const NodeRef& n : Subnodes::read(blocks, sub)) {
    if (blocks.exhausted()) break;
    total += node_bytes(blocks, n.data, n.sub, depth + 1);
  }
  return total;
}

}  // namespace mk::pst::check
