#include "pst/ndb/subnodes.h"

#include <fmt/format.h>

#include <algorithm>

#include "pst/disk/block.h"

namespace mk::pst::ndb {

Result<Subnodes> Subnodes::read(const Database& db, Bid root, Losses* losses) {
  Subnodes out;
  if (root.is_null()) return out;
  TRY(tolerate(losses, out.add_block(db, root, true, losses), "subnodes"));
  // Genuine files keep them in order; a file that does not is read all the same.
  const auto before = [](const Node& a, const Node& b) { return a.nid < b.nid; };
  if (!std::is_sorted(out.nodes_.begin(), out.nodes_.end(), before))
    std::sort(out.nodes_.begin(), out.nodes_.end(), before);
  return out;
}

Status Subnodes::add_block(const Database& db, Bid bid, bool may_have_children, Losses* losses) {
  if (!bid.is_internal())
    return Error{Code::kCorrupt,
                 fmt::format("block {:#x}: bidSub or SIENTRY.bid names a data block", bid.value)};
  TRY_ASSIGN(const Block block, db.read_block(bid));
  Reader r(block.bytes());
  const disk::Form form = db.layout().form;
  disk::SubnodeBlock head;
  disk::read_as(form, r, head);
  const bool is_leaf = head.cLevel == 0;
  if (r.ok() &&
      (head.btype != disk::kBlockTypeSubnodes || (!is_leaf && (head.cLevel != 1 || !may_have_children))))
    return Error{Code::kCorrupt,
                 fmt::format("block {:#x}: SLBLOCK.btype {} with cLevel {} is no subnode tree", bid.value,
                             head.btype, head.cLevel)};
  for (std::size_t i = 0; i < head.cEnt && r.ok(); ++i) {
    disk::SlEntry leaf;
    disk::SiEntry child;
    if (is_leaf)
      disk::read_as(form, r, leaf);
    else
      disk::read_as(form, r, child);
    if (!r.ok()) break;
    if (is_leaf)
      nodes_.push_back({Nid(leaf.nid), {}, Bid(leaf.bidData), Bid(leaf.bidSub)});
    else
      TRY(tolerate(losses, add_block(db, Bid(child.bid), false, losses), "subnodes"));
  }
  if (!r.ok()) return r.error("SLBLOCK").in(fmt::format("block {:#x}", bid.value));
  return ok;
}

const Node* Subnodes::find(Nid nid) const {
  const auto it =
      std::lower_bound(nodes_.begin(), nodes_.end(), nid, [](const Node& a, Nid n) { return a.nid < n; });
  return it == nodes_.end() || it->nid != nid ? nullptr : &*it;
}

}  // namespace mk::pst::ndb
