#pragma once
#include "agent/restore/proof_rule.h"
#include "agent/restore/restore_work.h"

namespace mk::agent {

/// The one that is set, or the default.
Result<ProofRule> proof_rule(Settings& settings);
Status set_proof_rule(Settings& settings, const ProofRule& rule);

/// The newest point of a mailbox in a destination, to be drilled.
struct Drill {
  Schedule schedule;
  std::string destination, mailbox;
};
/// Those whose last drill is longer ago than the rule says (a day when it came to nothing), or that had none;
/// none when it is not enabled.
Result<std::vector<Drill>> due_drills(AgentState& state, const Workshop& workshop);

/// Restores a random sample of a mailbox's newest point and compares it property by property with what the
/// backup holds: in the scratch mailbox, out of which it is removed again, or in memory (decoded, compared
/// with the content hash of the backup, encoded, decoded again, written as a readable file). Each drill takes
/// other items, until all had their turn. The result is kept in the state.
/// Errors: kCancelled; those of the state. A destination or a scratch mailbox that cannot be reached is a
/// result Bounds: the ids of the sample; one item at a time
Result<Proof> run_drill(const Drill& drill, const ProofRule& rule, AgentState& state,
                        const Workshop& workshop, const MailboxDoors& doors, const std::atomic<bool>& cancel);

/// True for the items whose turn it is: of `rounds` parts of a mailbox the one with this number.
bool is_in_part(const std::string& item, const std::string& seed, std::uint64_t rounds, std::uint64_t part);

}  // namespace mk::agent
