#pragma once
#include "agent/api/gate.h"
#include "agent/api/router.h"

namespace mk::agent {

/// Answers requests: finds the route, lets the caller in or not, answers, and says in the audit log what was
/// done, by whom, and what came of it. What the log cannot take is not given out.
/// Threads: any
class Api {
 public:
  /// `https`: cookies are for encrypted connections only, and browsers are told to keep to them.
  Api(Agent& agent, bool https);
  net::HttpReply answer(const net::HttpRequest& request);
  const Router& router() const { return router_; }

 private:
  net::HttpReply serve(const net::HttpRequest& request);
  net::HttpReply serve(Call& call, const Route& route);
  Status note(const Call& call, const Route& route, const std::string& outcome);

  Agent& agent_;
  const bool https_;
  Gate gate_;
  Router router_;
};

}  // namespace mk::agent
