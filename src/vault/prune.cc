#include "vault/prune.h"

#include <fmt/format.h>

#include <algorithm>

#include "vault/pack_proof.h"

namespace mk::vault {
namespace {

constexpr std::uint64_t kRepackBelowPercent = 60;
constexpr std::uint64_t kSmallBytes = kPackBytes / 4;
constexpr std::size_t kManySmall = 16;  // so many small packs are put together
constexpr std::uint64_t kFrameBytes = wire_size<PackHeader>() + wire_size<PackTrailer>();
constexpr int kTries = 16;

using Sizes = std::map<PackId, std::uint64_t>;

bool has_passed(FileTime since, std::chrono::seconds grace, FileTime now) {
  const auto ticks = static_cast<std::uint64_t>(grace.count()) * 10'000'000;
  return since <= now && now.ticks - since.ticks >= ticks;
}

/// What is to be done with a vault in one state of its log.
struct Plan {
  LogNumber at;  // the newest record when it was made
  Sizes stored;  // the packs in the store
  Marks marks;
  std::vector<PackId> sparse;    // live, mostly dead or small; the emptiest first
  std::vector<PackId> unneeded;  // live without a needed chunk, or unknown
  PruneReport report;
};

std::uint64_t size_in(const Sizes& sizes, const PackId& pack) {
  const auto found = sizes.find(pack);
  return found == sizes.end() ? 0 : found->second;
}

Status check_shrink(const PruneReport& r, const PruneOptions& options) {
  if (options.allow_shrink || r.needed_bytes * 2 >= r.live.bytes) return ok;
  return Error{Code::kInvalid,
               fmt::format("{} points need {} of {} bytes, less than half; nothing was deleted. Look at the "
                           "points (mailkeep vault ls); if this is right, prune with --allow-shrink",
                           r.points, r.needed_bytes, r.live.bytes)};
}

void sort_live_packs(Plan& plan, const LogState& state) {
  std::vector<PackId> small;
  for (const PackId& pack : state.live_packs()) {
    const std::uint64_t size = size_in(plan.stored, pack), records = plan.marks.bytes_of(pack);
    const std::uint64_t needed = records == 0 ? 0 : records + kFrameBytes;
    plan.report.live.add(size);
    plan.report.needed_bytes += needed;
    if (needed == 0)
      plan.unneeded.push_back(pack);
    else if (needed * 100 < size * kRepackBelowPercent)
      plan.sparse.push_back(pack);
    else if (size < kSmallBytes)
      small.push_back(pack);
  }
  if (small.size() >= kManySmall) plan.sparse.insert(plan.sparse.end(), small.begin(), small.end());
  const auto share = [&](const PackId& pack) {
    return static_cast<double>(plan.marks.bytes_of(pack)) / static_cast<double>(plan.stored.at(pack));
  };
  std::stable_sort(plan.sparse.begin(), plan.sparse.end(),
                   [&](const PackId& a, const PackId& b) { return share(a) < share(b); });
}

/// As many of the sparse packs as may be copied in one run.
void bound_copies(Plan& plan, std::uint64_t max_bytes) {
  std::size_t n = 0;
  for (; n < plan.sparse.size(); ++n) {
    const std::uint64_t bytes = plan.marks.bytes_of(plan.sparse[n]);
    if (plan.report.repacked.bytes + bytes > max_bytes) break;
    plan.report.repacked.add(bytes);
  }
  plan.sparse.resize(n);
}

Status as_damage(Status found) {
  if (found || !is_lost(found.error())) return found;
  return Error{
      Code::kCorrupt,
      "nothing is deleted, since the vault is damaged (`mailkeep vault check` says what is lost; where it "
      "finds nothing, `mailkeep vault rebuild` makes the index of this computer anew): " +
          found.error().what};
}

/// The log's state, where chunks lie, and who looks: without keys a plan is a forecast.
struct View {
  Store& store;
  const VaultId& vault;
  const Keys* keys;
  const LogState& state;
  const ChunkIndex& index;
};

/// What is needed, all of it in packs that are in the store.
Status mark_needed(const View& v, std::span<const Point> points, Plan& plan) {
  TRY_ASSIGN(plan.marks, mark(v.store, v.vault, v.keys, v.index, points));
  for (const auto& [pack, bytes] : plan.marks.bytes)
    if (!plan.stored.contains(pack))
      return Error{Code::kNotFound,
                   fmt::format("pack {}, which points need, is not in the store", pack.hex())};
  return ok;
}

Result<Plan> make_plan(const View& v, const PruneOptions& options) {
  const LogState& state = v.state;
  const auto points = state.points();
  Plan plan;
  plan.at = state.head().number;
  TRY_ASSIGN(plan.stored, list_packs(v.store));
  TRY(as_damage(mark_needed(v, points, plan)));
  plan.report.points = points.size();
  plan.report.chunks = plan.marks.chunks;
  sort_live_packs(plan, state);
  bound_copies(plan, options.max_copied_bytes);
  for (const auto& [pack, size] : plan.stored)
    if (state.find(pack) == nullptr) plan.unneeded.push_back(pack);
  plan.unneeded.resize(std::min(plan.unneeded.size(), options.max_packs));
  for (const PackId& pack : plan.unneeded) plan.report.condemned.add(size_in(plan.stored, pack));
  plan.report.sessions = state.sessions().size();
  return plan;
}

std::vector<LogNumber> silent_sessions(const LogState& state, std::chrono::seconds grace, FileTime now) {
  std::vector<LogNumber> silent;
  for (const auto& [number, session] : state.sessions())
    if (session.silent_since && has_passed(*session.silent_since, grace, now)) silent.push_back(number);
  return silent;
}

/// Condemned packs that nobody can still come to need, apart from sessions that are to be ended.
std::vector<PackId> packs_to_drop(const LogState& state, const PruneOptions& options, FileTime now) {
  std::optional<LogNumber> oldest_view;
  for (const auto& [number, session] : state.sessions()) {
    const bool silent = session.silent_since && has_passed(*session.silent_since, options.grace, now);
    if (!silent && (!oldest_view || session.view < *oldest_view)) oldest_view = session.view;
  }
  std::vector<PackId> packs;
  for (const auto& [pack, p] : state.packs())
    if (packs.size() < options.max_packs && p.is == PackState::Is::kCondemned &&
        has_passed(p.condemned_at, options.grace, now) && (!oldest_view || p.condemned <= *oldest_view))
      packs.push_back(pack);
  return packs;
}

void report_locked(PruneReport& report, std::uint64_t bytes, FileTime until) {
  report.locked.add(bytes);
  report.locked_until = std::max(report.locked_until, until);
}

/// `dropped` of the packs that are condemned in `state` are dropped, or would be.
void report_end(PruneReport& report, const LogState& state, const Sizes& stored,
                const std::vector<PackId>& dropped) {
  const std::set<PackId> gone(dropped.begin(), dropped.end());
  for (const auto& [pack, p] : state.packs())
    if (p.is == PackState::Is::kCondemned)
      (gone.contains(pack) ? report.dropped : report.waiting).add(size_in(stored, pack));
}

/// Copies needed records of sparse packs into new ones.
class Repacker {
 public:
  Repacker(Vault& vault, const Marks& marks, FileTime now)
      : vault_(vault),
        marks_(marks),
        locked_until_(lock_end(now, vault.state().lock_days())),
        data_(vault.id(), ChunkKind::kData),
        nodes_(vault.id(), ChunkKind::kNode) {}

  Status copy(const PackId& pack) {
    TRY_ASSIGN(const ByteString bytes, get_whole(vault_.store(), pack_name(pack), kMaxPackBytes));
    TRY_ASSIGN(const auto index, decode_pack_index(as_bytes(bytes)));
    PackBuilder& builder = index.kind == ChunkKind::kData ? data_ : nodes_;
    for (const PackEntry& e : index.entries) {
      const auto place = vault_.index().find(e.id);
      if (!place || place->pack != pack || !marks_.rows[place->row]) continue;
      const Bytes record = as_bytes(bytes).subspan(e.offset, e.length);
      TRY_ASSIGN(const Record decoded, decode_record(record, e.offset));
      TRY(open_record(vault_.id(), vault_.keys(), decoded));
      if (decoded.head.id != e.id || decoded.head.kind != index.kind)
        return Error{Code::kCorrupt,
                     fmt::format("pack {}: another chunk lies where {} should", pack.brief(), e.id.brief())};
      builder.add(e.id, record);
      if (builder.full()) TRY(flush(builder));
    }
    return ok;
  }

  Result<std::vector<PackId>> finish() {
    TRY(flush(data_));
    TRY(flush(nodes_));
    return std::move(made_);
  }

 private:
  Status flush(PackBuilder& builder) {
    if (builder.empty()) return ok;
    auto pack = builder.finish();
    TRY(put_pack(vault_.store(), pack, locked_until_));
    made_.push_back(pack.id);
    builder.reuse(std::move(pack.bytes));
    return ok;
  }
  Vault& vault_;
  const Marks& marks_;
  FileTime locked_until_;
  PackBuilder data_, nodes_;
  std::vector<PackId> made_;
};

class Pruner {
 public:
  Pruner(Vault& vault, const PruneOptions& options, FileTime now)
      : vault_(vault), options_(options), now_(now) {}

  Result<PruneReport> run() {
    for (int i = 0; i < kTries; ++i) {
      TRY_ASSIGN(const bool done, attempt());
      if (done) return std::move(report_);
    }
    return Error{Code::kConflict, "others write to the vault all the time; prune it when it is quieter"};
  }

 private:
  /// False when the log moved on meanwhile, so that what was decided may not hold any more, and another prune
  /// may have moved away what this one was about to read.
  Result<bool> attempt() {
    TRY(vault_.refresh());
    decided_at_ = vault_.log().head().number;
    auto done = act();
    if (done || says_nothing(done.error())) return done;
    TRY(vault_.refresh());
    if (vault_.log().head().number != decided_at_) return false;
    return done;
  }

  Result<bool> act() {
    TRY_ASSIGN(
        const Plan plan,
        make_plan({vault_.store(), vault_.id(), &vault_.keys(), vault_.state(), vault_.index()}, options_));
    TRY(check_shrink(plan.report, options_));
    if (!repacked_) {
      report_ = plan.report;
      TRY(as_damage(repack(plan)));
      repacked_ = true;
      if (!plan.sparse.empty()) return false;
    }
    report_.condemned = plan.report.condemned;
    report_.sessions = plan.report.sessions;
    TRY(as_damage(prove(plan)));
    TRY(condemn(plan));
    TRY(end_sessions());
    report_.locked = {}, report_.locked_until = {};
    handled_.clear();
    TRY_ASSIGN(const bool all_gone, remove_dropped(plan));
    TRY(drop(plan, all_gone ? plan.at : LogNumber{}));
    TRY(remove_dropped(plan));
    return true;
  }

  Status repack(const Plan& plan) {
    if (plan.sparse.empty()) return ok;
    Repacker repacker(vault_, plan.marks, now_);
    for (const PackId& pack : plan.sparse) TRY(repacker.copy(pack));
    TRY_ASSIGN(const auto made, repacker.finish());
    LogHead head;
    head.type = LogType::kKeep;
    TRY(vault_.append(head, made, {}, now_));
    return ok;
  }

  /// Only where a lock keeps what somebody else wrote from being all that he could do: elsewhere whoever can
  /// forge entries can delete packs as well. Of unknown packs nothing is needed, since no record names them.
  Status prove(const Plan& plan) {
    if (vault_.state().lock_days() == 0) return ok;
    std::vector<PackId> live;
    for (const PackId& pack : plan.unneeded)
      if (vault_.state().find(pack) != nullptr) live.push_back(pack);
    return prove_unneeded(vault_, plan.marks, live, proven_);
  }

  Status condemn(const Plan& plan) {
    const auto& sessions = vault_.state().sessions();
    const bool unwatched = std::any_of(sessions.begin(), sessions.end(),
                                       [](const auto& s) { return !s.second.silent_since.has_value(); });
    if (plan.unneeded.empty() && !unwatched) return ok;
    return append(LogType::kCondemn, {}, plan.unneeded);
  }

  Status end_sessions() {
    for (const LogNumber session : silent_sessions(vault_.state(), options_.grace, now_)) {
      TRY(append(LogType::kEnd, session, {}));
      ++report_.ended;
    }
    return ok;
  }

  /// `gone`: what was dropped up to this record is not in the store any more.
  Status drop(const Plan& plan, LogNumber gone) {
    const auto packs = packs_to_drop(vault_.state(), options_, now_);
    report_.dropped = report_.waiting = {};
    report_end(report_, vault_.state(), plan.stored, packs);
    return packs.empty() ? Status(ok) : append(LogType::kDrop, gone, packs);
  }

  /// One that the store does not let go does not keep the others. True when none is left there.
  Result<bool> remove_dropped(const Plan& plan) {
    Status done = ok;
    bool all_gone = true;
    for (const auto& [pack, size] : plan.stored) {
      const PackState* p = vault_.state().find(pack);
      if (p == nullptr || p->is != PackState::Is::kDropped || !handled_.insert(pack).second) continue;
      const auto kept = remove_pack(pack);
      if (!kept && done) done = kept.error();
      if (!kept) continue;
      const FileTime until = std::max(*kept, p->locked_until);
      if (until > now_) report_locked(report_, size, until);
      all_gone = all_gone && *kept == FileTime{};
    }
    TRY(std::move(done));
    return all_gone;
  }

  /// Until when the store refuses to; zero: the pack is gone, or hidden where the store keeps versions.
  Result<FileTime> remove_pack(const PackId& pack) {
    const std::string name = pack_name(pack);
    Status removed = vault_.store().remove(name);
    if (removed) return FileTime{};
    if (removed.error().code == Code::kDenied) {
      const auto until = vault_.store().locked_until(name);
      if (until && *until > now_) return until;
    }
    return std::move(removed).error();
  }

  /// Behind the state that it was decided on, or not at all.
  Status append(LogType type, LogNumber target, const std::vector<PackId>& packs) {
    const auto decide = [&]() -> Result<Draft> {
      if (vault_.log().head().number != decided_at_) return Error{Code::kConflict, "the log moved on"};
      Draft draft;
      draft.head.type = type;
      draft.head.target = target;
      draft.packs = packs;
      return draft;
    };
    TRY(vault_.append(decide, now_));
    decided_at_ = vault_.log().head().number;
    return ok;
  }

  Vault& vault_;
  const PruneOptions& options_;
  FileTime now_;
  LogNumber decided_at_;
  bool repacked_ = false;
  std::set<PackId> proven_;
  std::set<PackId> handled_;  // dropped ones that were removed, or are locked
  PruneReport report_;
};

}  // namespace

Result<PruneReport> prune(Vault& vault, const PruneOptions& options, FileTime now) {
  return Pruner(vault, options, now).run();
}

Result<PruneReport> plan_prune(Store& store, const VaultId& vault, const PruneOptions& options,
                               FileTime now) {
  LogChain log(store, vault, nullptr);
  TRY(log.read());
  const LogState& state = log.state();
  ChunkIndex index;
  std::vector<std::string> damage;
  TRY(update_index(store, state.live_packs(), index, damage));
  TRY_ASSIGN(Plan plan, make_plan({store, vault, nullptr, state, index}, options));
  TRY(check_shrink(plan.report, options));
  plan.report.ended = silent_sessions(state, options.grace, now).size();
  const auto dropped = packs_to_drop(state, options, now);
  report_end(plan.report, state, plan.stored, dropped);
  for (const PackId& pack : dropped)
    if (const FileTime until = state.find(pack)->locked_until; until > now)
      report_locked(plan.report, size_in(plan.stored, pack), until);
  return std::move(plan.report);
}

}  // namespace mk::vault
