#include "vault/chunk_index.h"

#include <fmt/format.h>

#include <algorithm>

namespace mk::vault {

namespace {

constexpr std::size_t kMaxRowsInMemory = 500'000;  // when there is a file

bool by_id(const IndexRow& a, const IndexRow& b) { return a.id < b.id; }

/// The first row from `from` on that is not before `id`, which is sought nearby first.
using RowAt = std::span<const IndexRow>::iterator;
RowAt seek(RowAt from, RowAt end, const ChunkId& id) {
  std::ptrdiff_t step = 8;
  for (; step < end - from && from[step].id < id; step *= 2) from += step;
  return std::ranges::lower_bound(from, from + std::min(step, end - from), id, {}, &IndexRow::id);
}

}  // namespace

ChunkIndex::ChunkIndex(std::filesystem::path file, const VaultId& vault)
    : path_(std::move(file)), vault_(vault) {
  auto opened = IndexFile::open(path_, vault_);
  if (!opened) return;  // it is made anew from the packs
  file_ = *std::move(opened);
  take_packs_of_file();
}

void ChunkIndex::take_packs_of_file() {
  packs_ = file_->packs();
  order_.clear();
  numbers_.clear();
  for (std::uint32_t i = 0; i < packs_.size(); ++i) {
    order_.push_back(i);
    numbers_.emplace(packs_[i].id, i);
  }
}

std::span<const IndexRow> ChunkIndex::on_disk() const {
  return file_ ? file_->rows() : std::span<const IndexRow>();
}

void ChunkIndex::add(const PackId& pack, const PackIndex& entries) {
  const auto n = static_cast<std::uint32_t>(packs_.size());
  packs_.push_back({pack, entries.kind, {}, entries.bytes});
  order_.push_back(n);
  numbers_.emplace(pack, n);
  for (const PackEntry& e : entries.entries) rows_.push_back({e.id, n, e.offset, e.length});
  if (!path_.empty() && rows_.size() > kMaxRowsInMemory) save();
}

void ChunkIndex::set_packs(std::span<const PackId> packs) {
  std::fill(order_.begin(), order_.end(), kGone);
  for (std::size_t i = 0; i < packs.size(); ++i)
    if (const auto n = numbers_.find(packs[i]); n != numbers_.end())
      order_[n->second] = static_cast<std::uint32_t>(i);
}

void ChunkIndex::settle() {
  if (!path_.empty() && !rows_.empty())
    save();
  else
    sort();
}

void ChunkIndex::sort() { std::sort(rows_.begin(), rows_.end(), by_id); }

/// Without the packs that do not count any more. An index that cannot be written stays in memory.
void ChunkIndex::save() {
  sort();
  std::vector<IndexPack> packs;
  std::vector<std::uint32_t> numbers(packs_.size(), kGone), order;
  for (std::size_t i = 0; i < packs_.size(); ++i) {
    if (order_[i] == kGone) continue;
    numbers[i] = static_cast<std::uint32_t>(packs.size());
    packs.push_back(packs_[i]);
    order.push_back(order_[i]);
  }
  if (!IndexFile::write(path_, vault_, {packs, numbers, on_disk(), rows_})) return;
  auto written = IndexFile::open(path_, vault_);
  const auto same = [](const IndexPack& a, const IndexPack& b) { return a.id == b.id; };
  if (!written || !std::ranges::equal(written->packs(), packs, same)) return;  // somebody else's already
  file_ = *std::move(written);
  rows_ = {};
  take_packs_of_file();
  order_ = std::move(order);
}

std::optional<ChunkIndex::Place> ChunkIndex::find(const ChunkId& id) const {
  std::optional<std::size_t> best;
  IndexRow found;
  const auto look = [&](std::span<const IndexRow> rows, std::size_t first_row) {
    auto row = std::lower_bound(rows.begin(), rows.end(), IndexRow{id, 0, 0, 0}, by_id);
    for (; row != rows.end() && row->id == id; ++row) {
      const std::uint32_t order = order_[row->pack];
      if (order == kGone || (best && order < order_[found.pack])) continue;
      best = first_row + static_cast<std::size_t>(row - rows.begin());
      found = *row;
    }
  };
  look(on_disk(), 0);
  look(rows_, on_disk().size());
  if (!best) return std::nullopt;
  const IndexPack& pack = packs_[found.pack];
  return Place{pack.id, pack.kind, found.offset, found.length, *best};
}

std::vector<ChunkIndex::PackFacts> ChunkIndex::packs() const {
  std::vector<std::uint64_t> chunks(packs_.size());
  for (const std::span<const IndexRow> rows : {on_disk(), std::span<const IndexRow>(rows_)})
    for (const IndexRow& row : rows) ++chunks[row.pack];
  std::vector<PackFacts> out;
  for (std::size_t i = 0; i < packs_.size(); ++i)
    if (order_[i] != kGone) out.push_back({packs_[i].id, packs_[i].kind, packs_[i].bytes, chunks[i]});
  return out;
}

bool ChunkIndex::has(const PackId& pack, const PackIndex& entries) const {
  const auto n = numbers_.find(pack);
  if (n == numbers_.end() || packs_[n->second].kind != entries.kind) return false;
  std::size_t found = 0;
  for (const std::span<const IndexRow> rows : {on_disk(), std::span<const IndexRow>(rows_)}) {
    auto row = rows.begin();
    for (const PackEntry& e : entries.entries)
      for (row = seek(row, rows.end(), e.id); row != rows.end() && row->id == e.id; ++row)
        if (row->pack == n->second && row->offset == e.offset && row->length == e.length) ++found;
  }
  return found == entries.entries.size();
}

void ChunkIndex::visit_shared(std::span<const PackId> packs,
                              const std::function<void(const ChunkId&)>& visit) const {
  std::vector<bool> wanted(packs_.size());
  for (const PackId& pack : packs)
    if (const auto n = numbers_.find(pack); n != numbers_.end()) wanted[n->second] = true;
  const bool one_list = on_disk().empty() || rows_.empty();
  for (const std::span<const IndexRow> rows : {on_disk(), std::span<const IndexRow>(rows_)})
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const ChunkId& id = rows[i].id;
      const bool is_shared =
          !one_list || (i > 0 && rows[i - 1].id == id) || (i + 1 < rows.size() && rows[i + 1].id == id);
      if (wanted[rows[i].pack] && is_shared) visit(id);
    }
}

std::map<PackId, std::uint64_t> ChunkIndex::packs_from_file() const {
  std::map<PackId, std::uint64_t> packs;
  if (file_)
    for (const IndexPack& p : file_->packs()) packs.emplace(p.id, p.bytes);
  return packs;
}

Status update_index(Store& store, std::span<const PackId> packs, ChunkIndex& index,
                    std::vector<std::string>& damage) {
  damage.clear();
  const auto from_file = index.packs_from_file();
  std::map<PackId, std::uint64_t> stored;
  if (!from_file.empty()) {
    TRY_ASSIGN(stored, list_packs(store));
  }
  std::vector<PackId> good;
  for (const PackId& pack : packs) {
    if (const auto known = from_file.find(pack); known != from_file.end()) {
      const auto there = stored.find(pack);
      if (there != stored.end() && there->second == known->second)
        good.push_back(pack);
      else
        damage.push_back(fmt::format("pack {}: missing, or not as long as it was", pack.brief()));
      continue;
    }
    good.push_back(pack);
    if (index.has(pack)) continue;
    auto entries = read_pack_index(store, pack);
    if (!entries && says_nothing(entries.error())) return std::move(entries).error();
    if (entries)
      index.add(pack, *entries);
    else
      damage.push_back(entries.error().what);
  }
  index.set_packs(good);
  index.settle();
  return ok;
}

Result<StoredRecord> read_record(Store& store, const ChunkId& id, const ChunkIndex::Place& place) {
  StoredRecord stored;
  auto bytes = store.get(pack_name(place.pack), place.offset, place.length);
  if (!bytes) return std::move(bytes).error().in("chunk " + id.brief());
  stored.bytes = *std::move(bytes);
  auto record = decode_record(as_bytes(stored.bytes), place.offset);
  if (!record) return std::move(record).error().in("pack " + place.pack.brief());
  stored.record = *std::move(record);
  if (stored.record.head.id == id && stored.record.head.kind == place.kind) return stored;
  return Error{Code::kCorrupt,
               fmt::format("pack {}: another chunk lies where {} should", place.pack.brief(), id.brief())};
}

}  // namespace mk::vault
