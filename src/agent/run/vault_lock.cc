#include "agent/run/vault_lock.h"

#include <fmt/format.h>

#include "vault/lock.h"

namespace mk::agent {
namespace {

using State = Check::State;

/// The vault is locked for other days than the destination's.
Error another_lock(const Destination& d, std::uint32_t days) {
  return {
      Code::kDenied,
      fmt::format("the vault locks new points for {} days, and the schedule says {}; who has its recovery "
                  "key changes the vault: `mailkeep vault lock {} --days {} --recovery-file FILE`",
                  days, d.lock_days, d.place, d.lock_days)};
}

bool is_being_made(const vault::KnownHead& head) { return head.number.value == 0; }

Check check_days(const std::string& name, const Destination& d, const vault::LogChain& log) {
  const std::uint32_t days = log.state().lock_days();
  if (days == d.lock_days)
    return make_ok(name, fmt::format("{}: new points are locked for {} days", d.place, days));
  if (is_being_made(log.head()))
    return make_ok(name, fmt::format("{}: the first run locks the vault for {} days", d.place, d.lock_days));
  return make_finding(name, days < d.lock_days ? State::kFailed : State::kWarning, message::kAnotherLock,
                      d.place + ": " + another_lock(d, days).what);
}

}  // namespace

Status see_to_lock(const Destination& d, vault::Vault& vault, FileTime now) {
  if (vault.state().lock_days() >= d.lock_days) return ok;
  const auto see = [&]() -> Status {
    TRY(vault.refresh());  // another run may have locked it meanwhile
    const std::uint32_t days = vault.state().lock_days();
    if (days >= d.lock_days) return ok;
    return is_being_made(vault.log().head()) ? vault::set_lock(vault, d.lock_days, now)
                                             : Status(another_lock(d, days));
  };
  Status seen = see();
  if (!seen) return std::move(seen).error().in(d.place);
  return ok;
}

Check check_lock(const std::string& name, const Destination& d, vault::Store& store,
                 const vault::Unlock* key) {
  const auto failed = [&](const Error& e) {
    return make_failed(name, Error(e).in(d.place), Context::kDestination);
  };
  const auto can = store.can_lock();
  if (!can) return failed(can.error());
  if (!*can)
    return make_finding(name, State::kWarning, message::kNoLocks,
                        d.place + ": the access key may not ask whether the bucket has object lock");
  const auto id = vault::read_vault_header(store);
  if (!id && id.error().code == Code::kNotFound)
    return make_ok(name, fmt::format("{}: the first run makes a vault that is locked for {} days", d.place,
                                     d.lock_days));
  if (!id) return failed(id.error());
  if (key == nullptr) return make_skipped(name, "there is no key that opens the vault");
  const auto opened = vault::unlock(store, *id, *key);
  if (!opened) return failed(opened.error());
  const vault::Keys keys = vault::derive_keys(*id, opened->master);
  vault::LogChain log(store, *id, &keys);
  if (const auto read = log.read(); !read) return failed(read.error());
  return check_days(name, d, log);
}

}  // namespace mk::agent
