#pragma once
#include <array>
#include <string>

#include "agent/state/row_id.h"
#include "base/bytes.h"
#include "base/secret.h"
#include "base/time.h"
#include "job/ledger.h"

namespace mk::agent {

/// Ed25519 (RFC 8032).
using PublicKey = std::array<std::byte, 32>;
using Signature = std::array<std::byte, 64>;

class SigningKey {
 public:
  /// `seed`: 32 secret random bytes.
  explicit SigningKey(const SecretString& seed);
  const PublicKey& public_key() const { return public_key_; }
  Signature sign(Bytes message) const;

 private:
  SecretString secret_;
  PublicKey public_key_{};
};
bool verify(const PublicKey& key, Bytes message, const Signature& signature);

/// A ledger as it is kept and exported. What is signed: docs/formats/agent-state.md
struct SignedLedger {
  RunId run;
  TaskId task;
  std::string mailbox, destination, point;
  FileTime signed_at;
  std::string text;  // ledger_json()
  Signature signature{};
};

/// `{"balanced":true,"rows":[{"path":...,"before":{"items":1,"associated":0}, ...}]}`
std::string ledger_json(const job::Ledger& ledger);
/// Errors: kCorrupt  not such a text
Result<job::Ledger> parse_ledger(std::string_view json);

/// What `signature` is over.
ByteString signed_bytes(const SignedLedger& ledger);
bool verify(const PublicKey& key, const SignedLedger& ledger);

}  // namespace mk::agent
