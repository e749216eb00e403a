#include "agent_search.h"

#include <fmt/format.h>

#include <map>

#include "base/text.h"

namespace mk::app {
namespace {

void print_found(const json::value& found) {
  std::map<std::string, std::string> addresses;
  for (const auto& p : list_at(found, "points"))
    addresses[text_at(p, "number")] = text_at(found, "schedule") + "@" + text_at(p, "started");
  std::vector<std::vector<std::string>> rows{
      {"received", "bytes", "mailbox", "folder", "sender", "subject", "point", "id"}};
  for (const auto& v : list_at(found, "versions"))
    rows.push_back({text_at(v, "received"), text_at(v, "bytes"), text_at(v, "mailbox"), text_at(v, "folder"),
                    text_at(v, "sender"), text_at(v, "subject"), addresses[text_at(v, "first")],
                    text_at(v, "id")});
  fmt::print("{}\n", printable(text_at(found, "destination")));
  print_table(rows);
  if (const auto next = text_at(found, "next"); !next.empty())
    fmt::print(stderr, "... more of {}: --after {}\n", printable(text_at(found, "destination")), next);
}

}  // namespace

Result<ExitCode> search_at_agent(const AgentOptions& o, const std::string& query) {
  TRY_ASSIGN(auto agent, AgentClient::open(o));
  TRY_ASSIGN(const auto answer, agent.get(api_path("search") + query));
  if (o.json) print_json(answer);
  for (const auto& found : list_at(answer, "found"))
    if (!o.json) print_found(found);
  for (const auto& place : list_at(answer, "not_indexed"))
    fmt::print(stderr, "not searched, directories have no catalog: {}\n", printable(text_of(place)));
  for (const auto& place : list_at(answer, "unread"))
    fmt::print(stderr, "warning: cannot be read: {}\n", printable(text_of(place)));
  return list_at(answer, "unread").empty() ? ExitCode::kOk : ExitCode::kFailed;
}

}  // namespace mk::app
