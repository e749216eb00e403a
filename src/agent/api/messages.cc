#include "agent/check/messages.h"
#include "agent/api/input.h"
#include "agent/api/routes.h"

namespace mk::agent {

void add_message_routes(Router& router) {
  router.add({"GET", "/api/v1/messages", kAllRoles, "", [](Call&) -> Result<net::HttpReply> {
                return json_reply(200, R"({"messages":)" + messages_json() + "}");
              }});
  router.add({"GET", "/api/v1/messages/{code}", kAllRoles, "", [](Call& call) -> Result<net::HttpReply> {
                const Message* const m = find_message(call.path.at("code"));
                if (m == nullptr)
                  return Error{Code::kNotFound, call.path.at("code") + ": there is no such message"};
                return reply_of(json::object{
                    {"code", m->code}, {"title", m->title}, {"cause", m->cause}, {"solution", m->solution}});
              }});
}

}  // namespace mk::agent
