#pragma once
#include <optional>
#include <string>

#include "base/guid.h"

namespace mk::sim {

/// Where a client is in a folder's (or a tree's) history. It travels as opaque text with a checksum under the
/// server's secret, so that one that was changed or belongs elsewhere is refused.
struct SyncPoint {
  enum class Kind : std::uint8_t { kItems = 1, kHierarchy = 2 };
  enum class Phase : std::uint8_t { kCreated, kChanged, kGone, kDone };
  Kind kind = Kind::kItems;
  bool associated_too = false;
  Guid mailbox;
  std::uint64_t folder = 0;
  std::uint64_t since = 0;  // everything up to here is known to the client
  std::uint64_t until = 0;  // snapshot of this run of pages, 0 between runs
  Phase phase = Phase::kCreated;
  std::uint64_t after = 0;  // the last one delivered in this phase, 0 = none
};

std::string format_sync_state(const SyncPoint& point, const std::string& secret);
std::optional<SyncPoint> parse_sync_state(std::string_view text, const std::string& secret);

}  // namespace mk::sim
