#pragma once
#include <optional>
#include <string>
#include <vector>

#include "agent/state/signed_ledger.h"
#include "agent/state/state_file.h"
#include "base/hash.h"
#include "base/secret.h"
#include "base/time.h"

namespace mk::agent {

/// One thing that somebody did, or tried to.
struct AuditEntry {
  std::int64_t number = 0;  // from 1, without gaps
  FileTime time;
  std::string who;      // user, `token NAME`, `agent`
  std::string from;     // address of the client; empty: none
  std::string action;   // `schedule.change`, `item.read` ...
  std::string object;   // what it was done to
  std::string outcome;  // `ok`, or the code of the error
  std::string detail;
};

/// The end of the chain, to be kept elsewhere: who has it can show that nothing before it was changed.
struct AuditHead {
  std::int64_t number = 0;  // 0: nothing yet
  Sha256Digest hash{};
};

/// The same as it is given out: who has the agent's public key sees that no other made it.
struct SignedAuditHead {
  AuditHead head;
  FileTime signed_at;  // whole seconds
  Signature signature{};
};
SignedAuditHead sign(const SigningKey& key, const AuditHead& head, FileTime now);
bool verify(const PublicKey& key, const SignedAuditHead& head);

struct AuditFault {
  std::int64_t number = 0;
  std::string what;  // "changed", "missing" ..., for people
};

/// A log that only grows: each row has the SHA-256 of the hash before it and its own canonical text; the
/// newest hash is also kept under a MAC, so that without the agent's key nobody can cut or rewrite the end.
/// Only a head that was kept elsewhere shows that the whole file was set back. Format:
/// docs/formats/agent-state.md
class AuditLog {
 public:
  AuditLog(StateFile& file, SecretString key) : file_(file), key_(std::move(key)) {}
  /// `entry.number` is given. Text that is not UTF-8 is mended.
  Result<AuditEntry> append(AuditEntry entry);
  /// At most `limit` entries before number `before` (0: the end), the newest first.
  Result<std::vector<AuditEntry>> list(std::int64_t before, std::size_t limit);
  Result<AuditHead> head();
  /// Changed, missing, reordered or added rows, at most 100 of them; none: the chain holds, and `known`, if
  /// given, is part of it.
  Result<std::vector<AuditFault>> verify(const std::optional<AuditHead>& known = {});

 private:
  Status append_row(AuditEntry& entry);
  StateFile& file_;
  SecretString key_;
};

/// What identity.audit_end holds.
ByteString audit_mac(const AuditHead& head, const SecretString& key);

/// What is hashed: a JSON list, `[1,"2026-11-22T20:00:00Z","anna",...]`.
std::string canonical_text(const AuditEntry& entry);

}  // namespace mk::agent
