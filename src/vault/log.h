#pragma once
#include <optional>

#include "base/time.h"
#include "vault/keys.h"
#include "vault/store.h"

namespace mk::vault {

enum class LogType : std::uint8_t {
  kCommit = 2,
  kForget = 3,
  kOpen = 4,
  kRenew = 5,
  kEnd = 6,
  kKeep = 7,
  kCondemn = 8,
  kDrop = 9,
  kLock = 10
};
std::string_view type_name(LogType type);

/// LOGRECORD, its part of fixed length.  docs/formats/vault.md
struct LogHead {
  static constexpr char kName[] = "LOGRECORD";
  std::array<char, 8> magic{'M', 'K', 'L', 'O', 'G', '0', '0', '1'};
  LogType type = LogType::kCommit;
  std::array<std::uint8_t, 7> reserved{};
  LogNumber number;
  std::uint64_t time = 0;
  LogHash previous;
  VaultId vault;
  ChunkId root;
  LogNumber target;
  std::uint32_t n_packs = 0, sealed_bytes = 0;
  Nonce nonce{};
  static constexpr void fields(auto& io, auto& t) {
    io("magic", t.magic), io("type", t.type), io("reserved", t.reserved), io("number", t.number);
    io("time", t.time), io("previous", t.previous), io("vault", t.vault), io("root", t.root);
    io("target", t.target), io("n_packs", t.n_packs), io("sealed_bytes", t.sealed_bytes),
        io("nonce", t.nonce);
  }
};
static_assert(wire_size<LogHead>() == 140);

/// What only keys show of a restore point.
struct PointFacts {
  std::uint8_t level = 0;  // of the root
  std::uint64_t entries = 0, bytes = 0;
  std::string name;
};

struct LogRecord {
  LogHead head;
  std::vector<PackId> packs;
  std::optional<PointFacts> facts;  // of a commit, when it was decoded with keys
  LogHash hash;
};

/// A record of the log that somebody remembers, such as the newest one; number 0: none.
struct KnownHead {
  LogNumber number;
  LogHash hash;
  bool operator==(const KnownHead&) const = default;
};

inline constexpr std::uint32_t kMaxLockDays = 36'500;
inline constexpr std::size_t kMaxLogBytes = 64 * 1024 * 1024;
inline constexpr std::size_t kMaxLogPacks = 2'000'000;  // what a record of that length can name
inline constexpr std::size_t kMaxPointName = 1024;

/// POINT, as it is sealed.
void encode_facts_to(ByteString& out, const PointFacts& facts);
/// Errors: kTruncated; kCorrupt  reserved bytes that are not zero, a name that is too long
Result<PointFacts> read_facts(Reader& in);

ByteString encode_log_record(LogHead head, std::span<const PackId> packs, const PointFacts& facts,
                             const Keys& keys);
/// Without keys the MAC is not looked at.  Errors: kCorrupt, kTruncated
Result<LogRecord> decode_log_record(Bytes bytes, const Keys* keys);

std::string log_name(LogNumber number);

/// The record behind `last`. `bytes`: its length, where that is known.
/// Errors: kNotFound  there is none; kCorrupt  damaged, changed, of another vault, does not follow `last`
Result<LogRecord> read_record_behind(Store& store, const VaultId& vault, const Keys* keys,
                                     const KnownHead& last,
                                     std::optional<std::uint64_t> bytes = std::nullopt);

/// A record to be appended.
struct Draft {
  LogHead head;
  std::vector<PackId> packs;
  PointFacts facts;
};

/// Appends one record behind `last`; number, time and chain are filled in.
/// Errors: kConflict  somebody else has taken the number: read the log again and decide again
///         kExhausted  more packs than a record can name
Result<LogRecord> append_log(Store& store, const VaultId& vault, const Keys& keys, const KnownHead& last,
                             const Draft& draft, FileTime now, FileTime locked_until = {});

}  // namespace mk::vault
