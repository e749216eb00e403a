#pragma once
#include <cstdint>
#include <filesystem>

#include "agent/check/check.h"
#include "vault/key_ring.h"

namespace mk::agent {

/// Less free space than this is a warning wherever no need is known.
inline constexpr std::uint64_t kLittleRoomBytes = std::uint64_t{1} << 30;

/// Can a directory be written to, and how much room is there? One that does not exist must be one that can be
/// made. What is written for that has no name and is gone at once.
///
/// `context`: kDestination or kTemporary; `needed_bytes`: what the next run is likely to write, 0: not known
Check check_directory(const std::string& name, const std::filesystem::path& directory, Context context,
                      std::uint64_t needed_bytes = 0);

/// Does a store answer, does it hold a vault, and does the key open it? Nothing is written: whether one may
/// write is found out for directories by check_directory(), at S3 by the first run only.
///
/// `key`: nullptr: whether it opens is not looked at
Check check_vault(const std::string& name, const std::string& place, vault::Store& store,
                  const vault::Unlock* key);

}  // namespace mk::agent
