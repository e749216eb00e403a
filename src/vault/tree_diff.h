#pragma once
#include "vault/node.h"

namespace mk::vault {

/// What two trees have for a key: one of them nothing, or both another entry.
using VisitDifference = std::function<Status(const Entry* before, const Entry* after)>;

/// Visits the differences of two trees in the order of keys. Where nodes are the same neither is read, so
/// the cost is that of the differences.
/// Errors: kCorrupt, kNotFound  a node that is needed is damaged or missing
/// Bounds: one node per level of each tree
Status compare_trees(ChunkSource& in, const TreeWriter::Root& before, const TreeWriter::Root& after,
                     const VisitDifference& visit);

}  // namespace mk::vault
