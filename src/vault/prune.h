#pragma once
#include "vault/vault.h"

namespace mk::vault {

/// Deleting what no restore point needs.  docs/formats/vault.md, "Sessions and prune"

struct PruneOptions {
  /// How long a pack stays condemned, and how long nothing may be heard of a session before it is ended.
  std::chrono::seconds grace = std::chrono::hours(24);
  /// At most so many bytes are copied out of packs that are mostly dead.
  std::uint64_t max_copied_bytes = std::uint64_t{1} << 30;
  /// Go on although less than half of the bytes are needed any more.
  bool allow_shrink = false;
  /// At most so many packs are condemned in one run, and so many dropped: a log record has to name them.
  std::size_t max_packs = 1'000'000;
};

/// What prune() did, or would do.
struct PruneReport {
  struct Sum {
    std::uint64_t packs = 0, bytes = 0;
    void add(std::uint64_t n) { ++packs, bytes += n; }
  };
  std::uint64_t points = 0, chunks = 0;  // needed
  std::uint64_t needed_bytes = 0;
  Sum live;                    // packs that count, before
  Sum repacked;                // mostly dead ones, with the bytes that were copied out of them
  Sum condemned;               // live ones without a needed chunk, and those that killed sessions left
  Sum dropped;                 // condemned before, now deleted
  Sum waiting;                 // condemned, and not yet to be deleted
  Sum locked;                  // deleted for the vault, and kept by the store until the end of their lock
  FileTime locked_until;       // the last of these ends
  std::uint64_t sessions = 0;  // open
  std::uint64_t ended = 0;     // of these, given up
};

/// Errors: kCorrupt  the vault is damaged: a point needs what is not there; nothing was deleted
///         kInvalid  less than half of the bytes is needed and `allow_shrink` is off
///         kConflict  others wrote all the time
/// Bounds: the vault's index, a bit for each chunk, two packs. Nodes are read, and in a locked vault once
/// each pack that is to be condemned
Result<PruneReport> prune(Vault& vault, const PruneOptions& options, FileTime now);

/// What prune() would do, as far as it can be known without a key: that nodes and entries of packs are what
/// somebody with keys wrote is not checked, nor that packs which are to go hold what they say.
Result<PruneReport> plan_prune(Store& store, const VaultId& vault, const PruneOptions& options, FileTime now);

}  // namespace mk::vault
