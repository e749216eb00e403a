#pragma once
#include "sql/migrate.h"

namespace mk::agent {

/// What agent.db says of itself.
const sql::Identity& state_identity();
/// Its tables.  docs/formats/agent-state.md
const sql::Schema& state_schema();

}  // namespace mk::agent
