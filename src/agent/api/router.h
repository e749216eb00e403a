#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/state/users.h"
#include "net/http_server.h"

namespace mk::agent {

/// Who calls.
struct Caller {
  std::string name;  // of the user, or `token NAME`
  Role role = Role::kAuditor;
};

/// One request on its way to what answers it.
struct Call {
  const net::HttpRequest& request;
  Caller caller;
  std::map<std::string, std::string> path;   // what stands for {name}, decoded
  std::map<std::string, std::string> query;  // decoded; of equal names the last
};

/// What a route is for: who may call it, and whether the audit log says so.
struct Route {
  enum class Audit { kNo, kAlways };  // changes and reads of mail content: always
  std::string method;
  std::string pattern;      // /api/v1/schedules/{name}
  std::vector<Role> roles;  // empty: everybody, also without logging in
  Audit audit = Audit::kNo;
  std::function<Result<net::HttpReply>(Call&)> answer;
};

/// Finds the route of a request.
class Router {
 public:
  void add(Route route) { routes_.push_back(std::move(route)); }
  struct Found {
    const Route* route;
    std::map<std::string, std::string> path;
  };
  /// Errors: kNotFound  no such path; kUnsupported  another method: names those there are; kInvalid  the path
  /// is not UTF-8 or has a wrong escape
  Result<Found> find(const std::string& method, std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

/// `%41` and, in a query, `+`.  Errors: kInvalid  a wrong escape, not UTF-8, a NUL
Result<std::string> url_decode(std::string_view text, bool plus_is_space);
Result<std::map<std::string, std::string>> parse_query(std::string_view query);

net::HttpReply json_reply(unsigned status, std::string json);
/// {"error": {"code": "not-found", "message": "..."}} with the status that fits.
net::HttpReply error_reply(const Error& error);

}  // namespace mk::agent
