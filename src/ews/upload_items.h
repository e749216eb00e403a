#pragma once
#include "ews/session.h"
#include "model/mailbox.h"

namespace mk::ews {

/// The request of upload_items(); its size decides whether a server takes it.
BlobPtr upload_request(const Session& session, const std::vector<model::Upload>& items);

/// UploadItems: creates items from their streams (CreateNew), or gives those that are named what is in the
/// streams (Update); they are read while they are sent.
/// [MS-OXWSBTRF] 3.1.4.2 One result per item, in order. Errors: as call(); kExhausted  the request is larger
/// than the server takes
Result<std::vector<Result<model::CreatedItem>>> upload_items(Session& session,
                                                             const std::vector<model::Upload>& items);

}  // namespace mk::ews
