#include "vault/log_state.h"

#include <algorithm>

namespace mk::vault {
namespace {

constexpr std::uint64_t kTicksPerDay = std::uint64_t{24} * 3600 * 10'000'000;

}  // namespace

FileTime after(FileTime time, std::uint32_t days) { return {time.ticks + days * kTicksPerDay}; }

FileTime lock_end(FileTime time, std::uint32_t days) {
  return days == 0 ? FileTime{} : after(time, days + days / 4 + 1);
}

void LogState::add(const LogRecord& record) {
  const LogHead& h = record.head;
  auto& sessions = parts_.sessions;
  parts_.head = {h.number, record.hash};
  if (h.number.value % kMilestoneEvery == 0) parts_.milestones.push_back(record.hash);
  switch (h.type) {
    case LogType::kCommit:
      commit(record);
      break;
    case LogType::kKeep:
      name(record);
      break;
    case LogType::kForget:
      parts_.points.erase(h.target);
      break;
    case LogType::kOpen:
      sessions[h.number].view = h.target;
      break;
    case LogType::kRenew:
      if (const auto s = sessions.find(h.target); s != sessions.end()) s->second.silent_since.reset();
      break;
    case LogType::kEnd:
      sessions.erase(h.target);
      break;
    case LogType::kCondemn:
      condemn(record);
      break;
    case LogType::kDrop:
      drop(record);
      break;
    case LogType::kLock:
      parts_.lock_days = static_cast<std::uint32_t>(h.target.value);  // bounded when decoded
      break;
  }
}

void LogState::commit(const LogRecord& record) {
  const LogHead& h = record.head;
  parts_.sessions.erase(h.target);
  name(record);
  const PointFacts f = record.facts.value_or(PointFacts{});
  parts_.points[h.number] = {h.number, FileTime{h.time}, f.name, {h.root, f.level, f.entries, f.bytes}};
}

void LogState::name(const LogRecord& record) {
  const FileTime locked = lock_end(FileTime{record.head.time}, parts_.lock_days);
  for (const PackId& pack : record.packs) {
    PackState& p = parts_.packs[pack];
    if (p.is == PackState::Is::kDropped) continue;
    if (!p.was_live) p.named = record.head.number;
    p.is = PackState::Is::kLive;
    p.was_live = true;
    p.locked_until = std::max(p.locked_until, locked);
  }
}

void LogState::condemn(const LogRecord& record) {
  const FileTime time{record.head.time};
  for (const PackId& pack : record.packs) {
    PackState& p = parts_.packs[pack];
    if (p.is == PackState::Is::kDropped) continue;
    p.is = PackState::Is::kCondemned;
    p.condemned = record.head.number;
    p.condemned_at = time;
  }
  for (auto& [number, session] : parts_.sessions)
    if (!session.silent_since) session.silent_since = time;
}

/// Of packs that an older record dropped nothing is left in the store, when the record says so: their names
/// can be forgotten. Without that the state would grow for ever.
void LogState::drop(const LogRecord& record) {
  std::erase_if(parts_.packs, [&](const auto& p) {
    return p.second.is == PackState::Is::kDropped && p.second.named <= record.head.target;
  });
  for (const PackId& pack : record.packs) {
    PackState& p = parts_.packs[pack];
    if (p.is != PackState::Is::kDropped) parts_.horizon = std::max(parts_.horizon, p.condemned);
    p.is = PackState::Is::kDropped;
    p.named = record.head.number;
  }
}

const PackState* LogState::find(const PackId& pack) const {
  const auto found = parts_.packs.find(pack);
  return found == parts_.packs.end() ? nullptr : &found->second;
}

std::vector<PackId> LogState::live_packs() const {
  std::vector<std::pair<LogNumber, PackId>> live;
  for (const auto& [pack, state] : parts_.packs)
    if (state.is == PackState::Is::kLive) live.emplace_back(state.named, pack);
  std::sort(live.begin(), live.end());
  std::vector<PackId> out;
  out.reserve(live.size());
  for (const auto& [number, pack] : live) out.push_back(pack);
  return out;
}

std::vector<Point> LogState::points() const {
  std::vector<Point> points;
  points.reserve(parts_.points.size());
  for (const auto& [number, point] : parts_.points) points.push_back(point);
  return points;
}

}  // namespace mk::vault
