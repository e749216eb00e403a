#pragma once
#include <string>

#include "base/result.h"

namespace mk::agent {

/// How restore proofs are made, for all schedules.  As JSON: docs/api.json, ProofRule
struct ProofRule {
  bool enabled = false;
  unsigned every_days = 7;  // 1 to 365
  unsigned percent =
      5;  // of a mailbox's items in one drill, 1 to 100: after 100 / percent drills all had a turn
  unsigned max_items = 1000;        // in one drill, 1 to 100,000; then it takes more drills
  std::string connection, mailbox;  // the scratch mailbox, of nobody; empty: drills are made in memory
  bool operator==(const ProofRule&) const = default;
};
std::string format_json(const ProofRule& rule);
/// Errors: kInvalid
Result<ProofRule> parse_proof_rule(std::string_view json);
Status check(const ProofRule& rule);

}  // namespace mk::agent
