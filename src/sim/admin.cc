#include <boost/json.hpp>

#include "sim/service.h"

namespace mk::sim {
namespace {

net::HttpReply json_reply(unsigned status, std::string body) {
  net::HttpReply reply;
  reply.status = status;
  reply.content_type = "application/json";
  reply.body = std::move(body);
  return reply;
}

net::HttpReply error_reply(unsigned status, std::string_view why) {
  return json_reply(status, boost::json::serialize(boost::json::object{
                                {"error", boost::json::string_view(why.data(), why.size())}}));
}

net::HttpReply set_faults(World& world, const std::string& script) {
  auto parsed = Faults::parse(script);
  if (!parsed) return error_reply(400, parsed.error().what);
  const std::lock_guard lock(world.mutex);
  world.faults = *std::move(parsed);
  return json_reply(200, world.faults.json());
}

}  // namespace

std::string counters_json(World& world) {
  const std::lock_guard lock(world.mutex);
  boost::json::object operations;
  for (const auto& [name, c] : world.counts)
    operations[name] = {{"requests", c.requests},       {"request_bytes", c.request_bytes},
                        {"reply_bytes", c.reply_bytes}, {"items", c.items},
                        {"errors", c.errors},           {"faults", c.faults}};
  return boost::json::serialize(boost::json::object{{"operations", std::move(operations)}});
}

net::HttpReply answer_admin(World& world, const net::HttpRequest& request) {
  if (!request.from_loopback) return error_reply(403, "the admin endpoint answers on this machine only");
  if (request.path == "/admin/faults" && request.method == "POST") return set_faults(world, request.body);
  if (request.path == "/admin/faults" && request.method == "DELETE")
    return set_faults(world, R"({"faults": []})");
  if (request.path == "/admin/counters" && request.method == "DELETE") {
    const std::lock_guard lock(world.mutex);
    world.counts.clear();
    return json_reply(200, "{}");
  }
  if (request.method != "GET") return error_reply(405, "GET, POST or DELETE");
  if (request.path == "/admin/counters") return json_reply(200, counters_json(world));
  if (request.path == "/admin/faults") {
    const std::lock_guard lock(world.mutex);
    return json_reply(200, world.faults.json());
  }
  return error_reply(404, "there are /admin/faults and /admin/counters");
}

}  // namespace mk::sim
