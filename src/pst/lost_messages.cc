#include "pst/lost_messages.h"

#include <algorithm>
#include <set>

#include "model/tags.h"
#include "pst/disk/block.h"
#include "pst/ltp/bth.h"
#include "pst/ltp/property_context.h"
#include "pst/ndb/subnodes.h"

namespace mk::pst {
namespace {

constexpr std::uint32_t kFirstIndex = 0x7000000;  // of the ids that lost messages get
constexpr std::uint16_t kLeastReferences = 2;     // BBTENTRY.cRef of a block with one reference
constexpr std::uint64_t kMostApart = 1024;        // of the BIDs of a message's data and its subnodes
constexpr std::size_t kNeighbours = 8;

/// Property ids and types of a context, and the subnodes that its values are in.
struct Contents {
  bool is_message = false;
  std::set<Nid> subnodes;
};

Result<Contents> contents_of(const std::shared_ptr<const ndb::Database>& db, Bid data) {
  Contents out;
  TRY_ASSIGN(ltp::Heap heap, ltp::Heap::open(db, data));
  if (heap.client() != disk::HeapClient::kPropertyContext) return out;
  ndb::Losses ignored;
  const auto visitor = [&](Bytes bytes) -> Status {
    TRY_ASSIGN(const auto record, decode<disk::PcRecord>(bytes));
    if (record.wPropId == model::pid::kMessageClass) out.is_message = true;
    const model::PropTag tag(std::uint32_t{record.wPropId} << 16 | record.wPropType);
    const bool elsewhere = tag.is_multiple() || ltp::cell_bytes(tag.type()) == 0;
    if (elsewhere && disk::Hid(record.dwValueHnid).type() != 0) out.subnodes.insert(Nid(record.dwValueHnid));
    return ok;
  };
  TRY(ltp::visit_bth(heap, heap.user_root(), {2, 6}, visitor, &ignored));
  return out;
}

class Search {
 public:
  explicit Search(std::shared_ptr<const ndb::Database> db) : db_(std::move(db)) {}

  std::vector<ndb::Node> run() {
    collect();
    std::sort(referred_.begin(), referred_.end());
    std::vector<ndb::Node> out;
    std::vector<Contents> contents;
    for (const Bid root : roots_) {
      if (is_referred(root)) continue;
      auto c = contents_of(db_, root);
      if (!c || !c->is_message) continue;
      const auto index = static_cast<std::uint32_t>(kFirstIndex + out.size());
      out.push_back({Nid(NidType::kNormalMessage, index), Nid(), root, Bid()});
      contents.push_back(*std::move(c));
    }
    give_subnodes(out, contents);
    return out;
  }

 private:
  struct Pair {
    std::uint64_t apart;
    std::size_t message;
    Bid subnodes;
    auto operator<=>(const Pair&) const = default;
  };

  /// Everything that something refers to, and what may be the root of a message or of its subnodes.
  void collect() {
    static_cast<void>(db_->visit_nodes([&](const ndb::Node& n) { refer({n.data, n.sub}); }));
    std::vector<disk::BbtEntry> blocks;
    static_cast<void>(db_->visit_blocks([&](const disk::BbtEntry& b) { blocks.push_back(b); }));
    for (const auto& b : blocks) {
      const Bid bid(b.BREF.bid);
      const auto type = bid.is_internal() ? collect_internal(bid) : disk::kBlockTypeData;
      if (b.cRef < kLeastReferences) continue;
      if (type == disk::kBlockTypeData) roots_.push_back(bid);
      if (type == disk::kBlockTypeSubnodes) trees_.push_back(bid);
    }
  }

  void refer(std::initializer_list<Bid> bids) {
    for (const Bid b : bids) referred_.push_back(b.key());
  }
  bool is_referred(Bid b) const { return std::binary_search(referred_.begin(), referred_.end(), b.key()); }

  /// Notes what an internal block refers to and returns its type.
  std::uint8_t collect_internal(Bid bid) {
    const auto block = db_->read_block(bid);
    if (!block || block->size() < wire_size<disk::XBlock>()) return 0;
    const auto type = std::to_integer<std::uint8_t>(block->bytes()[0]);
    Reader r(block->bytes());
    if (type == disk::kBlockTypeData)
      collect_list(r);
    else if (type == disk::kBlockTypeSubnodes)
      collect_subnodes(r);
    return type;
  }

  void collect_list(Reader& r) {
    disk::XBlock head;
    r("XBLOCK", head);
    const std::size_t word = db_->layout().word_bytes;
    for (std::size_t i = 0; i < head.cEnt && r.left() >= word; ++i)
      refer({Bid(db_->layout().word(r.take("rgbid", word).data()))});
  }

  void collect_subnodes(Reader& r) {
    const disk::Form form = db_->layout().form;
    disk::SubnodeBlock head;
    disk::read_as(form, r, head);
    for (std::size_t i = 0; i < head.cEnt && r.ok(); ++i) {
      disk::SlEntry leaf;
      disk::SiEntry child;
      if (head.cLevel == 0)
        disk::read_as(form, r, leaf);
      else
        disk::read_as(form, r, child);
      refer({Bid(leaf.bidData), Bid(leaf.bidSub), Bid(child.bid)});
    }
  }

  bool fits(const Contents& message, Bid tree) const {
    const auto subnodes = ndb::Subnodes::read(*db_, tree);
    return subnodes && (!message.subnodes.empty() || subnodes->find(nid::kRecipientTable) != nullptr) &&
           std::all_of(message.subnodes.begin(), message.subnodes.end(),
                       [&](Nid n) { return subnodes->find(n) != nullptr; });
  }

  /// Of all pairs that fit, those written closest to each other are taken first.
  void give_subnodes(std::vector<ndb::Node>& messages, const std::vector<Contents>& contents) const {
    std::vector<Bid> free;
    std::copy_if(trees_.begin(), trees_.end(), std::back_inserter(free),
                 [&](Bid b) { return !is_referred(b); });
    std::sort(free.begin(), free.end());
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const Bid data = messages[i].data;
      const auto near =
          static_cast<std::size_t>(std::lower_bound(free.begin(), free.end(), data) - free.begin());
      for (std::size_t k = near - std::min(near, kNeighbours); k < std::min(near + kNeighbours, free.size());
           ++k) {
        const std::uint64_t apart = std::max(free[k], data).value - std::min(free[k], data).value;
        if (apart <= kMostApart && fits(contents[i], free[k])) pairs.push_back({apart, i, free[k]});
      }
    }
    std::sort(pairs.begin(), pairs.end());
    std::set<Bid> given;
    for (const Pair& p : pairs)
      if (messages[p.message].sub.is_null() && given.insert(p.subnodes).second)
        messages[p.message].sub = p.subnodes;
  }

  std::shared_ptr<const ndb::Database> db_;
  std::vector<std::uint64_t> referred_;
  std::vector<Bid> roots_, trees_;
};

}  // namespace

std::vector<ndb::Node> find_lost_messages(const std::shared_ptr<const ndb::Database>& db) {
  return Search(db).run();
}

}  // namespace mk::pst
