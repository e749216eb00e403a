#include "job/recognise.h"

#include "base/hash.h"
#include "job/fetcher.h"
#include "job/marker.h"

namespace mk::job {
namespace {

std::uint64_t marker_key(std::string_view marker) {
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
                                                           const Looking& looking, const OpenReads& open) {
  std::unique_ptr<FolderContent> c(new FolderContent(target, place.id));
  if (place.is_new || place.id.empty()) return c;
  TRY_ASSIGN(const auto counts, target.count(place.id));
  c->before_ = counts.items + counts.associated;
  if (c->before_ == 0) return c;
  TRY(c->list_marked(open, looking.keep_ids));
  if (looking.by_live_id) TRY(c->list_live(looking.keep_ids));
  return c;
}

Status FolderContent::list_marked(const OpenReads& open, bool keep_ids) {
  for (const bool associated : {false, true}) {
    TRY_ASSIGN(const auto marks, target_.marked(id_, associated, marker_name()));
    for (const auto& mark : marks) {
      markers_.insert(marker_key(mark.marker));
      markers_.insert(marker_key(marker_of_original(mark.marker)));
      if (keep_ids) keep_id(mark);
      marked_.insert(key(mark.id));
      if (open.contains({id_.value, mark.marker})) without_read_state_.emplace(mark.marker, mark.id);
    }
  }
  return ok;
}

/// The item itself goes before copies of it.
void FolderContent::keep_id(const model::ItemMark& mark) {
  const auto original = marker_of_original(mark.marker);
  const Found item{How::kByMarker, mark.id, mark.size_bytes};
  if (original == mark.marker)
    ids_.insert_or_assign(marker_key(original), item);
  else
    ids_.emplace(marker_key(original), item);
}

Status FolderContent::list_live(bool keep_sizes) {
  model::SyncState state;
  for (bool last = false; !last;) {
    TRY_ASSIGN(const auto page, target_.sync_items(id_, state));
    for (const auto& change : page.changes)
      if (change.kind == model::ItemChange::Kind::kCreate ||
          change.kind == model::ItemChange::Kind::kUpdate) {
        live_.set(key(change.head.id), change_check(change.head.change_key));
        if (keep_sizes) sizes_[key(change.head.id)] = change.head.size_bytes;
      }
    last = page.last || (page.changes.empty() && page.state == state);
    state = page.state;
  }
  return ok;
}

FolderContent::Found FolderContent::find_marked(const std::string& marker) {
  const std::uint64_t k = marker_key(marker);
  if (!markers_.contains(k)) return {};
  matched_.insert(k);
  const auto id = ids_.find(k);
  return id != ids_.end() ? id->second : Found{How::kByMarker, {}, 0};
}

Result<FolderContent::Found> FolderContent::find(const ItemLine& line, const std::string& marker) {
  if (before_ == 0) return Found{};
  if (const auto check = live_.find(key(line.head.id))) {
    matched_.insert(key(line.head.id));
    const bool same = *check == change_check(line.head.change_key);
    const auto size = sizes_.find(key(line.head.id));
    return Found{same ? How::kById : How::kChangedSince, line.head.id,
                 size != sizes_.end() ? size->second : 0};
  }
  if (auto found = find_marked(marker); found.how != How::kAbsent) return found;
  TRY_ASSIGN(const bool found, find_by_content(line));
  return Found{found ? How::kByContent : How::kAbsent, {}, 0};
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
    TRY_ASSIGN(const auto compared, compare(mark.id, mark.size_bytes, line));
    if (compared.content != Comparison::Content::kSame) continue;
    matched_.insert(k);
    return true;
  }
  return false;
}

Result<FolderContent::Comparison> FolderContent::compare(const model::ItemId& id, std::uint64_t size_bytes,
                                                         const ItemLine& line) {
  using Content = Comparison::Content;
  model::ItemHead head;
  head.id = id;
  head.size_bytes = size_bytes;
  head.associated = line.head.associated;
  Comparison result{Content::kUnknown, "it vanished meanwhile", {}};
  TRY(fetch_items(target_, {head}, std::filesystem::temp_directory_path(),
                  [&](const Fetched& fetched) -> Status {
                    if (fetched.outcome == Fetched::Outcome::kSkipped)
                      result.why = "what is there cannot be compared: " + fetched.line.reason;
                    if (fetched.outcome != Fetched::Outcome::kWhole) return ok;
                    result.hash = fetched.line.hash;
                    result.content = fetched.line.hash == line.hash ? Content::kSame : Content::kOther;
                    return ok;
                  }));
  return result;
}

}  // namespace mk::job
