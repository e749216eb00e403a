#include "sim/change_page.h"

#include <algorithm>
#include <limits>

namespace mk::sim {
namespace {

using Phase = SyncPoint::Phase;

struct Keyed {
  std::uint64_t key;
  ItemEvent event;
};

/// What belongs into one phase, before paging. Keys do not change while a run goes on.
std::vector<Keyed> candidates(const Folder& folder, const SyncPoint& p) {
  std::vector<Keyed> out;
  if (p.phase == Phase::kGone) {
    for (const auto& t : folder.gone)
      if (t.seq > p.since && t.seq <= p.until && t.created_seq <= p.since &&
          (p.associated_too || !t.associated))
        out.push_back({t.seq, {ItemEvent::Kind::kDelete, nullptr, t}});
    return out;
  }
  for (const auto& [number, item] : folder.items) {
    if (item->associated && !p.associated_too) continue;
    const bool fresh = item->created_seq > p.since;
    if (p.phase == Phase::kCreated && fresh && item->created_seq <= p.until)
      out.push_back({item->created_seq, {ItemEvent::Kind::kCreate, item, {}}});
    if (p.phase == Phase::kChanged && !fresh && item->last_seq() > p.since)
      out.push_back(
          {number,
           {item->changed_seq > p.since ? ItemEvent::Kind::kUpdate : ItemEvent::Kind::kReadFlag, item, {}}});
  }
  return out;
}

/// One page of a phase; true when the phase is exhausted.
bool take(std::vector<Keyed> all, SyncPoint& p, std::size_t limit, bool descending,
          std::vector<ItemEvent>& out) {
  if (p.after != 0)
    std::erase_if(all, [&](const Keyed& k) { return descending ? k.key >= p.after : k.key <= p.after; });
  const std::size_t n = std::min(limit, all.size());
  std::partial_sort(
      all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n), all.end(),
      [&](const Keyed& a, const Keyed& b) { return descending ? a.key > b.key : a.key < b.key; });
  for (std::size_t i = 0; i < n; ++i) out.push_back(all[i].event);
  if (n > 0) p.after = all[n - 1].key;
  return n == all.size();
}

}  // namespace

ChangePage next_changes(const Folder& folder, std::uint64_t now_seq, const SyncPoint& point,
                        std::size_t limit, bool newest_first) {
  ChangePage page;
  SyncPoint& p = page.next = point;
  if (p.until == 0) {
    p.until = now_seq;
    p.phase = Phase::kCreated;
    p.after = 0;
  }
  // nothing happened since: no need to look at every item
  if (p.phase == Phase::kCreated && p.after == 0 && folder.contents_seq <= p.since) p.phase = Phase::kDone;
  while (p.phase != Phase::kDone) {
    const bool descending = newest_first && p.phase == Phase::kCreated;
    if (!take(candidates(folder, p), p, limit - page.events.size(), descending, page.events)) break;
    p.phase = static_cast<Phase>(static_cast<int>(p.phase) + 1);
    p.after = 0;
  }
  page.last = p.phase == Phase::kDone;
  if (page.last) {
    p.since = p.until;
    p.until = 0;
    p.phase = Phase::kCreated;
  }
  return page;
}

}  // namespace mk::sim
