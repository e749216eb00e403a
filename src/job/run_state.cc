#include "job/run_state.h"

#include <map>

#include "base/hash.h"

namespace mk::job {
namespace {

constexpr std::uint8_t kKindBits = 0x03, kAssociatedBit = 0x04, kGainedBit = 0x08, kLostBit = 0x10;

std::uint32_t check_of(const model::ChangeKey& key) {
  const auto digest = sha256(as_bytes(key.value));
  return load_le<std::uint32_t>(digest.data());
}

ItemLine::Kind kind_of(std::uint8_t status) { return static_cast<ItemLine::Kind>(status & kKindBits); }

void bump(model::FolderCounts& counts, bool associated, bool add) {
  auto& n = associated ? counts.associated : counts.items;
  n = add ? n + 1 : n - 1;
}

}  // namespace

RunState::RunState(Manifest m, std::unique_ptr<MailboxState> base)
    : manifest(std::move(m)), base_(std::move(base)), tallies_(manifest.folders.size()) {
  if (!base_) return;
  std::map<std::string, model::FolderCounts> held_before;
  for (const auto& f : base_->manifest().folders) held_before[f.folder.id.value] = f.held;
  for (std::size_t i = 0; i < tallies_.size(); ++i)
    tallies_[i].base = held_before[manifest.folders[i].folder.id.value];
}

std::uint64_t RunState::key_of(const ItemLine& line) const {
  return item_key(manifest.folders[line.folder].folder.id, line.head.id);
}

bool RunState::matters(const ItemLine& line) const {
  if (line.is_item() || line.kind == ItemLine::Kind::kSkipped) return true;
  const auto last = last_.find(key_of(line));
  if (!last) return line.was != Was::kNothing;
  const auto kind = kind_of(status_[*last]);
  if (kind == ItemLine::Kind::kDeleted) return false;
  return line.kind == ItemLine::Kind::kDeleted || kind == ItemLine::Kind::kItem || line.was != Was::kNothing;
}

void RunState::apply(const ItemLine& line) {
  const auto number = static_cast<std::uint32_t>(status_.size());
  const std::uint64_t key = key_of(line);
  status_.push_back(static_cast<std::uint8_t>(line.kind));
  checks_.push_back(check_of(line.head.change_key));
  if (line.kind == ItemLine::Kind::kRead) return last_read_.set(key, number);
  auto& tally = tallies_[line.folder];
  auto& status = status_.back();
  if (const auto old = last_.find(key)) {
    const auto was = status_[*old];
    const bool associated = (was & kAssociatedBit) != 0;
    if (kind_of(was) == ItemLine::Kind::kItem) bump(tally.stored, associated, false), superseded_ = true;
    if (kind_of(was) == ItemLine::Kind::kSkipped) bump(tally.skipped, associated, false);
    if ((was & kGainedBit) != 0) bump(tally.gained, associated, false);
    if ((was & kLostBit) != 0) bump(tally.lost, line.was == Was::kAssociated, false);
  } else if (line.was != Was::kNothing) {
    bump(tally.touched, line.was == Was::kAssociated, true);
  }
  if (line.head.associated) status |= kAssociatedBit;
  if (line.is_item()) bump(tally.stored, line.head.associated, true);
  if (line.kind == ItemLine::Kind::kSkipped) bump(tally.skipped, line.head.associated, true);
  if (line.is_item() && line.was == Was::kNothing)
    bump(tally.gained, line.head.associated, true), status |= kGainedBit;
  if (line.kind == ItemLine::Kind::kDeleted && line.was != Was::kNothing)
    bump(tally.lost, line.was == Was::kAssociated, true), status |= kLostBit;
  last_.set(key, number);
}

bool RunState::has_stored(std::uint64_t key, const model::ChangeKey& change_key) const {
  const auto last = last_.find(key);
  return last && kind_of(status_[*last]) == ItemLine::Kind::kItem && checks_[*last] == check_of(change_key);
}

void RunState::fill_row(std::size_t folder) {
  const auto& t = tallies_[folder];
  auto& row = manifest.folders[folder].row;
  row.stored = t.stored;
  row.skipped = t.skipped;
  row.unchanged = {t.base.items - t.touched.items, t.base.associated - t.touched.associated};
}

model::FolderCounts RunState::held(std::size_t folder) const {
  const auto& t = tallies_[folder];
  return {t.base.items + t.gained.items - t.lost.items,
          t.base.associated + t.gained.associated - t.lost.associated};
}

void RunState::close_folders() {
  for (std::size_t i = 0; i < manifest.folders.size(); ++i) {
    auto& f = manifest.folders[i];
    f.held = held(i);
    if (!f.row.balanced()) f.state = {};  // which finds what was missed
  }
}

bool RunState::counts(const ItemLine& line, std::uint32_t number) const {
  const std::uint64_t key = key_of(line);
  const auto last = last_.find(key);
  if (line.kind != ItemLine::Kind::kRead) return last == number;
  if (last_read_.find(key) != number) return false;
  if (!last) return true;
  return *last < number && kind_of(status_[*last]) != ItemLine::Kind::kDeleted;
}

}  // namespace mk::job
