#include "vault/checkpoint.h"

#include <fmt/format.h>

namespace mk::vault {
namespace {

struct PackRow {
  static constexpr char kName[] = "PACKSTATE";
  PackId id;
  PackState::Is is = PackState::Is::kLive;
  std::uint8_t was_live = 0;
  std::array<std::uint8_t, 6> reserved{};
  LogNumber named, condemned;
  std::uint64_t condemned_at = 0, locked_until = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("id", t.id), io("is", t.is), io("was_live", t.was_live), io("reserved", t.reserved);
    io("named", t.named), io("condemned", t.condemned), io("condemned_at", t.condemned_at);
    io("locked_until", t.locked_until);
  }
};

struct SessionRow {
  static constexpr char kName[] = "SESSION";
  LogNumber number, view;
  std::uint8_t is_silent = 0;
  std::array<std::uint8_t, 7> reserved{};
  std::uint64_t silent_since = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("number", t.number), io("view", t.view), io("is_silent", t.is_silent), io("reserved", t.reserved);
    io("silent_since", t.silent_since);
  }
};

struct PointRow {
  static constexpr char kName[] = "POINTROW";
  LogNumber number;
  std::uint64_t time = 0;
  ChunkId root;
  static constexpr void fields(auto& io, auto& t) {
    io("number", t.number), io("time", t.time), io("root", t.root);
  }
};

PackRow row_of(const PackId& id, const PackState& p) {
  PackRow row;
  row.id = id, row.is = p.is, row.was_live = p.was_live ? 1 : 0;
  row.named = p.named, row.condemned = p.condemned;
  row.condemned_at = p.condemned_at.ticks, row.locked_until = p.locked_until.ticks;
  return row;
}

SessionRow row_of(LogNumber number, const OpenSession& s) {
  SessionRow row;
  row.number = number, row.view = s.view;
  row.is_silent = s.silent_since ? 1 : 0;
  row.silent_since = s.silent_since.value_or(FileTime{}).ticks;
  return row;
}

CheckpointHead head_of(const VaultId& vault, const LogState::Parts& parts, FileTime locked_until) {
  const auto n = [](const auto& list) { return static_cast<std::uint32_t>(list.size()); };
  CheckpointHead h;
  h.number = parts.head.number, h.hash = parts.head.hash, h.vault = vault;
  h.locked_until = locked_until.ticks, h.horizon = parts.horizon, h.lock_days = parts.lock_days;
  h.n_milestones = n(parts.milestones), h.n_packs = n(parts.packs);
  h.n_sessions = n(parts.sessions), h.n_points = n(parts.points);
  return h;
}

/// The rows of a list, each key behind the one before.
template <class Row, class Key>
Status read_rows(Reader& in, const char* name, std::size_t n, Key Row::* key, std::vector<Row>& rows) {
  in.list(name, n, rows);
  for (std::size_t i = 1; in.ok() && i < rows.size(); ++i)
    if (!(rows[i - 1].*key < rows[i].*key))
      return Error{Code::kCorrupt, fmt::format("CHECKPOINT.{}: not in order", name)};
  return ok;
}

Status read_lists(Reader& in, const CheckpointHead& h, LogState::Parts& parts) {
  std::vector<PackRow> packs;
  std::vector<SessionRow> sessions;
  std::vector<PointRow> points;
  in.list("milestones", h.n_milestones, parts.milestones);
  TRY(read_rows(in, "packs", h.n_packs, &PackRow::id, packs));
  TRY(read_rows(in, "sessions", h.n_sessions, &SessionRow::number, sessions));
  TRY(read_rows(in, "points", h.n_points, &PointRow::number, points));
  if (!in.ok()) return in.error("CHECKPOINT");
  for (const auto& r : packs) {
    if (r.is > PackState::Is::kDropped)
      return Error{Code::kUnsupported, "CHECKPOINT.packs: of a newer mailkeep"};
    if (r.was_live > 1 || r.reserved != PackRow{}.reserved)
      return Error{Code::kCorrupt, "CHECKPOINT.packs: fields that no PACKSTATE has"};
    parts.packs[r.id] = {r.is,        r.was_live != 0,          r.named,
                         r.condemned, FileTime{r.condemned_at}, FileTime{r.locked_until}};
  }
  for (const auto& r : sessions) {
    if (r.is_silent > 1 || r.reserved != SessionRow{}.reserved)
      return Error{Code::kCorrupt, "CHECKPOINT.sessions: fields that no SESSION has"};
    parts.sessions[r.number] = {r.view,
                                r.is_silent != 0 ? std::optional(FileTime{r.silent_since}) : std::nullopt};
  }
  for (const auto& r : points) parts.points[r.number] = {r.number, FileTime{r.time}, {}, {r.root, 0, 0, 0}};
  return ok;
}

Status read_sealed(Bytes plain, LogState::Parts& parts) {
  Reader in(plain);
  for (auto& [number, point] : parts.points) {
    TRY_ASSIGN(PointFacts f, read_facts(in));
    point.name = std::move(f.name);
    point.root.level = f.level, point.root.entries = f.entries, point.root.bytes = f.bytes;
  }
  return in.left() == 0 ? Status(ok) : Error{Code::kCorrupt, "CHECKPOINT.sealed: bytes behind its end"};
}

}  // namespace

std::string checkpoint_name(LogNumber number) { return fmt::format("{}{:016}", kCheckpoints, number.value); }

ByteString encode_checkpoint(const VaultId& vault, const Keys& keys, const LogState& state,
                             FileTime locked_until) {
  const auto& parts = state.parts();
  CheckpointHead head = head_of(vault, parts, locked_until);
  ByteString plain;
  for (const auto& [number, p] : parts.points)
    encode_facts_to(plain, {p.root.level, p.root.entries, p.root.bytes, p.name});
  head.sealed_bytes = static_cast<std::uint32_t>(sealed_bytes(keys.technique, plain.size()));
  head.nonce = random_nonce();
  ByteString out = encode(head);
  for (const LogHash& m : parts.milestones) encode_to(out, m);
  for (const auto& [id, p] : parts.packs) encode_to(out, row_of(id, p));
  for (const auto& [number, s] : parts.sessions) encode_to(out, row_of(number, s));
  for (const auto& [number, p] : parts.points) encode_to(out, PointRow{number, p.time.ticks, p.root.id});
  out += seal(keys.technique, keys.log_seal, head.nonce, as_bytes(out), as_bytes(plain));
  const Mac mac = hmac(as_bytes(keys.log_mac.reveal()), {as_bytes(out)});
  out.append(reinterpret_cast<const char*>(mac.data()), mac.size());
  return out;
}

Result<Checkpoint> decode_checkpoint(Bytes bytes, const VaultId& vault, const Keys* keys) {
  Reader in(bytes);
  CheckpointHead h;
  CheckpointHead::fields(in, h);
  if (in.ok() && (h.magic != CheckpointHead{}.magic || h.vault != vault || h.lock_days > kMaxLockDays))
    return Error{Code::kCorrupt, "CHECKPOINT.magic: not a checkpoint of this vault"};
  LogState::Parts parts;
  parts.head = {h.number, h.hash}, parts.horizon = h.horizon, parts.lock_days = h.lock_days;
  if (in.ok() && h.n_milestones != h.number.value / kMilestoneEvery)
    return Error{Code::kCorrupt, "CHECKPOINT.n_milestones: not as many as there are"};
  TRY(read_lists(in, h, parts));
  const Bytes before_sealed = bytes.first(in.pos());
  const Bytes sealed = in.take("sealed", h.sealed_bytes);
  const Bytes before_mac = bytes.first(in.pos());
  Mac mac{};
  in("mac", mac);
  if (!in.ok()) return in.error("CHECKPOINT");
  if (in.left() != 0) return Error{Code::kCorrupt, "CHECKPOINT: bytes behind its end"};
  if (keys != nullptr) {
    if (!equal(mac, hmac(as_bytes(keys->log_mac.reveal()), {before_mac})))
      return Error{Code::kCorrupt, "CHECKPOINT.mac: changed by somebody who does not have the keys"};
    TRY_ASSIGN(const ByteString plain,
               unseal(keys->technique, keys->log_seal, h.nonce, before_sealed, sealed));
    TRY(read_sealed(as_bytes(plain), parts));
  }
  return Checkpoint{LogState(std::move(parts)), FileTime{h.locked_until}};
}

bool equal(const LogState& a, const LogState& b) {
  const auto &x = a.parts(), &y = b.parts();
  const auto same = [](const auto& p, const auto& q) {
    const Point &l = p.second, &r = q.second;
    return p.first == q.first && l.number == r.number && l.time == r.time && l.root.id == r.root.id;
  };
  return x.head == y.head && x.horizon == y.horizon && x.lock_days == y.lock_days &&
         x.milestones == y.milestones && x.packs == y.packs && x.sessions == y.sessions &&
         std::equal(x.points.begin(), x.points.end(), y.points.begin(), y.points.end(), same);
}

}  // namespace mk::vault
