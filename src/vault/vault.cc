#include "vault/vault.h"

#include <fmt/format.h>

namespace mk::vault {
namespace {

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

}  // namespace

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

std::vector<PackId> packs_of(std::span<const LogRecord> log) {
  std::set<PackId> packs;
  for (const LogRecord& r : log) packs.insert(r.packs.begin(), r.packs.end());
  return {packs.begin(), packs.end()};
}

Result<std::unique_ptr<Vault>> Vault::open(Store& store, const Unlock& key,
                                           const std::optional<KnownHead>& known) {
  TRY_ASSIGN(const VaultId id, read_vault_header(store));
  TRY_ASSIGN(const Opened opened, unlock(store, id, key));
  std::unique_ptr<Vault> vault(new Vault(store, id, derive_keys(id, opened.master)));
  TRY_ASSIGN(vault->log_, read_log(store, id, &vault->keys_));
  TRY(check_known(vault->log_, known));
  TRY(vault->read_indexes());
  return vault;
}

Status Vault::read_indexes() {
  for (const PackId& pack : packs_of(log_)) {
    const auto index = read_pack_index(store_, pack);
    const Code code = index ? Code::kCorrupt : index.error().code;
    if (code == Code::kUnavailable || code == Code::kDenied)
      return index.error();  // says nothing of the pack
    if (index)
      index_.add(pack, index->kind, index->entries);
    else
      damage_.push_back(index.error().what);
  }
  index_.sort();
  return ok;
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
  const auto place = index_.find(id);
  if (!place || place->kind != kind)
    return Error{Code::kNotFound, fmt::format("chunk {} is in no pack that can be read", id.brief())};
  TRY_ASSIGN(const StoredRecord stored, read_record(store_, id, *place));
  return open_record(id_, keys_, stored.record);
}

Result<LogNumber> Vault::append(LogHead head, std::span<const PackId> packs, const PointFacts& facts,
                                FileTime now) {
  for (;;) {
    auto done =
        append_log(store_, id_, keys_, log_.empty() ? nullptr : &log_.back(), head, packs, facts, now);
    if (done) {
      log_.push_back(*std::move(done));
      return log_.back().head.number;
    }
    if (done.error().code != Code::kConflict) return std::move(done).error();
    const std::size_t before = log_.size();
    TRY_ASSIGN(log_, read_log(store_, id_, &keys_));  // somebody was faster
    if (log_.size() <= before)
      return Error{Code::kInternal, "the store says that a log record is there and does not list it"};
  }
}

}  // namespace mk::vault
