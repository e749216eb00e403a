#pragma once
#include <functional>

#include "pst/ltp/heap.h"
#include "pst/ndb/losses.h"

namespace mk::pst::ltp {

/// Visits all records (key and value together) of a B-tree on a heap, in order of their keys.
///
/// Spec:    [MS-PST] 2.3.2
/// Errors:  kCorrupt  header or record damaged, keys out of order; what `visitor` gives ends the walk
/// Bounds:  8 index levels; keys rise strictly, so that no record is visited twice
struct BthShape {
  std::uint8_t cbKey, cbEnt;
};
Status visit_bth(Heap& heap, disk::Hid header, BthShape shape,
                 const std::function<Status(Bytes record)>& visitor, ndb::Losses* losses = nullptr);

}  // namespace mk::pst::ltp
