#pragma once
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <string>

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

 private:
  explicit AgentClient(std::unique_ptr<net::HttpClient> http) : http_(std::move(http)) {}
  Result<json::value> call(const std::string& method, const std::string& path, const json::value* body);
  std::unique_ptr<net::HttpClient> http_;
};

/// `/api/v1/schedules/` and names: what has to be escaped is.
std::string api_path(const std::string& resource, const std::vector<std::string>& names = {});
std::string url_encode(std::string_view text);

/// Makes a subcommand that calls the agent. `run` gives the exit code, or an error that is reported.
using AgentRun = std::function<Result<ExitCode>(AgentClient&, const AgentOptions&)>;
CLI::App* add_agent_command(CLI::App& group, const std::string& name, const std::string& what, Action& action,
                            AgentRun run);

/// The object of a JSON file; `-`: of standard input.
Result<json::object> read_json(const std::string& file);

// For what the agent answered. A member that is not there, or null, is an empty text.
std::string text_at(const json::value& object, std::string_view member);
const json::array& list_at(const json::value& object, std::string_view member);
void print_json(const json::value& value);
/// Columns as wide as what is in them. The first row is the head.
void print_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace mk::app
