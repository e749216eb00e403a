#include "vault/check.h"

#include <fmt/format.h>

#include <unordered_set>

namespace mk::vault {
namespace {

constexpr std::size_t kMaxTreesInTrees = 4, kCheckpointsCompared = 4;

class Checker final : public ChunkSource {
 public:
  Checker(Store& store, const VaultId& vault, const Keys* keys)
      : store_(store), vault_(vault), keys_(keys), log_(store, vault, keys) {}

  Result<CheckReport> run(const std::optional<KnownHead>& known) {
    TRY(read_log());
    TRY(log_.check_known(known));
    report_.records = log_.head().number.value;
    TRY(check_slots());
    for (const PackId& pack : log_.state().live_packs()) TRY(check_one_pack(pack));
    good_.settle();
    report_.chunks = good_.rows();
    for (const Point& p : log_.state().points()) TRY(check_point(p));
    return std::move(report_);
  }

  Result<Chunk> get(const ChunkId& id, ChunkKind kind) override {
    TRY_ASSIGN(const StoredRecord stored, find(id, kind));
    return open_record(vault_, *keys_, stored.record);
  }

 private:
  void damage(std::string text) { report_.damage.push_back(std::move(text)); }

  /// The whole log. Where it cannot be read, what a checkpoint says of it, which all who have a key go by.
  Status read_log() {
    TRY_ASSIGN(auto checkpoints, find_checkpoints());
    const Status whole =
        log_.read_whole([&](const LogRecord&, const LogState& state) { compare(state, checkpoints); });
    for (const auto& [number, checkpoint] : checkpoints)
      if (whole) damage(checkpoint_name(number) + ": of records that the log does not have");
    if (whole) return ok;
    if (says_nothing(whole.error()) || checkpoints.empty() || !log_.read()) return whole;
    damage(fmt::format("{}; the points are known by a checkpoint", whole.error().what));
    return ok;
  }

  /// With keys only: without them a checkpoint could say anything, and what it says is compared.
  using Checkpoints = std::map<LogNumber, LogState>;
  Result<Checkpoints> find_checkpoints() {
    Checkpoints found;
    TRY_ASSIGN(auto names, list_checkpoints(store_));
    names.resize(std::min(names.size(), kCheckpointsCompared));
    for (const auto& name : names) {
      auto c = read_checkpoint(store_, name, vault_, keys_);
      if (!c && says_nothing(c.error())) return std::move(c).error();
      if (c)
        found.emplace(c->state.head().number, std::move(c->state));
      else
        damage(fmt::format("{}: {}; the log is read without it", name, c.error().what));
    }
    return found;
  }

  /// Those that were compared are taken out.
  void compare(const LogState& state, Checkpoints& checkpoints) {
    const auto found = checkpoints.find(state.head().number);
    if (found == checkpoints.end()) return;
    if (!equal(found->second, state))
      damage(checkpoint_name(found->first) + ": says something else than the log; delete it");
    checkpoints.erase(found);
  }

  Status check_slots() {
    TRY_ASSIGN(const VaultHeader header, read_whole_vault_header(store_));
    TRY_ASSIGN(const SlotList list, list_slots(store_));
    for (const auto& text : list.damaged) damage(text);
    for (const SlotInfo& slot : list.slots)
      if (slot.fields.technique != header.technique)
        damage(fmt::format("keys/{}: says {}, the header of the vault {}", slot.id,
                           describe(slot.fields.technique), describe(header.technique)));
    if (list.slots.empty()) damage("keys/: there is no readable key");
    return ok;
  }

  Status check_one_pack(const PackId& id) {
    ++report_.packs;
    auto bytes = get_whole(store_, pack_name(id), kMaxPackBytes);
    if (!bytes && says_nothing(bytes.error())) return std::move(bytes).error();
    if (!bytes) {
      damage(fmt::format("pack {}: {}", id.hex(), bytes.error().what));
      return ok;
    }
    report_.bytes += bytes->size();
    const Status whole = check_pack(vault_, id, as_bytes(*bytes), [&](const Record& r) { return open(r); });
    if (!whole) damage(fmt::format("pack {}: {}", id.hex(), whole.error().what));
    const auto index = decode_pack_index(as_bytes(*bytes));
    if (!index) return ok;
    if (whole)
      good_.add(id, *index);
    else
      add_good_records(id, *index, as_bytes(*bytes));
    return ok;
  }

  /// What can still be read of a damaged pack, record by record.
  void add_good_records(const PackId& id, const PackIndex& index, Bytes bytes) {
    std::vector<PackEntry> good;
    for (const PackEntry& e : index.entries) {
      const auto record = decode_record(bytes.subspan(e.offset, e.length), e.offset);
      const Status opened = record ? open(*record) : Status(record.error());
      if (opened && record->head.id == e.id && record->head.kind == index.kind)
        good.push_back(e);
      else
        damage(fmt::format("pack {}: chunk {} at offset {} is damaged", id.hex(), e.id.brief(), e.offset));
    }
    good_.add(id, {index.kind, good, bytes.size()});
  }

  Status open(const Record& record) {
    if (keys_ == nullptr) return ok;
    TRY(open_record(vault_, *keys_, record));
    return ok;
  }

  Result<StoredRecord> find(const ChunkId& id, ChunkKind kind) {
    const auto place = good_.find(id);
    if (!place || place->kind != kind)
      return Error{Code::kNotFound, fmt::format("chunk {} is missing or damaged", id.brief())};
    return read_record(store_, id, *place);
  }

  Status check_point(const Point& p) {
    ++report_.points;
    const std::size_t before = report_.damage.size();
    if (!p.root.id.is_zero()) TRY(mark(p, p.root.id, 2 * kMaxLevels));
    if (keys_ == nullptr) return ok;
    const bool sound = before == report_.damage.size() && !incomplete_.contains(p.root.id);
    const auto walked = find_lost(p, p.root, sound, kMaxTreesInTrees);
    if (!walked) damage(fmt::format("point {}: {}", p.number.value, walked.error().what));
    return ok;
  }

  /// Names what cannot be read of a tree and of those in it; visits all, since what is decoded is checked.
  Status find_lost(const Point& p, const TreeWriter::Root& root, bool sound, std::size_t trees_below) {
    return visit_tree(
        *this, root, "",
        [&](const Entry& e) -> Result<bool> {
          const bool is_tree = e.object.depth >= kTreeObject && e.object.depth != kEmptyObject;
          if (is_tree && good_.find(e.object.id)) {
            if (trees_below == 0) return Error{Code::kCorrupt, "trees lie deeper in trees than they can"};
            TRY_ASSIGN(const auto below, tree_of(e.object));
            TRY(find_lost(p, below, sound, trees_below - 1));
          } else if (!sound && e.object.depth != kEmptyObject && lost(e.object.id)) {
            report_.lost.push_back({p.number, e.key, 1});
          }
          return true;
        },
        [&](const Child& lost, const Error&) {  // mark() has named the node
          report_.lost.push_back({p.number, lost.first_key, lost.entries});
        });
  }

  bool lost(const ChunkId& id) const { return incomplete_.contains(id) || !good_.find(id); }

  /// Follows the refs, which need no key. Each node is looked at once, whatever the number of points.
  Status mark(const Point& p, const ChunkId& id, std::size_t depth) {
    if (visited_.contains(id)) return ok;
    const auto place = good_.find(id);
    if (!place) {
      damage(fmt::format("point {}: chunk {} is missing or damaged", p.number.value, id.brief()));
      return ok;
    }
    if (place->kind == ChunkKind::kData) return ok;
    visited_.insert(id);
    if (depth == 0) {
      damage(fmt::format("point {}: node {} lies deeper than a tree can be", p.number.value, id.brief()));
      return ok;
    }
    TRY_ASSIGN(const StoredRecord stored, find(id, ChunkKind::kNode));
    for (const ChunkId& ref : stored.record.refs) {
      TRY(mark(p, ref, depth - 1));
      if (lost(ref)) incomplete_.insert(id);
    }
    return ok;
  }

  Store& store_;
  VaultId vault_;
  const Keys* keys_;
  LogChain log_;
  ChunkIndex good_;
  std::unordered_set<ChunkId, IdHash> visited_, incomplete_;
  CheckReport report_;
};

}  // namespace

Result<CheckReport> check(Store& store, const VaultId& vault, const Keys* keys,
                          const std::optional<KnownHead>& known) {
  return Checker(store, vault, keys).run(known);
}

}  // namespace mk::vault
