#pragma once
// Within the agent only: what the API says of points, items and restores. docs/api.json
#include <boost/json.hpp>

#include "agent/restore/browse.h"
#include "agent/restore/restore_runner.h"
#include "agent/restore/search.h"

namespace mk::agent {

boost::json::object view_of(const PointInfo& point, const std::string& schedule);
boost::json::object view_of(const FolderView& folder);
boost::json::object view_of(const ItemView& item);
boost::json::object view_of(const Found& found);
boost::json::object view_of(const Restore& restore, const std::optional<RestoreRunner::Progress>& progress);
boost::json::object view_of(const Proof& proof);
/// Ill-formed UTF-8 becomes U+FFFD.
boost::json::array texts(const std::vector<std::string>& list);

}  // namespace mk::agent
