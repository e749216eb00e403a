#pragma once
#include "pst/ndb/database.h"

namespace mk::pst::ndb {

/// Opens a database of which as much as possible is wanted: where header or B-trees are damaged, the file is
/// scanned and nodes and blocks are found by what is met.
///
/// Shape:   `damage` receives what is wrong with the file as a whole; empty: the B-trees led everywhere
/// Errors:  kNotFound  nothing in the file looks like a part of a PST; those of the storage
/// Bounds:  after a scan 32 bytes for each node and each block of the file stay in memory
Result<std::shared_ptr<const Database>> salvage(std::shared_ptr<const Storage> storage, ReadOptions options,
                                                std::vector<std::string>& damage);

}  // namespace mk::pst::ndb
