#pragma once
#include "vault/log_state.h"

namespace mk::vault {

/// CHECKPOINT, its part of fixed length.  docs/formats/vault.md, "Checkpoints"
struct CheckpointHead {
  static constexpr char kName[] = "CHECKPOINT";
  std::array<char, 8> magic{'M', 'K', 'C', 'H', 'K', 'P', 'T', '1'};
  LogNumber number;
  LogHash hash;
  VaultId vault;
  std::uint64_t locked_until = 0;
  LogNumber horizon;
  std::uint32_t lock_days = 0, n_milestones = 0, n_packs = 0, n_sessions = 0, n_points = 0, sealed_bytes = 0;
  Nonce nonce{};
  static constexpr void fields(auto& io, auto& t) {
    io("magic", t.magic), io("number", t.number), io("hash", t.hash), io("vault", t.vault);
    io("locked_until", t.locked_until), io("horizon", t.horizon), io("lock_days", t.lock_days);
    io("n_milestones", t.n_milestones), io("n_packs", t.n_packs), io("n_sessions", t.n_sessions);
    io("n_points", t.n_points), io("sealed_bytes", t.sealed_bytes), io("nonce", t.nonce);
  }
};
static_assert(wire_size<CheckpointHead>() == 116);

inline constexpr std::size_t kMaxCheckpointBytes = 256 * 1024 * 1024;
inline constexpr char kCheckpoints[] = "checkpoints/";
std::string checkpoint_name(LogNumber number);

/// What the log says up to a record, so that nobody has to read it up to there.
struct Checkpoint {
  LogState state;
  FileTime locked_until;  // as it was put; zero: it is not
};

ByteString encode_checkpoint(const VaultId& vault, const Keys& keys, const LogState& state,
                             FileTime locked_until);
/// Without keys the MAC is not looked at and points have their roots only.
/// Errors: kCorrupt, kTruncated
Result<Checkpoint> decode_checkpoint(Bytes bytes, const VaultId& vault, const Keys* keys);

/// True when both say the same, as far as it shows without keys.
bool equal(const LogState& a, const LogState& b);

}  // namespace mk::vault
