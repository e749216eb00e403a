#pragma once
#include "vault/vault.h"

namespace mk::vault {

/// From now on whatever a commit needs is locked for so many days from it; 0: not any more, and what is
/// locked stays so until its date.  docs/adr/0008-object-lock.md
/// Errors: kUnsupported  the store has no locks; kInvalid  more than 36,500 days
Status set_lock(Vault& vault, std::uint32_t days, FileTime now);

/// Locks what one session wants to commit.
class CommitLocks {
 public:
  explicit CommitLocks(Vault& vault) : vault_(vault) {}

  /// For how long a pack is locked that is put now and committed within a day; zero: it is not.
  FileTime for_new_pack(FileTime now) const;
  void put(const PackId& pack, FileTime until) { until_[pack] = until; }

  /// Locks the packs that a commit at `now` names, and adds to them those that it may rely on and whose lock
  /// ends too early. Nothing where the vault is not locked.
  Status lock(FileTime now, std::vector<PackId>& named);

 private:
  Status lock_one(const PackId& pack, FileTime until);
  Vault& vault_;
  std::map<PackId, FileTime> until_;  // of those that were put or locked here
};

}  // namespace mk::vault
