#pragma once
#include <vector>

#include "pst/ndb/database.h"
#include "pst/ndb/losses.h"

namespace mk::pst::ndb {

/// The subnodes of a node, by NID.
///
/// Spec:    [MS-PST] 2.2.2.8.3.3
/// Errors:  kCorrupt  a block that is no SLBLOCK or SIBLOCK; names block and field
/// Bounds:  173,400 subnodes, 24 bytes each
class Subnodes {
 public:
  /// An empty tree when `root` is null.
  static Result<Subnodes> read(const Database& db, Bid root, Losses* losses = nullptr);

  const Node* find(Nid nid) const;
  auto begin() const { return nodes_.begin(); }
  auto end() const { return nodes_.end(); }
  std::size_t size() const { return nodes_.size(); }

 private:
  Status add_block(const Database& db, Bid bid, bool may_have_children, Losses* losses);
  std::vector<Node> nodes_;  // by NID
};

}  // namespace mk::pst::ndb
