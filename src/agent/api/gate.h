#pragma once
#include "agent/api/router.h"
#include "agent/api/throttle.h"
#include "agent/run/agent.h"

namespace mk::agent {

inline constexpr char kSessionCookie[] = "mk_session";

/// Lets callers in: knows who they are by API token or login session, and whether they may.
///
/// A session is a browser's, where other pages may send requests, too: what is not a GET needs the session's
/// token in X-CSRF-Token, and comes from our own pages. Failures make an address wait; a token that is valid
/// is let in all the same, since nobody guesses one. Threads: any
class Gate {
 public:
  explicit Gate(Agent& agent) : agent_(agent) {}

  /// What is answered instead, when somebody is not let in.
  struct Refusal {
    unsigned status = 401;
    std::string why;
    std::chrono::seconds wait{0};  // of 429
  };
  struct Admission {
    Caller caller;  // also of one who is known and may not
    std::optional<Refusal> refusal;
  };
  /// Errors: those of the state
  Result<Admission> admit(const net::HttpRequest& request, const Route& route);

  /// Who calls, by token or cookie; nobody: neither was given.
  /// Errors: kDenied  it is not valid (any more); those of the state
  Result<std::optional<Caller>> identify(const net::HttpRequest& request) const;

  /// Checks a name and a password, a few at a time.
  /// Errors: kDenied  wrong; kUnavailable  too many try at this moment, or this user or address has to wait
  Result<User> check_password(const net::HttpRequest& request, const std::string& user,
                              const SecretString& password);

 private:
  Refusal refuse_stranger(const net::HttpRequest& request, const Route& route, Refusal why);
  Throttle::Time now() const { return agent_.clock().steady(); }

  Agent& agent_;
  Throttle addresses_{{}};
  Throttle users_{{.free = 5, .longest = std::chrono::seconds(60), .max_keys = 10'000}};
  std::mutex password_;  // one at a time: each takes 64 MiB and a good part of a second
};

/// Of the session in the header Cookie; empty: none.
SecretString session_cookie(const net::HttpRequest& request);
/// A program on this machine asks for itself: not for a page that took an address of ours for its name, nor
/// for somebody behind a proxy.
bool is_local(const net::HttpRequest& request);
/// A page that is not ours sent this: Origin names another host.
bool is_foreign(const net::HttpRequest& request);

}  // namespace mk::agent
