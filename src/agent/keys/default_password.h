#pragma once
#include "agent/run/vault_door.h"
#include "agent/state/agent_state.h"

namespace mk::agent {

/// Sets the default password of all schedules that use it. Their vaults get a key slot for the new one before
/// the old one goes; the mail in them is not touched. Interrupted at any time, both work, and doing it again
/// finishes it. Errors: kInvalid  shorter than 8 bytes; those of a vault that cannot be opened: nothing is
/// lost, the old one stays
Status set_default_password(AgentState& state, const SecretString& password, FileTime now);

}  // namespace mk::agent
