#include "run_outcome.h"

#include "agent_client.h"

namespace mk::app {

ExitCode outcome_of(const json::value& run) {
  const std::string state = text_at(run, "state");
  if (text_at(run, "over") != "true" || state == "complete" || state == "nothing-new") return ExitCode::kOk;
  if (state == "complete-with-skipped") return ExitCode::kSkipped;
  if (state == "incomplete") return ExitCode::kUnbalanced;
  return state == "cancelled" ? ExitCode::kCancelled : ExitCode::kFailed;
}

}  // namespace mk::app
