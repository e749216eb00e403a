#pragma once
#include "agent/run/agent.h"

namespace mk::agent {

struct ApiOptions {
  std::string address = "127.0.0.1";  // an IP address
  std::uint16_t port = 8470;          // 0: any free one
  /// PEM; both set: HTTPS.
  std::filesystem::path certificate_file, key_file;
  bool allow_beyond_loopback = false;  // only with HTTPS
  unsigned threads = 8;                // requests that are answered at the same time
};

/// The agent's REST API, as docs/api.json describes it, over HTTP/1.1.
///
/// When nobody could administer the agent, as at its first start, `admin.token` is written into its
/// directory: the text of an API token named "local admin", readable by the agent's user only.
///
/// Spec:    docs/api.json, docs/guides/agent.md
/// Errors:  start(): kInvalid  an address beyond loopback without leave or without HTTPS, certificate or key;
///          kConflict  the port is taken; those of the state and of admin.token
/// Threads: any. Owns: nothing of the agent, which must outlive it
class ApiServer {
 public:
  static Result<std::unique_ptr<ApiServer>> start(Agent& agent, const ApiOptions& options);
  /// Open connections are cut.
  ~ApiServer();
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;
  std::uint16_t port() const;

 private:
  struct State;
  explicit ApiServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mk::agent
