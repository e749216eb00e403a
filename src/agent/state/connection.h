#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "base/time.h"

namespace mk::agent {

enum class Auth { kBasic, kBearer };

/// Who the agent is at an Exchange server.
struct Account {
  std::string user;  // user@example.com or DOMAIN\user; may be empty with kBearer
  Auth auth = Auth::kBasic;
  std::string secret;  // name of the sealed password or token
  bool impersonate = false;
  bool operator==(const Account&) const = default;
};

/// An account that may restore, if it is given: otherwise nothing is restored through this connection.
struct RestoreAccount {
  Account account;
  std::optional<FileTime> until;  // it is not used from then on
  bool operator==(const RestoreAccount&) const = default;
  bool is_valid_at(FileTime now) const { return !until || now < *until; }
};

/// A named Exchange server, and how it is reached.
/// As JSON: docs/formats/agent-state.md
struct Connection {
  std::string name;    // unique
  std::string server;  // URL of its EWS, or only a host name
  Account backup;
  std::optional<RestoreAccount> restore;
  std::string ca_file;  // PEM; empty: the system's authorities
  bool insecure = false;
  unsigned connections = 4;           // 1 to 64
  std::chrono::seconds timeout{300};  // without progress; 1 to 3600
  std::string mailboxes_file;         // CSV of who is there; empty: the server is asked
  bool operator==(const Connection&) const = default;
};

}  // namespace mk::agent
