#pragma once
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/io.h"
#include "base/result.h"
#include "exit.h"
#include "net/http_client.h"

namespace mk::app {

namespace json = boost::json;

/// What every command that talks to the agent takes on its command line.
struct AgentOptions {
  std::string url;         // empty: MAILKEEP_AGENT, else the agent on this machine
  std::string token_file;  // empty: MAILKEEP_TOKEN_FILE, else what the agent wrote for the local admin
  std::string ca_file;
  bool json = false;
};
/// Adds --agent --token-file --ca-file --json in a group of their own. `o` must outlive the parse.
void add_agent_options(CLI::App& command, AgentOptions& o);
/// The same without --json.
void add_agent_address(CLI::App& command, AgentOptions& o);

/// Requests to the agent's API (docs/api.json).
/// Errors: what the agent answered; kDenied  no or no valid token; kInvalid  something else answers there, or
/// the
///         token would travel unencrypted; those of net::HttpClient
class AgentClient {
 public:
  static Result<AgentClient> open(const AgentOptions& options);
  Result<json::value> get(const std::string& path) { return call("GET", path, nullptr); }
  Result<json::value> post(const std::string& path, const json::value& body) {
    return call("POST", path, &body);
  }
  Result<json::value> put(const std::string& path, const json::value& body) {
    return call("PUT", path, &body);
  }
  Status remove(const std::string& path);
  /// GETs something that is not JSON. `out` has a part of it after an error on the way.
  Status download(const std::string& path, ByteSink& out);

 private:
  explicit AgentClient(std::unique_ptr<net::HttpClient> http) : http_(std::move(http)) {}
  Result<json::value> call(const std::string& method, const std::string& path, const json::value* body);
  std::unique_ptr<net::HttpClient> http_;
};

/// `/api/v1/schedules/` and names: what has to be escaped is.
std::string api_path(const std::string& resource, const std::vector<std::string>& names = {});
std::string url_encode(std::string_view text);
/// `?name=value&...` of those that have a value.
std::string query_of(std::initializer_list<std::pair<const char*, std::string>> parameters);

/// Makes a subcommand that calls the agent. `run` gives the exit code, or an error that is reported.
using AgentRun = std::function<Result<ExitCode>(AgentClient&, const AgentOptions&)>;
CLI::App* add_agent_command(CLI::App& group, const std::string& name, const std::string& what, Action& action,
                            AgentRun run);

/// The same for a `run` that has arguments, for which the caller adds options.
template <class Arguments>
std::pair<CLI::App*, std::shared_ptr<Arguments>> add_agent_command(
    CLI::App& group, const std::string& name, const std::string& what, Action& action,
    Result<ExitCode> (*run)(AgentClient&, const AgentOptions&, const Arguments&)) {
  auto a = std::make_shared<Arguments>();
  const AgentRun with = [a, run](AgentClient& agent, const AgentOptions& o) { return run(agent, o, *a); };
  return {add_agent_command(group, name, what, action, with), std::move(a)};
}

/// Asks again, twice a second, until `over` is content with the answer.
Result<json::value> wait_for(AgentClient& agent, const std::string& path,
                             const std::function<bool(const json::value&)>& over);

/// The same for one with arguments of its own, which `run` is given too.
template <class Arguments, class Run>
std::pair<CLI::App*, std::shared_ptr<Arguments>> add_agent_command_with(CLI::App& group,
                                                                        const std::string& name,
                                                                        const std::string& what,
                                                                        Action& action, Run run) {
  const auto a = std::make_shared<Arguments>();
  CLI::App* const c =
      add_agent_command(group, name, what, action,
                        [a, run](AgentClient& agent, const AgentOptions& o) { return run(agent, o, a); });
  return {c, a};
}

/// The object of a JSON file; `-`: of standard input.
Result<json::object> read_json(const std::string& file);

// For what the agent answered. A member that is not there, or null, is an empty text.
std::string text_at(const json::value& object, std::string_view member);
/// A string as it is, everything else as JSON.
std::string text_of(const json::value& value);
const json::array& list_at(const json::value& object, std::string_view member);
void print_json(const json::value& value);
/// Columns as wide as what is in them. The first row is the head.
void print_table(const std::vector<std::vector<std::string>>& rows);
/// These members of objects, as a table.
void print_list(const json::array& objects, const std::vector<std::string>& members);
/// All members of an object, or those named that have a value: a line each.
void print_members(const json::value& object, const std::vector<std::string>& members = {});

}  // namespace mk::app
