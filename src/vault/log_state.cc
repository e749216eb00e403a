#include "vault/log_state.h"

#include <algorithm>

namespace mk::vault {

void LogState::add(const LogRecord& record) {
  const LogHead& h = record.head;
  switch (h.type) {
    case LogType::kCommit:
      sessions_.erase(h.target);
      name(record);
      break;
    case LogType::kKeep:
      name(record);
      break;
    case LogType::kForget:
      break;
    case LogType::kOpen:
      sessions_[h.number].view = h.target;
      break;
    case LogType::kRenew:
      if (const auto s = sessions_.find(h.target); s != sessions_.end()) s->second.silent_since.reset();
      break;
    case LogType::kEnd:
      sessions_.erase(h.target);
      break;
    case LogType::kCondemn:
      condemn(record);
      break;
    case LogType::kDrop:
      drop(record);
      break;
  }
}

void LogState::name(const LogRecord& record) {
  for (const PackId& pack : record.packs) {
    PackState& p = packs_[pack];
    if (p.is == PackState::Is::kDropped) continue;
    if (!p.was_live) p.named = record.head.number;
    p.is = PackState::Is::kLive;
    p.was_live = true;
  }
}

void LogState::condemn(const LogRecord& record) {
  const FileTime time{record.head.time};
  for (const PackId& pack : record.packs) {
    PackState& p = packs_[pack];
    if (p.is == PackState::Is::kDropped) continue;
    p.is = PackState::Is::kCondemned;
    p.condemned = record.head.number;
    p.condemned_at = time;
  }
  for (auto& [number, session] : sessions_)
    if (!session.silent_since) session.silent_since = time;
}

void LogState::drop(const LogRecord& record) {
  for (const PackId& pack : record.packs) {
    PackState& p = packs_[pack];
    p.is = PackState::Is::kDropped;
    horizon_ = std::max(horizon_, p.condemned);
  }
}

const PackState* LogState::find(const PackId& pack) const {
  const auto found = packs_.find(pack);
  return found == packs_.end() ? nullptr : &found->second;
}

std::vector<PackId> LogState::live_packs() const {
  std::vector<std::pair<LogNumber, PackId>> live;
  for (const auto& [pack, state] : packs_)
    if (state.is == PackState::Is::kLive) live.emplace_back(state.named, pack);
  std::sort(live.begin(), live.end());
  std::vector<PackId> out;
  out.reserve(live.size());
  for (const auto& [number, pack] : live) out.push_back(pack);
  return out;
}

LogState fold(std::span<const LogRecord> log) {
  LogState state;
  for (const LogRecord& r : log) state.add(r);
  return state;
}

}  // namespace mk::vault
