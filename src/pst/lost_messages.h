#pragma once
#include <vector>

#include "pst/ndb/database.h"

namespace mk::pst {

/// Messages whose entry in the node B-tree is lost: property contexts with a message class, in places that
/// are in use, to which nothing refers. Each gets the subnode tree without an owner that has all subnodes its
/// properties need and was written next to it; none when there is no such tree. Whose folder's they were,
/// nothing tells.
///
/// Bounds:  reads each internal block and each data block without an owner once; 8 bytes for each reference
std::vector<ndb::Node> find_lost_messages(const std::shared_ptr<const ndb::Database>& db);

}  // namespace mk::pst
