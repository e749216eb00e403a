#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/check/messages.h"

namespace mk::agent {

/// One thing that was looked at.
struct Check {
  enum class State { kOk, kWarning, kFailed, kSkipped };
  std::string name;  // name_resolution, tcp ...; the same for ever
  State state = State::kOk;
  std::string code;        // of the catalogue; of kWarning and kFailed only
  std::string text;        // what was found, of kSkipped why it was not looked at
  std::string cause, fix;  // of `code`
};
std::string_view state_name(Check::State state);  // ok, warning, failed, skipped

Check make_ok(std::string name, std::string text);
Check make_skipped(std::string name, std::string why);
/// kWarning or kFailed, with cause and fix of the catalogue.
Check make_finding(std::string name, Check::State state, std::string_view code, std::string text);
Check make_failed(std::string name, const Error& error, Context context);

/// The worst there is: kFailed, kWarning, else kOk.
Check::State worst(std::span<const Check> checks);

/// [{"name": ..., "state": ..., "text": ..., "code": ..., "cause": ..., "fix": ...}, ...]
std::string format_json(std::span<const Check> checks);
/// A line for each check, and below those that are not well cause and remedy.
std::string format_text(std::span<const Check> checks);

}  // namespace mk::agent
