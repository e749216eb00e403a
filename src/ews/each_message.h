#pragma once
#include <functional>
#include <string_view>

#include "ews/session.h"

namespace mk::ews {

using OnMessage = std::function<Status(const Element&)>;

/// Sends `operation_xml` and calls `f` for each response message, also for those with errors.
/// Errors: as call(); kCorrupt  not exactly `expected` messages came (0: any number)
Status call_each(Session& session, std::string_view operation, std::string_view operation_xml,
                 std::size_t expected, const OnMessage& f);

/// The same for operations with one response message; its error is the call's.
Status call_one(Session& session, std::string_view operation, std::string_view operation_xml,
                const OnMessage& f);

}  // namespace mk::ews
