#pragma once
#include "agent/state/audit.h"
#include "agent/state/connections.h"
#include "agent/state/master_key.h"
#include "agent/state/proofs.h"
#include "agent/state/restores.h"
#include "agent/state/runs.h"
#include "agent/state/schedules.h"
#include "agent/state/secrets.h"
#include "agent/state/settings.h"
#include "agent/state/tokens.h"
#include "agent/state/users.h"

namespace mk::agent {

/// Everything that the agent knows, in the file `agent.db` of its directory.
///
/// Format:  docs/formats/agent-state.md
/// Errors:  open(): kUnsupported  a newer schema; kInvalid  not the agent's file; kCorrupt  a damaged one;
///          kNotFound  the file is there and its key is not; kDenied  another key, or one that others can
///          read all: kExhausted  no room; kUnavailable  another process held the file for 30 seconds
/// Threads: any; they take turns. Several processes may open one file
class AgentState {
 public:
  /// Makes directory, key and file when they are not there. No place: DIR/agent.key.
  static Result<std::unique_ptr<AgentState>> open(const std::filesystem::path& directory,
                                                  const std::optional<KeyPlace>& key = {});

  Connections& connections() { return connections_; }
  Schedules& schedules() { return schedules_; }
  Runs& runs() { return runs_; }
  Restores& restores() { return restores_; }
  Proofs& proofs() { return proofs_; }
  Secrets& secrets() { return secrets_; }
  Users& users() { return users_; }
  Tokens& tokens() { return tokens_; }
  Logins& logins() { return logins_; }
  AuditLog& audit() { return audit_; }
  Settings& settings() { return settings_; }
  /// Of ledgers and of exported heads of the audit log.
  const SigningKey& signing_key() const { return signing_key_; }
  /// Runs `body` as one transaction: all of what it does to the state, or nothing.
  Status together(const std::function<Status()>& body) { return file_.together(body); }

 private:
  struct Files {
    std::unique_ptr<sql::Database> writer, reader;
  };
  AgentState(Files files, const SecretString& key, SigningKey signing_key);
  StateFile file_;
  SigningKey signing_key_;
  Connections connections_;
  Schedules schedules_;
  Runs runs_;
  Restores restores_;
  Proofs proofs_;
  Secrets secrets_;
  Users users_;
  Tokens tokens_;
  Logins logins_;
  AuditLog audit_;
  Settings settings_;
};

}  // namespace mk::agent
