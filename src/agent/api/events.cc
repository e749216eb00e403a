#include <atomic>
#include <memory>

#include "agent/api/event_feed.h"
#include "agent/api/input.h"
#include "agent/api/routes.h"

namespace mk::agent {
namespace {

constexpr int kMostListeners = 500;

/// One of those that listen, as long as it lives.
class Listener {
 public:
  explicit Listener(std::shared_ptr<std::atomic<int>> all)
      : all_(std::move(all)), within_(++*all_ <= kMostListeners) {}
  ~Listener() { --*all_; }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  bool within() const { return within_; }

 private:
  std::shared_ptr<std::atomic<int>> all_;
  bool within_;
};

}  // namespace

void add_event_routes(Router& router, Agent& agent, const Gate& gate) {
  const auto all = std::make_shared<std::atomic<int>>(0);
  const std::string instance = std::to_string(agent.now().ticks);
  router.add(
      {"GET", "/api/v1/events", kReaders, "", [&, all, instance](Call& call) -> Result<net::HttpReply> {
         const auto listener = std::make_shared<Listener>(all);
         if (!listener->within())
           return Error{Code::kUnavailable, "too many listen already; ask for runs instead"};
         const auto allowed = [&gate, request = call.request] {
           const auto caller = gate.identify(request);
           return caller && *caller;
         };
         const std::string last(call.request.header("Last-Event-ID"));
         const auto feed = std::make_shared<EventFeed>(agent.events(), instance, last, allowed);
         net::HttpReply reply;
         reply.content_type = "text/event-stream";
         reply.feed = [listener, feed] { return feed->take(); };
         return reply;
       }});
}

}  // namespace mk::agent
