#pragma once
#include "agent/state/agent_state.h"

namespace mk::agent {

/// A mailbox that a schedule selects now.
struct SelectedMailbox {
  std::string connection, address;
};

/// Whom a schedule selects at this moment: those that it names, and those of the connections' lists and
/// servers that its patterns fit. Each once, sorted by connection and address. Errors: kNotFound  no such
/// connection; those of the list of mailboxes and of the server
Result<std::vector<SelectedMailbox>> find_mailboxes(const Schedule& schedule, AgentState& state,
                                                    Clock& clock);

/// The folders that a schedule names in a mailbox; none: all of it.
std::vector<std::string> folders_of(const Schedule& schedule, const std::string& connection,
                                    const std::string& address);

}  // namespace mk::agent
