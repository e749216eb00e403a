#include "vault/log.h"

#include <fmt/format.h>

namespace mk::vault {
namespace {

static_assert(wire_size<LogHead>() + kMaxLogPacks * sizeof(PackId) + 2 * kMaxPointName <= kMaxLogBytes);

/// POINT, sealed.
struct PointHead {
  static constexpr char kName[] = "POINT";
  std::uint8_t level = 0;
  std::array<std::uint8_t, 7> reserved{};
  std::uint64_t entries = 0, bytes = 0;
  std::uint16_t name_bytes = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("level", t.level), io("reserved", t.reserved), io("entries", t.entries), io("bytes", t.bytes);
    io("name_bytes", t.name_bytes);
  }
};

Status open_sealed(LogRecord& record, const Keys& keys, Bytes before_sealed, Bytes before_mac, Bytes sealed,
                   const Mac& mac) {
  if (!equal(mac, hmac(as_bytes(keys.log_mac.reveal()), {before_mac})))
    return Error{Code::kCorrupt, "LOGRECORD.mac: changed by somebody who does not have the keys"};
  auto plain = unseal(keys.technique, keys.log_seal, record.head.nonce, before_sealed, sealed);
  if (!plain) return std::move(plain).error().in("LOGRECORD.sealed");
  if (record.head.type != LogType::kCommit) return ok;
  Reader r(as_bytes(*plain));
  TRY_ASSIGN(record.facts, read_facts(r));
  return ok;
}

/// The conflict may be with itself, when an answer was lost on the way.
Status put_record(Store& store, const std::string& name, const ByteString& bytes, FileTime locked_until) {
  Status done = put_until(store, name, as_bytes(bytes), locked_until);
  if (done || done.error().code != Code::kConflict) return done;
  const auto there = get_whole(store, name, kMaxLogBytes);
  if (there && *there == bytes) return ok;
  return done;
}

}  // namespace

std::string_view type_name(LogType type) {
  constexpr std::array<std::string_view, 11> kNames{"",    "",     "commit",  "forget", "open", "renew",
                                                    "end", "keep", "condemn", "drop",   "lock"};
  return kNames.at(static_cast<std::size_t>(type));
}

void encode_facts_to(ByteString& out, const PointFacts& f) {
  MK_CHECK(f.name.size() <= kMaxPointName);
  PointHead h;
  h.level = f.level, h.entries = f.entries, h.bytes = f.bytes;
  h.name_bytes = static_cast<std::uint16_t>(f.name.size());
  encode_to(out, h);
  out += f.name;
}

Result<PointFacts> read_facts(Reader& in) {
  PointHead h;
  PointHead::fields(in, h);
  const Bytes name = in.take("name", h.name_bytes);
  if (!in.ok()) return in.error(PointHead::kName);
  if (h.reserved != PointHead{}.reserved || h.name_bytes > kMaxPointName)
    return Error{Code::kCorrupt, "POINT: fields that no point has"};
  return PointFacts{h.level, h.entries, h.bytes, std::string(as_chars(name))};
}

ByteString encode_log_record(LogHead head, std::span<const PackId> packs, const PointFacts& facts,
                             const Keys& keys) {
  ByteString plain;
  encode_facts_to(plain, facts);
  head.n_packs = static_cast<std::uint32_t>(packs.size());
  head.sealed_bytes = static_cast<std::uint32_t>(sealed_bytes(keys.technique, plain.size()));
  head.nonce = random_nonce();
  ByteString out = encode(head);
  for (const PackId& p : packs) encode_to(out, p);
  out += seal(keys.technique, keys.log_seal, head.nonce, as_bytes(out), as_bytes(plain));
  const Mac mac = hmac(as_bytes(keys.log_mac.reveal()), {as_bytes(out)});
  out.append(reinterpret_cast<const char*>(mac.data()), mac.size());
  return out;
}

Result<LogRecord> decode_log_record(Bytes bytes, const Keys* keys) {
  Reader r(bytes);
  LogRecord record;
  LogHead& h = record.head;
  LogHead::fields(r, h);
  if (r.ok() && (h.magic != LogHead{}.magic || h.reserved != LogHead{}.reserved))
    return Error{Code::kCorrupt, "LOGRECORD.magic: not a log record"};
  if (r.ok() && (h.type < LogType::kCommit || h.type > LogType::kLock))
    return Error{Code::kUnsupported, "LOGRECORD.type: of a newer mailkeep; use that one"};
  if (r.ok() && h.type == LogType::kLock && h.target.value > kMaxLockDays)
    return Error{Code::kCorrupt, "LOGRECORD.target: more days than a lock can have"};
  r.list("packs", h.n_packs, record.packs);
  const Bytes before_sealed = bytes.first(r.pos());
  const Bytes sealed = r.take("sealed", h.sealed_bytes);
  const Bytes before_mac = bytes.first(r.pos());
  Mac mac{};
  r("mac", mac);
  if (!r.ok()) return r.error("LOGRECORD");
  if (r.left() != 0) return Error{Code::kCorrupt, "LOGRECORD: bytes behind its end"};
  record.hash = LogHash::of(sha256(bytes));
  if (keys != nullptr) TRY(open_sealed(record, *keys, before_sealed, before_mac, sealed, mac));
  return record;
}

std::string log_name(LogNumber number) { return fmt::format("log/{:016}", number.value); }

Result<LogRecord> read_record_behind(Store& store, const VaultId& vault, const Keys* keys,
                                     const KnownHead& last, std::optional<std::uint64_t> length) {
  const LogNumber number{last.number.value + 1};
  const std::string name = log_name(number);
  if (length && *length > kMaxLogBytes)
    return Error{Code::kCorrupt, fmt::format("{}: {} bytes are too many for a log record", name, *length)};
  TRY_ASSIGN(const ByteString bytes,
             length ? store.get(name, 0, *length) : get_whole(store, name, kMaxLogBytes));
  auto record = decode_log_record(as_bytes(bytes), keys);
  if (!record) return std::move(record).error().in(name);
  if (record->head.number != number || record->head.previous != last.hash || record->head.vault != vault)
    return Error{Code::kCorrupt, name + ": LOGRECORD.previous: does not follow the record before it"};
  return record;
}

Result<LogRecord> append_log(Store& store, const VaultId& vault, const Keys& keys, const KnownHead& last,
                             const Draft& draft, FileTime now, FileTime locked_until) {
  if (draft.packs.size() > kMaxLogPacks)
    return Error{Code::kExhausted, fmt::format("{} packs are more than one log record can name, {}",
                                               draft.packs.size(), kMaxLogPacks)};
  LogHead head = draft.head;
  head.vault = vault;
  head.time = now.ticks;
  head.number.value = last.number.value + 1;
  head.previous = last.hash;
  const ByteString bytes = encode_log_record(head, draft.packs, draft.facts, keys);
  TRY(put_record(store, log_name(head.number), bytes, locked_until));
  return decode_log_record(as_bytes(bytes), &keys);
}

}  // namespace mk::vault
