#include "agent/check/check.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace mk::agent {

using State = Check::State;

std::string_view state_name(State state) {
  constexpr std::string_view kNames[] = {"ok", "warning", "failed", "skipped"};
  return kNames[static_cast<std::size_t>(state)];
}

Check make_ok(std::string name, std::string text) {
  return {std::move(name), State::kOk, {}, std::move(text), {}, {}};
}

Check make_skipped(std::string name, std::string why) {
  return {std::move(name), State::kSkipped, {}, std::move(why), {}, {}};
}

Check make_finding(std::string name, State state, std::string_view code, std::string text) {
  const Message* m = find_message(code);
  MK_CHECK(m != nullptr);
  return {std::move(name),         state, std::string(code), std::move(text), std::string(m->cause),
          std::string(m->solution)};
}

Check make_failed(std::string name, const Error& error, Context context) {
  return make_finding(std::move(name), State::kFailed, message_code(error, context), printable(error.what));
}

State worst(std::span<const Check> checks) {
  const auto any = [&](State state) {
    return std::any_of(checks.begin(), checks.end(), [&](const Check& c) { return c.state == state; });
  };
  return any(State::kFailed) ? State::kFailed : any(State::kWarning) ? State::kWarning : State::kOk;
}

std::string format_json(std::span<const Check> checks) {
  std::string out = "[";
  for (const Check& c : checks) {
    out += fmt::format(R"({}{{"name":{},"state":"{}","text":{})", out.size() == 1 ? "\n" : ",\n",
                       json_quote(c.name), state_name(c.state), json_quote(c.text));
    if (!c.code.empty())
      out += fmt::format(R"(,"code":{},"cause":{},"fix":{})", json_quote(c.code), json_quote(c.cause),
                         json_quote(c.fix));
    out += "}";
  }
  return out + "\n]\n";
}

std::string format_text(std::span<const Check> checks) {
  std::string out;
  for (const Check& c : checks) {
    out += fmt::format("{:8} {:16} {}\n", state_name(c.state), c.name, printable(c.text));
    if (!c.code.empty())
      out += fmt::format("{0:26}{1}: {2}\n{0:26}{3}\n{0:26}{4}\n", "", c.code, find_message(c.code)->title,
                         c.cause, c.fix);
  }
  return out;
}

}  // namespace mk::agent
