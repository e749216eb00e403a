#include "vault/vault.h"

#include <fmt/format.h>

namespace mk::vault {

Status check_known(std::span<const LogRecord> log, const std::optional<KnownHead>& known) {
  if (!known || known->number.value == 0) return ok;
  if (known->number.value > log.size())
    return Error{Code::kCorrupt,
                 fmt::format("the log ends at record {}, but record {} was seen: the store was set "
                             "back to an older state; bring back the newer one",
                             log.size(), known->number.value)};
  if (log[known->number.value - 1].hash != known->hash)
    return Error{Code::kCorrupt,
                 fmt::format("record {} of the log is not the one that was seen: the store was replaced",
                             known->number.value)};
  return ok;
}

std::vector<Point> points_of(std::span<const LogRecord> log) {
  std::set<LogNumber> forgotten;
  for (const LogRecord& r : log)
    if (r.head.type == LogType::kForget) forgotten.insert(r.head.target);
  std::vector<Point> points;
  for (const LogRecord& r : log) {
    if (r.head.type != LogType::kCommit || forgotten.contains(r.head.number)) continue;
    const PointFacts f = r.facts.value_or(PointFacts{});
    points.push_back(
        {r.head.number, FileTime{r.head.time}, f.name, {r.head.root, f.level, f.entries, f.bytes}});
  }
  return points;
}

Result<std::unique_ptr<Vault>> Vault::open(Store& store, const Unlock& key,
                                           const std::optional<KnownHead>& known,
                                           const std::filesystem::path& index_file) {
  TRY_ASSIGN(const VaultId id, read_vault_header(store));
  TRY_ASSIGN(const Opened opened, unlock(store, id, key));
  std::unique_ptr<Vault> vault(new Vault(store, id, derive_keys(id, opened.master)));
  TRY_ASSIGN(vault->log_, read_log(store, id, &vault->keys_));
  TRY(check_known(vault->log_, known));
  vault->state_ = fold(vault->log_);
  vault->view_ = LogNumber{vault->log_.size()};
  if (!index_file.empty()) vault->index_ = ChunkIndex(index_file, id);
  TRY(vault->refresh());
  return vault;
}

Status Vault::refresh() {
  TRY(read_log_further());
  if (indexed_ == log_.size() && indexed_ > 0) return ok;
  TRY(update_index(store_, state_.live_packs(), index_, damage_));
  indexed_ = log_.size();
  return ok;
}

Status Vault::read_log_further() {
  const std::size_t before = log_.size();
  const Status read = read_log_on(store_, id_, &keys_, log_);
  for (std::size_t i = before; i < log_.size(); ++i) state_.add(log_[i]);
  return read;
}

Result<Point> Vault::find_point(const std::string& name) const {
  const auto all = points();
  for (auto p = all.rbegin(); p != all.rend(); ++p) {
    const std::string number = std::to_string(p->number.value);
    if (p->name == name || number == name || "#" + number == name) return *p;
  }
  return Error{Code::kNotFound,
               fmt::format("there is no restore point '{}'; `mailkeep vault ls` lists them", name)};
}

Result<Chunk> Vault::get(const ChunkId& id, ChunkKind kind) {
  TRY_ASSIGN(const StoredRecord stored, read(id, kind));
  return open_record(id_, keys_, stored.record);
}

ChunkSource::Opening Vault::fetch(const ChunkId& id, ChunkKind kind) {
  const auto stored = std::make_shared<const Result<StoredRecord>>(read(id, kind));
  return [this, stored]() -> Result<Chunk> {
    if (!*stored) return stored->error();
    return open_record(id_, keys_, (*stored)->record);
  };
}

Result<StoredRecord> Vault::read(const ChunkId& id, ChunkKind kind) {
  auto stored = read_indexed(id, kind);
  while (!stored && stored.error().code == Code::kNotFound) {  // in a new pack, or moved into another
    const std::size_t seen = indexed_;
    TRY(refresh());
    if (indexed_ == seen) break;
    stored = read_indexed(id, kind);
  }
  return stored;
}

Result<StoredRecord> Vault::read_indexed(const ChunkId& id, ChunkKind kind) {
  const auto place = index_.find(id);
  if (place && place->kind == kind) return read_record(store_, id, *place);
  return Error{Code::kNotFound, fmt::format("chunk {} is in no pack that can be read", id.brief())};
}

Result<LogNumber> Vault::append(const std::function<Result<Draft>()>& decide, FileTime now) {
  for (;;) {
    TRY_ASSIGN(const Draft draft, decide());
    auto done = append_log(store_, id_, keys_, log_.empty() ? nullptr : &log_.back(), draft.head, draft.packs,
                           draft.facts, now);
    if (done) {
      state_.add(*done);
      log_.push_back(*std::move(done));
      return log_.back().head.number;
    }
    if (done.error().code != Code::kConflict) return std::move(done).error();
    const std::size_t before = log_.size();
    TRY(read_log_further());  // somebody was faster
    if (log_.size() <= before)
      return Error{Code::kInternal, "the store says that a log record is there and does not give it"};
  }
}

Result<LogNumber> Vault::append(LogHead head, std::span<const PackId> packs, const PointFacts& facts,
                                FileTime now) {
  const Draft draft{head, {packs.begin(), packs.end()}, facts};
  return append([&]() -> Result<Draft> { return draft; }, now);
}

}  // namespace mk::vault
