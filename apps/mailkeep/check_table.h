#pragma once
#include <boost/json.hpp>

namespace mk::app {

/// Checks of the agent as a table. False: one of them failed.
bool print_checks(const boost::json::array& checks);
/// The same without printing.
bool none_failed(const boost::json::array& checks);

}  // namespace mk::app
