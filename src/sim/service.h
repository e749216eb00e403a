#pragma once
// Private to sim: HTTP on one side, operations on the other.
#include "net/http_server.h"
#include "sim/world.h"

namespace mk::sim {

/// Request bytes that a server of that version takes, as its default configuration says.
std::uint64_t request_limit(Version server);
/// The HTTP status and the page that it gives above that.
unsigned too_large_status(Version server);
std::string too_large_page(Version server);

/// Answers one request: EWS below /EWS/Exchange.asmx, the admin endpoint below /admin/.
net::HttpReply answer_request(World& world, net::HttpRequest request);
/// The admin endpoint alone; callers on other machines are refused.
net::HttpReply answer_admin(World& world, const net::HttpRequest& request);
std::string counters_json(World& world);

}  // namespace mk::sim
