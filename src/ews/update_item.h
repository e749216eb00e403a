#pragma once
#include "ews/session.h"
#include "model/mailbox.h"

namespace mk::ews {

/// UpdateItem of message:IsRead alone, saved and never sent, without read receipts.  [MS-OXWSCORE] 3.1.4.9
/// Gives how many items have the state now; the others vanished, or have none (contacts, tasks).
/// Errors: as call(); kUnsupported  a server before Exchange 2013 SP1, which cannot be told to send no
/// receipts
Result<std::uint64_t> update_item_read(Session& session, const std::vector<model::ItemId>& items, bool read);

}  // namespace mk::ews
