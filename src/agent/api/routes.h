#pragma once
#include "agent/api/gate.h"
#include "agent/api/router.h"
#include "agent/run/agent.h"

namespace mk::agent {

// One for each resource. What they take and give is said in docs/api.json only.

void add_session_routes(Router& router, Agent& agent, Gate& gate, bool https);
void add_connection_routes(Router& router, Agent& agent);
void add_schedule_routes(Router& router, Agent& agent);
void add_run_routes(Router& router, Agent& agent);
void add_point_routes(Router& router, Agent& agent);
void add_search_routes(Router& router, Agent& agent);
void add_restore_routes(Router& router, Agent& agent);
void add_proof_routes(Router& router, Agent& agent);
void add_secret_routes(Router& router, Agent& agent);
void add_user_routes(Router& router, Agent& agent);
void add_token_routes(Router& router, Agent& agent);
void add_audit_routes(Router& router, Agent& agent);
void add_message_routes(Router& router);
void add_key_routes(Router& router, Agent& agent);
void add_setting_routes(Router& router, Agent& agent);
void add_retention_routes(Router& router, Agent& agent);
void add_event_routes(Router& router, Agent& agent, const Gate& gate);
void add_service_routes(Router& router, Agent& agent);

}  // namespace mk::agent
