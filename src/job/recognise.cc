#include "job/recognise.h"

#include "base/hash.h"
#include "job/fetcher.h"
#include "job/marker.h"

namespace mk::job {
namespace {

std::uint64_t marker_key(const std::string& marker) {
  const auto digest = sha256(as_bytes(marker));
  return load_le<std::uint64_t>(digest.data());
}

std::uint32_t change_check(const model::ChangeKey& key) {
  const auto digest = sha256(as_bytes(key.value));
  return load_le<std::uint32_t>(digest.data());
}

}  // namespace

Result<std::unique_ptr<FolderContent>> FolderContent::open(model::MailboxTarget& target,
                                                           const RestoreFolders::Place& place,
                                                           bool same_mailbox, const OpenReads& open) {
  std::unique_ptr<FolderContent> c(new FolderContent(target, place.id));
  if (place.is_new || place.id.empty()) return c;
  TRY_ASSIGN(const auto counts, target.count(place.id));
  c->before_ = counts.items + counts.associated;
  if (c->before_ == 0) return c;
  TRY(c->list_marked(open));
  if (same_mailbox) TRY(c->list_live());
  return c;
}

Status FolderContent::list_marked(const OpenReads& open) {
  for (const bool associated : {false, true}) {
    TRY_ASSIGN(const auto marks, target_.marked(id_, associated, marker_name()));
    for (const auto& mark : marks) {
      markers_.insert(marker_key(mark.marker));
      marked_.insert(key(mark.id));
      if (open.contains({id_.value, mark.marker})) without_read_state_.emplace(mark.marker, mark.id);
    }
  }
  return ok;
}

Status FolderContent::list_live() {
  model::SyncState state;
  for (bool last = false; !last;) {
    TRY_ASSIGN(const auto page, target_.sync_items(id_, state));
    for (const auto& change : page.changes)
      if (change.kind == model::ItemChange::Kind::kCreate || change.kind == model::ItemChange::Kind::kUpdate)
        live_.set(key(change.head.id), change_check(change.head.change_key));
    last = page.last || (page.changes.empty() && page.state == state);
    state = page.state;
  }
  return ok;
}

Result<FolderContent::How> FolderContent::find(const ItemLine& line, const std::string& marker) {
  if (before_ == 0) return How::kAbsent;
  if (const auto check = live_.find(key(line.head.id))) {
    matched_.insert(key(line.head.id));
    return *check == change_check(line.head.change_key) ? How::kById : How::kChangedSince;
  }
  if (markers_.contains(marker_key(marker))) {
    matched_.insert(marker_key(marker));
    return How::kByMarker;
  }
  TRY_ASSIGN(const bool found, find_by_content(line));
  return found ? How::kByContent : How::kAbsent;
}

std::optional<model::ItemId> FolderContent::without_read_state(const std::string& marker) const {
  const auto it = without_read_state_.find(marker);
  return it == without_read_state_.end() ? std::nullopt : std::optional(it->second);
}

Result<bool> FolderContent::find_by_content(const ItemLine& line) {
  // When every item of the folder carries a marker, or stands for another item, there is nothing to look for.
  if (line.search_key.empty() || line.hash.empty() || before_ <= marked_.size()) return false;
  TRY_ASSIGN(const auto candidates, target_.by_search_key(id_, line.head.associated, line.search_key));
  for (const auto& mark : candidates) {
    const std::uint64_t k = key(mark.id);
    if (marked_.contains(k) || matched_.contains(k)) continue;
    TRY_ASSIGN(const bool same, has_content(mark, line));
    if (!same) continue;
    matched_.insert(k);
    return true;
  }
  return false;
}

Result<bool> FolderContent::has_content(const model::ItemMark& mark, const ItemLine& line) {
  model::ItemHead head;
  head.id = mark.id;
  head.size_bytes = mark.size_bytes;
  head.associated = line.head.associated;
  bool same = false;
  TRY(fetch_items(target_, {head}, std::filesystem::temp_directory_path(),
                  [&](const Fetched& fetched) -> Status {
                    same = fetched.outcome == Fetched::Outcome::kWhole && fetched.line.hash == line.hash;
                    return ok;
                  }));
  return same;
}

}  // namespace mk::job
