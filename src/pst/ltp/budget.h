#pragma once
#include "base/result.h"
#include "model/item.h"

namespace mk::pst::ltp {

/// What one item may take in memory, all its recipients, attachments and embedded messages together. It also
/// ends the reading of damaged items that name the same subnode again and again.
class Budget {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 20;
  /// True while values that could stay in the file may be held in memory.
  bool has_room_for(std::uint64_t bytes) const { return used_ + bytes <= model::kMaxInlineItemBytes; }
  Status charge(std::size_t bytes) {
    used_ += bytes;
    if (used_ <= kMaxBytes) return ok;
    return Error{Code::kExhausted,
                 "the item has more small values than the 64 MiB that one item may take in memory"};
  }

 private:
  std::size_t used_ = 0;
};

}  // namespace mk::pst::ltp
