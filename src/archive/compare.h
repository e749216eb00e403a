#pragma once
#include "archive/restore_point.h"

namespace mk::archive {

/// How a restore point differs from another one.
struct Difference {
  enum class Kind { kAdded, kRemoved, kChanged, kReadState, kMoved };
  Kind kind = Kind::kAdded;
  bool is_folder = false;
  model::Folder folder;  // itself (kRemoved: as it was), or the one the item is in
  model::Folder from;    // items that moved: where they were
  ItemRecord item;       // as it is now; kRemoved: as it was
};

/// Visits the differences of two points of one mailbox, folders first; only nodes that differ are read. A
/// moved item is one that went and one with the same content hash that came; servers give it a new id.
/// Errors: kCorrupt, kNotFound  a node that is needed is damaged or missing; those of `visit`
/// Bounds: about 100 bytes for each item that went or came
Status compare_points(vault::ChunkSource& chunks, const RestorePoint& before, const RestorePoint& after,
                      const std::function<Status(const Difference&)>& visit);

}  // namespace mk::archive
