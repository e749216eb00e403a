#include "vault/lock.h"

#include <fmt/format.h>

namespace mk::vault {

Status set_lock(Vault& vault, std::uint32_t days, FileTime now) {
  if (days > kMaxLockDays)
    return Error{Code::kInvalid, fmt::format("{} days: a lock has at most {}", days, kMaxLockDays)};
  if (days > 0) TRY(vault.store().lock(kVaultHeaderName, lock_end(now, days)));  // or it says that it cannot
  LogHead head;
  head.type = LogType::kLock;
  head.target.value = days;
  TRY(vault.append(head, {}, {}, now));
  return vault.renew_locks(now);
}

FileTime CommitLocks::for_new_pack(FileTime now) const {
  return lock_end(after(now, 1), vault_.state().lock_days());
}

Status CommitLocks::lock(FileTime now, std::vector<PackId>& named) {
  const std::uint32_t days = vault_.state().lock_days();
  if (days == 0) return ok;
  const FileTime until = lock_end(now, days);
  for (const PackId& pack : named) TRY(lock_one(pack, until));
  for (const auto& [pack, state] : vault_.state().packs()) {
    if (state.is != PackState::Is::kLive || state.locked_until >= after(now, days)) continue;
    const Status locked = lock_one(pack, until);
    if (!locked && locked.error().code == Code::kNotFound) continue;  // lost: its chunks were put anew
    TRY(locked);
    named.push_back(pack);
  }
  return ok;
}

Status CommitLocks::lock_one(const PackId& pack, FileTime until) {
  FileTime& known = until_[pack];
  if (known >= until) return ok;
  TRY(vault_.store().lock(pack_name(pack), until));
  known = until;
  return ok;
}

}  // namespace mk::vault
