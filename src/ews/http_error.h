#pragma once
#include <string_view>

#include "ews/session.h"

namespace mk::ews {

/// What an answer without SOAP means: `page` is the beginning of its body. Names the URL and the remedy.
Error error_of_reply(const ReplyHead& head, std::string_view page, const Session& session);
/// `what` was answered where EWS should be, "XML that is not SOAP". It is the wrong URL at first; after good
/// answers it is a hiccup of a server or proxy.
Error not_ews(const ReplyHead& head, std::string_view what, const Session& session);

}  // namespace mk::ews
