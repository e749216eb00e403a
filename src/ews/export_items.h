#pragma once
#include "ews/session.h"
#include "model/mailbox.h"

namespace mk::ews {

/// ExportItems: the streams of items, decoded on the way into the receiver; no item is held.
/// [MS-OXWSBTRF] 3.1.4.1
///
/// Every item of the answer ends in end() or fail() of the receiver, in the order of `items`. When the call
/// fails in the midst, the item that was under way has had begin() and neither end() nor fail(), and those
/// after it nothing: the caller asks for them again. So it is too with an item whose base64 is broken (the
/// server cut it short and wrote `=== Truncated Data ===`), which ends the call with kTruncated.
///
/// Errors: as call(); kTruncated as above, or fewer answers than items; what the receiver returns
Status export_items(Session& session, const std::vector<model::ItemId>& items, model::ItemReceiver& receiver);

}  // namespace mk::ews
