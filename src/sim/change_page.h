#pragma once
#include "sim/mailbox.h"
#include "sim/sync_state.h"

namespace mk::sim {

struct ItemEvent {
  enum class Kind { kCreate, kUpdate, kReadFlag, kDelete };
  Kind kind = Kind::kCreate;
  const Item* item = nullptr;  // not for kDelete
  Tombstone gone;              // kDelete only
};

struct ChangePage {
  std::vector<ItemEvent> events;
  SyncPoint next;
  bool last = true;
};

/// The next page of a folder's changes.
///
/// A run of pages works on a snapshot: what comes after it is left to the next run, so that an item that
/// changes while a client reads pages is never taken for one that the client knows. `newest_first`: Exchange
/// 2010 SP2 and later give the newest items first, earlier ones the oldest.
ChangePage next_changes(const Folder& folder, std::uint64_t now_seq, const SyncPoint& point,
                        std::size_t limit, bool newest_first);

}  // namespace mk::sim
