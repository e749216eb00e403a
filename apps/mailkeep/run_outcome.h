#pragma once
#include <boost/json.hpp>

#include "exit.h"

namespace mk::app {

/// The exit code that belongs to a run of the agent: that of a backup that went the same way. One that is not
/// over: kOk.
ExitCode outcome_of(const boost::json::value& run);

}  // namespace mk::app
