#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/state/tokens.h"
#include "net/http_server.h"

namespace mk::agent {

/// Who calls.
struct Caller {
  std::string name;  // of the user, or `token NAME`; empty: nobody who is known
  Role role = Role::kAuditor;
  std::optional<Login> login;  // of a user; a token has none
};

/// One request on its way to what answers it.
struct Call {
  const net::HttpRequest& request;
  Caller caller;
  std::map<std::string, std::string> path;   // what stands for {name}, decoded
  std::map<std::string, std::string> query;  // decoded; of equal names the last
  /// For the audit log, where the path does not say it: what is changed, and what is worth knowing of it.
  std::string object, detail;
};

/// What a route is for, and who may call it.
struct Route {
  std::string method;
  std::string pattern;      // /api/v1/schedules/{name}
  std::vector<Role> roles;  // empty: everybody, also without logging in
  /// What the audit log calls it, `schedule.change`; empty: it does not say it. All changes and all reads of
  /// mail content have one.
  std::string action;
  std::function<Result<net::HttpReply>(Call&)> answer;
  bool open_on_loopback = false;  // programs on this machine need not log in, when no proxy stands between
};

// The usual lists of roles.
inline const std::vector<Role> kEverybody;
inline const std::vector<Role> kAdmins = {Role::kAdmin};
inline const std::vector<Role> kOperators = {Role::kAdmin, Role::kOperator};
inline const std::vector<Role> kAuditors = {Role::kAdmin, Role::kAuditor};
inline const std::vector<Role> kReaders = {Role::kAdmin, Role::kOperator, Role::kAuditor};
inline const std::vector<Role> kRestorers = {Role::kAdmin, Role::kOperator, Role::kRestoreOnly};
inline const std::vector<Role> kAllRoles = {Role::kAdmin, Role::kOperator, Role::kRestoreOnly,
                                            Role::kAuditor};

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
  /// The methods that a path takes; none: there is no such path.
  std::set<std::string> methods(std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

/// `%41` and, in a query, `+`.  Errors: kInvalid  a wrong escape, not UTF-8, a NUL
Result<std::string> url_decode(std::string_view text, bool plus_is_space);
Result<std::map<std::string, std::string>> parse_query(std::string_view query);

net::HttpReply json_reply(unsigned status, std::string json);
/// {"error": {"code": "not found", "message": "..."}} with the status that fits.
net::HttpReply error_reply(const Error& error);

}  // namespace mk::agent
