#include "agent/restore/proof.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/restore/proof_sample.h"
#include "base/safe_name.h"
#include "job/backup_directory.h"

namespace mk::agent {
namespace {

constexpr char kKey[] = "restore-proof";
constexpr std::uint64_t kTicksPerDay = std::uint64_t{24} * 60 * 60 * 10'000'000;

/// Of a mailbox with so many items.
std::uint64_t rounds_of(const ProofRule& rule, std::uint64_t items) {
  const std::uint64_t by_share = (100 + rule.percent - 1) / rule.percent;
  return std::max({by_share, (items + rule.max_items - 1) / rule.max_items, std::uint64_t{1}});
}

std::uint64_t held_in(const job::Manifest& m) {
  std::uint64_t n = 0;
  for (const auto& f : m.folders) n += f.held.items + f.held.associated;
  return n;
}

Status drill_in_scratch(ProofSample& sample, const ProofRule& rule, AgentState& state,
                        const Workshop& workshop, const MailboxDoors& doors,
                        const std::atomic<bool>& cancel) {
  TRY_ASSIGN(const auto connection, state.connections().get(rule.connection));
  TRY_ASSIGN(const auto target, doors.target(connection.value, rule.mailbox, cancel));
  TRY_ASSIGN(const auto removable, doors.removable(connection.value, rule.mailbox));
  const auto journals =
      workshop.directory / "restores" / "proofs" / job::mailbox_directory_name(lower_ascii(rule.mailbox));
  return sample.compare_in_mailbox(*target, *removable, journals, *workshop.clock);
}

/// Fills in what came of it.
Status drill(Proof& proof, const Drill& d, const ProofRule& rule, AgentState& state, const Workshop& workshop,
             const MailboxDoors& doors, const std::atomic<bool>& cancel) {
  const bool scratch = !rule.mailbox.empty();
  proof.way = scratch ? "scratch mailbox" : "memory";
  OpenVaults fresh(*workshop.clock);  // what is proven is in the store, not in memory
  Workshop own = workshop;
  own.vaults = &fresh;
  const auto open = open_state(d.schedule, d.destination, d.mailbox, {}, own);
  if (!open) {
    proof.error = open.error().what;
    return ok;
  }
  proof.point = open->manifest().name;
  proof.of = held_in(open->manifest());
  const std::uint64_t rounds = rounds_of(rule, proof.of), part = proof.round % rounds;
  ProofSample sample(*open->state, cancel);
  TRY(sample.choose([&](const std::string& item) { return is_in_part(item, d.mailbox, rounds, part); }));
  TRY(scratch ? drill_in_scratch(sample, rule, state, workshop, doors, cancel) : sample.compare_in_memory());
  proof.sampled = sample.size();
  proof.same = sample.same(), proof.differ = sample.differ(), proof.unreadable = sample.unreadable();
  proof.error = sample.first_fault();
  ++proof.round;
  if (proof.same == proof.sampled) proof.proven = proof.tried;
  return ok;
}

}  // namespace

Status check(const ProofRule& r) {
  const auto invalid = [](const char* what) { return Error{Code::kInvalid, what}; };
  if (r.every_days < 1 || r.every_days > 365) return invalid("every_days: 1 to 365");
  if (r.percent < 1 || r.percent > 100) return invalid("percent: 1 to 100");
  if (r.max_items < 1 || r.max_items > 100'000) return invalid("max_items: 1 to 100000");
  if (r.connection.empty() != r.mailbox.empty())
    return invalid("connection, mailbox: a scratch mailbox needs both, a drill in memory none");
  return ok;
}

Result<ProofRule> proof_rule(Settings& settings) {
  const auto set = settings.get(kKey);
  if (!set && set.error().code == Code::kNotFound) return ProofRule{};
  if (!set) return set.error();
  return parse_proof_rule(set->value);
}

Status set_proof_rule(Settings& settings, const ProofRule& rule) {
  TRY(check(rule));
  const auto before = settings.get(kKey);
  if (!before && before.error().code != Code::kNotFound) return before.error();
  TRY(settings.set(kKey, before ? before->version : 0, format_json(rule)));
  return ok;
}

namespace {

/// One that came to nothing, as of a server that was away, is made again soon.
std::uint64_t days_until_next(const Proof& last, const ProofRule& rule) {
  return last.sampled == 0 && !last.error.empty() ? 1 : rule.every_days;
}

}  // namespace

Result<std::vector<Drill>> due_drills(AgentState& state, const Workshop& workshop) {
  std::vector<Drill> due;
  TRY_ASSIGN(const auto rule, proof_rule(state.settings()));
  if (!rule.enabled) return due;
  const auto now = to_file_time(workshop.clock->now());
  TRY_ASSIGN(const auto schedules, state.schedules().list());
  for (const auto& saved : schedules) {
    TRY_ASSIGN(const auto list, list_points(saved.schedule, "", workshop));
    std::set<std::pair<std::string, std::string>> places;
    for (const auto& point : list.points) places.emplace(point.destination, point.mailbox);
    for (const auto& [destination, mailbox] : places) {
      TRY_ASSIGN(const auto proof, state.proofs().find(saved.schedule.name, mailbox, destination));
      if (!proof || proof->tried.ticks + days_until_next(*proof, rule) * kTicksPerDay <= now.ticks)
        due.push_back({saved.schedule, destination, mailbox});
    }
  }
  return due;
}

Result<Proof> run_drill(const Drill& d, const ProofRule& rule, AgentState& state, const Workshop& workshop,
                        const MailboxDoors& doors, const std::atomic<bool>& cancel) {
  TRY_ASSIGN(auto before, state.proofs().find(d.schedule.name, d.mailbox, d.destination));
  Proof proof{d.schedule.name, d.mailbox, d.destination, {}, {}, {}, 0, 0, 0, 0, 0, 0, {}, {}};
  proof.tried = to_file_time(workshop.clock->now());
  if (before) proof.proven = before->proven, proof.round = before->round;
  if (const auto made = drill(proof, d, rule, state, workshop, doors, cancel); !made) {
    if (made.error().code == Code::kCancelled) return made.error();
    proof.error = made.error().what;
  }
  TRY(state.proofs().put(proof));
  return proof;
}

}  // namespace mk::agent
