#pragma once
#include "vault/vault.h"

namespace mk::vault {

/// What check() found.
struct CheckReport {
  std::uint64_t records = 0, points = 0, packs = 0, chunks = 0, bytes = 0;
  std::vector<std::string> damage;  // empty: all is well
  /// Objects of a point that cannot be restored whole; only with keys. Of a lost node the node above knows
  /// the first key and how many there are.
  struct Lost {
    LogNumber point;
    std::string key;
    std::uint64_t objects = 1;
  };
  std::vector<Lost> lost;
};

/// Reads the whole vault. Without keys: log, names, checksums, entries, and that each point finds all its
/// chunks. With keys also macs, contents and ids, and which objects are lost. Damage is in the report; an
/// Error means that nothing could be checked. Nobody can tell by the log alone whether its last record is the
/// one that was written, or gone: keys show the first, `known` both. Bounds: a pack, 48 bytes a chunk, 40
/// bytes a metadata node
Result<CheckReport> check(Store& store, const VaultId& vault, const Keys* keys,
                          const std::optional<KnownHead>& known = std::nullopt);

}  // namespace mk::vault
