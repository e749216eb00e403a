#include "agent/run/connectivity.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "agent/check/place_checks.h"
#include "agent/check/server_checks.h"
#include "agent/run/exchange.h"
#include "agent/run/mailboxes.h"
#include "agent/run/vault_door.h"
#include "agent/run/vault_lock.h"
#include "store/open_store.h"

namespace mk::agent {
namespace {

using Kind = CheckedThing::Kind;
using State = Check::State;

bool is_ok(const std::vector<Check>& checks, std::string_view name) {
  return std::any_of(checks.begin(), checks.end(),
                     [&](const Check& c) { return c.name == name && c.state == State::kOk; });
}

/// Who is selected there; patterns have to be asked for.
Check check_mailboxes(const Schedule& of_one_connection, const Workshop& workshop, std::string& sample) {
  constexpr char kName[] = "mailboxes";
  const auto found = find_mailboxes(of_one_connection, *workshop.state, *workshop.clock);
  if (!found) return make_failed(kName, found.error(), Context::kServer);
  if (found->empty())
    return make_finding(kName, State::kFailed, message::kInvalid,
                        "no mailbox is selected: the schedule's patterns fit none that is there");
  sample = found->front().address;
  return make_ok(kName, fmt::format("{} selected, {} first", found->size(), sample));
}

Result<CheckedThing> check_connection(const Schedule& schedule, const std::string& name,
                                      const Workshop& workshop) {
  auto& state = *workshop.state;
  TRY_ASSIGN(const auto saved, state.connections().get(name));
  Schedule here = schedule;
  std::erase_if(here.sources, [&](const Source& s) { return s.connection != name; });
  ServerToCheck what;
  TRY_ASSIGN(what.ews, backup_access(saved.value, "", state.secrets(), *workshop.clock));
  for (const auto& source : here.sources)
    if (what.ews.mailbox.empty() && !source.mailboxes.empty())
      what.ews.mailbox = source.mailboxes.front().address;
  CheckedThing out{Kind::kConnection, name, check_server(what)};
  if (!is_ok(out.checks, "authentication")) {
    out.checks.push_back(make_skipped("mailboxes", "authentication failed"));
    return out;
  }
  const bool named = !what.ews.mailbox.empty();
  Check mailboxes = check_mailboxes(here, workshop, what.ews.mailbox);
  if (!named) out.checks = check_server(what);  // now of a mailbox that is selected
  out.checks.push_back(std::move(mailboxes));
  return out;
}

/// A vault that is not there yet is made by the first run.
Check check_vault_of(const Destination& d, const Encryption& encryption, const Workshop& workshop) {
  constexpr char kName[] = "vault";
  const auto failed = [&](const Error& e) {
    return make_failed(kName, Error(e).in(d.place), Context::kDestination);
  };
  const auto store = open_store(d);
  if (!store) return failed(store.error());
  const auto there = vault::read_vault_header(**store);
  if (!there && there.error().code == Code::kNotFound)
    return make_finding(kName, State::kWarning, message::kNewDestination,
                        d.place + ": there is no vault yet; the first run makes one");
  if (!there) return failed(there.error());
  if (const auto fits = check_protection(**store, encryption); !fits) return failed(fits.error());
  const auto key = find_vault_key(d, encryption, workshop.state->secrets());
  if (!key && key.error().code == Code::kNotFound)
    return make_finding(kName, State::kFailed, message::kNoKey, d.place + ": " + key.error().what);
  if (!key) return failed(key.error());
  return check_vault(kName, d.place, **store, &*key);
}

Check check_lock_of(const Destination& d, const Encryption& encryption, const Workshop& workshop) {
  constexpr char kName[] = "lock";
  const auto store = open_store(d);
  if (!store) return make_failed(kName, Error(store.error()).in(d.place), Context::kDestination);
  const auto key = find_vault_key(d, encryption, workshop.state->secrets());
  return check_lock(kName, d, **store, key ? &*key : nullptr);
}

/// The directory that it is or lies in; empty: it is S3.
std::string_view directory_of(const Destination& d) {
  return d.place.starts_with("s3://") ? std::string_view() : store::without_vault(d.place);
}

CheckedThing check_destination(const Destination& d, const Encryption& encryption, const Workshop& workshop) {
  CheckedThing out{Kind::kDestination, d.place, {}};
  if (const auto directory = directory_of(d); !directory.empty())
    out.checks.push_back(check_directory("destination", directory, Context::kDestination));
  if (d.is_directory()) return out;
  const bool unusable = worst(out.checks) == State::kFailed;
  out.checks.push_back(unusable ? make_skipped("vault", "destination failed")
                                : check_vault_of(d, encryption, workshop));
  if (d.lock_days == 0) return out;
  out.checks.push_back(worst(out.checks) == State::kFailed ? make_skipped("lock", "vault failed")
                                                           : check_lock_of(d, encryption, workshop));
  return out;
}

/// PSTs for a vault are dumped somewhere first.
bool needs_temporary(const Schedule& s) {
  const auto is_vault = [](const Destination& d) { return !d.is_directory(); };
  return s.form == Form::kPst && std::any_of(s.destinations.begin(), s.destinations.end(), is_vault);
}

}  // namespace

std::string_view kind_name(Kind kind) {
  constexpr std::string_view kNames[] = {"connection", "destination", "temporary"};
  return kNames[static_cast<std::size_t>(kind)];
}

Result<std::vector<CheckedThing>> check_connectivity(const Schedule& schedule, const Workshop& workshop) {
  std::vector<CheckedThing> out;
  std::set<std::string> seen;
  for (const auto& source : schedule.sources) {
    if (!seen.insert(source.connection).second) continue;
    TRY_ASSIGN(auto checked, check_connection(schedule, source.connection, workshop));
    out.push_back(std::move(checked));
  }
  for (const auto& d : schedule.destinations)
    out.push_back(check_destination(d, schedule.encryption, workshop));
  if (needs_temporary(schedule)) {
    const std::string place =
        schedule.temporary.empty() ? (workshop.directory / "work").string() : schedule.temporary;
    out.push_back({Kind::kTemporary, place, {check_directory("temporary", place, Context::kTemporary)}});
  }
  return out;
}

}  // namespace mk::agent
