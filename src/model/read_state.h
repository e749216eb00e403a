#pragma once
#include "model/mailbox.h"

namespace mk::model {

/// What a MailboxTarget may offer besides: ask for it with dynamic_cast.
class ReadStateTarget {
 public:
  virtual ~ReadStateTarget() = default;
  /// Sets the read state of items, without receipts being sent; gives of how many. The others vanished
  /// meanwhile, or have no read state. Errors: kUnsupported  this server cannot
  virtual Result<std::uint64_t> set_read(const std::vector<ItemId>& items, bool read) = 0;
};

}  // namespace mk::model
