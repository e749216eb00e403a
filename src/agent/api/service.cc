#include <memory>

#include "agent/api/api_document.h"
#include "agent/api/input.h"
#include "agent/api/metrics_text.h"
#include "agent/api/routes.h"

namespace mk::agent {
namespace {

net::HttpReply page(std::string html) {
  net::HttpReply reply;
  reply.content_type = "text/html; charset=utf-8";
  reply.headers.emplace_back("Content-Security-Policy", api_page_policy());
  reply.body = std::move(html);
  return reply;
}

/// Whoever asks learns that the service answers and can read its state, and nothing else.
Result<net::HttpReply> health(Agent& agent) {
  TRY(agent.state().audit().head());
  return reply_of(json::object{{"status", "ok"}});
}

}  // namespace

void add_service_routes(Router& router, Agent& agent) {
  router.add({"GET", "/healthz", kEverybody, "", [&](Call&) { return health(agent); }});
  const auto text = std::make_shared<MetricsText>(agent);
  Route metrics{"GET", "/metrics", kReaders, "", [text](Call&) -> Result<net::HttpReply> {
                  net::HttpReply reply;
                  reply.content_type = kMetricsType;
                  TRY_ASSIGN(reply.body, text->get());
                  return reply;
                }};
  metrics.open_on_loopback = true;
  router.add(std::move(metrics));
  router.add({"GET", "/api/openapi.json", kEverybody, "",
              [](Call&) -> Result<net::HttpReply> { return json_reply(200, std::string(api_document())); }});
  router.add({"GET", "/api/docs", kEverybody, "",
              [](Call&) -> Result<net::HttpReply> { return page(api_page(api_document())); }});
}

}  // namespace mk::agent
