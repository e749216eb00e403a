#include <fmt/format.h>

#include <map>

#include "job/backup_engine.h"

namespace mk::job {
namespace {

/// Deletions found by listing anew are journalled in pages of this many.
constexpr std::size_t kSweepPage = 512;

Was was_of(const std::optional<ItemLine>& held) {
  if (!held) return Was::kNothing;
  return held->head.associated ? Was::kAssociated : Was::kNormal;
}

}  // namespace

Status BackupEngine::list(model::MailboxSource& source, std::size_t folder) {
  auto& f = folders_[folder];
  TRY(retry_skipped(folder));
  auto changes = source.sync_items(state_->manifest.folders[folder].folder.id, f.at);
  if (changes) return take_page(folder, *std::move(changes));
  if (changes.error().code != Code::kConflict || f.at.empty()) return std::move(changes).error();
  const std::lock_guard lock(mutex_);
  state_->manifest.notes.push_back(
      fmt::format("the server no longer accepts the sync state of folder {}; it was listed anew",
                  state_->manifest.folders[folder].row.path));
  f.at = {};
  f.relisting = true;
  f.seen = {};
  return ok;
}

/// What a change means for the run; nothing when it is known already.
Result<std::optional<ItemLine>> BackupEngine::line_of(std::size_t folder, const model::ItemChange& change,
                                                      IdMap* seen) {
  const auto& id = state_->manifest.folders[folder].folder.id;
  const std::uint64_t key = item_key(id, change.head.id);
  std::optional<ItemLine> held;
  if (state_->base() != nullptr) {
    TRY_ASSIGN(held, state_->base()->find(id, change.head.id));
  }
  ItemLine line;
  line.folder = static_cast<std::uint32_t>(folder);
  line.head = change.head;
  line.was = was_of(held);
  if (change.kind == model::ItemChange::Kind::kDelete) {
    line.kind = ItemLine::Kind::kDeleted;
    if (held) line.hash = held->hash;
    return std::optional(std::move(line));
  }
  if (change.kind == model::ItemChange::Kind::kReadFlag) {
    line.kind = ItemLine::Kind::kRead;
    return std::optional(std::move(line));
  }
  if (seen != nullptr) {  // what is listed twice in the same version may still be on its way
    const auto check = static_cast<std::uint32_t>(item_key({}, {change.head.change_key.value}));
    if (seen->find(key) == check) return std::optional<ItemLine>{};
    seen->set(key, check);
  }
  const std::lock_guard lock(mutex_);
  if (state_->has_stored(key, change.head.change_key)) return std::optional<ItemLine>{};
  if (held && held->head.change_key == change.head.change_key && !state_->mentions(key)) {
    if (held->head.read == change.head.read) return std::optional<ItemLine>{};
    line.kind = ItemLine::Kind::kRead;
  }
  if (held) line.hash = held->hash;
  return std::optional(std::move(line));
}

Status BackupEngine::take_page(std::size_t folder, model::ItemChanges page) {
  auto& f = folders_[folder];
  std::vector<ItemLine> lines;
  std::map<std::string, std::size_t> fetched;  // an item that is listed twice is fetched once
  for (const auto& change : page.changes) {
    TRY_ASSIGN(auto line, line_of(folder, change, f.relisting ? &f.seen : nullptr));
    if (!line) continue;
    if (line->is_item()) {
      const auto [it, first] = fetched.emplace(line->head.id.value, lines.size());
      if (!first) {
        lines[it->second] = *std::move(line);
        continue;
      }
    }
    lines.push_back(*std::move(line));
  }
  // A server that says "more" and moves nowhere would keep us for ever.
  const bool last = page.last || (page.changes.empty() && page.state == f.at);
  const bool news = !lines.empty() || page.state != f.at;
  f.changed = f.changed || !page.changes.empty();
  f.at = page.state;
  if (news) queue_page(folder, std::move(lines), f.relisting ? model::SyncState{} : page.state);
  if (last && f.relisting) TRY(sweep(folder));
  set_stage(folder, last ? Stage::kListed : Stage::kListing);
  return ok;
}

/// Items that earlier points skipped are tried again, once per run.
Status BackupEngine::retry_skipped(std::size_t folder) {
  auto& f = folders_[folder];
  std::vector<ItemLine> lines;
  for (auto& line : std::exchange(f.retry, {})) {
    const auto& id = state_->manifest.folders[folder].folder.id;
    TRY_ASSIGN(const auto held, state_->base()->find(id, line.head.id));
    const std::lock_guard lock(mutex_);
    if (state_->mentions(item_key(id, line.head.id))) continue;
    line.kind = ItemLine::Kind::kItem;
    line.was = was_of(held);
    line.hash = held ? held->hash : ByteString{};
    lines.push_back(std::move(line));
  }
  if (!lines.empty()) queue_page(folder, std::move(lines), f.relisting ? model::SyncState{} : f.at);
  return ok;
}

/// After a folder was listed anew: what we hold and did not see is gone.
Status BackupEngine::sweep(std::size_t folder) {
  auto& f = folders_[folder];
  std::vector<ItemLine> gone;
  TRY(missing_in_base(folder, gone));
  TRY(missing_in_run(folder, gone));
  for (std::size_t i = 0; i + kSweepPage < gone.size(); i += kSweepPage) {
    const auto from = gone.begin() + static_cast<std::ptrdiff_t>(i);
    queue_page(folder, {from, from + kSweepPage}, {});
  }
  const std::size_t rest = gone.empty() ? 0 : (gone.size() - 1) / kSweepPage * kSweepPage;
  queue_page(folder, {gone.begin() + static_cast<std::ptrdiff_t>(rest), gone.end()}, f.at);
  f.relisting = false;
  f.seen = {};
  return ok;
}

Status BackupEngine::missing_in_base(std::size_t folder, std::vector<ItemLine>& gone) {
  if (state_->base() == nullptr) return ok;
  const auto& id = state_->manifest.folders[folder].folder.id;
  return state_->base()->for_each_in(id, [&](const MailboxState::Held& held) -> Status {
    if (folders_[folder].seen.contains(item_key(id, held.line.head.id))) return ok;
    ItemLine line;
    line.kind = ItemLine::Kind::kDeleted;
    line.folder = static_cast<std::uint32_t>(folder);
    line.head.id = held.line.head.id;
    line.was = was_of(held.line);
    line.hash = held.line.hash;
    gone.push_back(std::move(line));
    return ok;
  });
}

Status BackupEngine::missing_in_run(std::size_t folder, std::vector<ItemLine>& gone) {
  const auto& id = state_->manifest.folders[folder].folder.id;
  return output_->for_each_line([&](const ItemLine& line, std::uint32_t) -> Status {
    if (line.folder != folder || !line.is_item() ||
        folders_[folder].seen.contains(item_key(id, line.head.id)))
      return ok;
    ItemLine deleted;
    deleted.kind = ItemLine::Kind::kDeleted;
    deleted.folder = line.folder;
    deleted.head.id = line.head.id;
    deleted.was = line.was;
    gone.push_back(std::move(deleted));
    return ok;
  });
}

}  // namespace mk::job
