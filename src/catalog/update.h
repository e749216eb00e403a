#pragma once
#include <functional>

#include "catalog/catalog.h"

namespace mk::catalog {

struct UpdateReport {
  std::uint64_t points_added = 0, points_removed = 0, versions_added = 0;
  std::vector<std::string> problems;  // of points that cannot be read, each named
};

/// Brings a catalog to the newest record of a vault's log; reads of trees only what differs from point to
/// point. Killed at any time, the next update goes on. `chunks` are the vault's.
///
/// Spec:    docs/formats/catalog.md, "Updates"
/// Errors:  kInvalid  it is the catalog of another vault; kCorrupt  its head is not in the log: the store was
///          set back or replaced; those of the database; kUnavailable, kDenied  of the store
/// Bounds:  10,000 rows
Result<UpdateReport> update(Catalog& catalog, vault::Vault& vault, vault::ChunkSource& chunks);

}  // namespace mk::catalog
