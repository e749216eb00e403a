#include "check_table.h"

#include <algorithm>

#include "agent_client.h"

namespace mk::app {

bool none_failed(const json::array& checks) {
  return std::none_of(checks.begin(), checks.end(),
                      [](const json::value& c) { return text_at(c, "state") == "failed"; });
}

bool print_checks(const json::array& checks) {
  std::vector<std::vector<std::string>> rows{{"check", "state", "found", "remedy"}};
  for (const auto& c : checks)
    rows.push_back({text_at(c, "name"), text_at(c, "state"), text_at(c, "text"), text_at(c, "fix")});
  print_table(rows);
  return none_failed(checks);
}

}  // namespace mk::app
