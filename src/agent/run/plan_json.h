#pragma once
#include "agent/plan/planner.h"

namespace mk::agent {

/// What is remembered of a schedule, as the state keeps it.
std::string format_json(const PlanState& state);
/// Errors: kCorrupt
Result<PlanState> parse_plan(std::string_view json);

}  // namespace mk::agent
