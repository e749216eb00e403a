#pragma once
#include "vault/node.h"

namespace mk::vault {

/// One difference between a tree and the one before it.
struct TreeEdit {
  std::string key;
  /// Not empty: all entries from `key` on and before `end` go (edits behind may put new ones there).
  std::string end;
  /// Gets the entry that has the key, nullptr when none has, and gives what has it from now on.
  std::function<Result<std::optional<Entry>>(const Entry* old)> change;
};
/// The next edit, in the order of keys (of two with the same key the one with `end` comes first); nothing at
/// the end.
using NextEdit = std::function<Result<std::optional<TreeEdit>>()>;

/// The tree that `base` becomes by some edits, node for node the one that TreeWriter makes of all its
/// entries. Only nodes that an edit or its neighbourhood touches are read and written. Errors: kInvalid edits
/// out of order; kCorrupt, kNotFound  a node that is needed is damaged or missing Bounds: one node per level
/// of both trees
struct TreeUpdate {
  ChunkSource& in;
  ChunkSink& out;
  const SecretString& cut_key;
};
Result<TreeWriter::Root> update_tree(const TreeUpdate& trees, const TreeWriter::Root& base,
                                     const NextEdit& next);

}  // namespace mk::vault
