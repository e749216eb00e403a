#include "agent/run/mailboxes.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/run/exchange.h"
#include "base/log.h"
#include "base/safe_name.h"
#include "source/address_list.h"
#include "source/mailbox_directory.h"

namespace mk::agent {
namespace {

/// Everybody whom the connection's file lists, or whom its server names when it has no file.
Result<std::vector<source::Person>> people_of(const Connection& connection, Secrets& secrets, Clock& clock) {
  if (!connection.mailboxes_file.empty()) {
    TRY_ASSIGN(auto list, source::read_address_list(connection.mailboxes_file));
    for (const auto& fault : list.faults)
      log_warning(fmt::format("{}, line {}: {}", connection.mailboxes_file, fault.line, fault.why));
    return std::move(list.people);
  }
  TRY_ASSIGN(const auto access, backup_access(connection, "", secrets, clock));
  TRY_ASSIGN(auto listing, source::list_directory(access, ""));
  for (const auto& prefix : listing.incomplete)
    log_warning(
        fmt::format("connection {}: the server does not name everybody that begins with '{}'; list them in a "
                    "file",
                    connection.name, prefix));
  return std::move(listing.people);
}

Result<std::vector<source::Person>> chosen_of(const Source& source, AgentState& state, Clock& clock) {
  source::MailboxChoice choice;
  for (const auto& m : source.mailboxes) choice.mailboxes.push_back(m.address);
  choice.include = source.include;
  choice.exclude = source.exclude;
  std::vector<source::Person> people;
  if (!source.include.empty()) {
    TRY_ASSIGN(const auto connection, state.connections().get(source.connection));
    TRY_ASSIGN(people, people_of(connection.value, state.secrets(), clock));
  }
  return source::choose_mailboxes(people, choice);
}

}  // namespace

Result<std::vector<SelectedMailbox>> find_mailboxes(const Schedule& schedule, AgentState& state,
                                                    Clock& clock) {
  std::vector<SelectedMailbox> out;
  for (const auto& source : schedule.sources) {
    auto chosen = chosen_of(source, state, clock);
    if (!chosen) return std::move(chosen).error().in("connection " + source.connection);
    for (const auto& person : *chosen) out.push_back({source.connection, person.address});
  }
  const auto key = [](const SelectedMailbox& m) { return std::pair(m.connection, lower_ascii(m.address)); };
  std::sort(out.begin(), out.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  out.erase(
      std::unique(out.begin(), out.end(), [&](const auto& a, const auto& b) { return key(a) == key(b); }),
      out.end());
  return out;
}

std::vector<std::string> folders_of(const Schedule& schedule, const std::string& connection,
                                    const std::string& address) {
  for (const auto& source : schedule.sources)
    for (const auto& m : source.mailboxes)
      if (source.connection == connection && lower_ascii(m.address) == lower_ascii(address)) return m.folders;
  return {};
}

}  // namespace mk::agent
