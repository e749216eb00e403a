#pragma once
#include "model/mailbox.h"

namespace mk::model {

/// What a MailboxTarget may offer besides: ask for it with dynamic_cast.
class ReadStateTarget {
 public:
  virtual ~ReadStateTarget() = default;
  /// Sets the read state of items, without receipts being sent. Items that vanished meanwhile are left out.
  virtual Status set_read(const std::vector<ItemId>& items, bool read) = 0;
};

}  // namespace mk::model
