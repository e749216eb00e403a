#include "pst/tree_copier.h"

#include <algorithm>
#include <array>

#include "model/tags.h"
#include "pst/layout.h"

namespace mk::pst {
namespace {

namespace pid = model::pid;

constexpr std::size_t kEntryIdBytes = 24, kEntryIdNidAt = 20, kHashBytes = 16;
constexpr auto kDiffersInCopies =
    std::to_array<std::uint16_t>({pid::kSearchKey, pid::kCreationTime, pid::kMessageClass, pid::kDisplayTo,
                                  pid::kDisplayCc, pid::kDisplayBcc});

model::PropertyList without_empty(const model::PropertyList& list) {
  model::PropertyList out;
  for (const auto& p : list)
    if (p.value.size() > 0 && p.tag.id() != pid::kRowId) out.add(p);
  return out;
}

/// Whose fault it is: an item's own, or that of the file that is written.
bool concerns_file(const Error& e) {
  return e.code == Code::kExhausted || e.code == Code::kDenied || e.code == Code::kInternal ||
         e.code == Code::kConflict || e.code == Code::kInvalid;
}

}  // namespace

std::optional<Nid> folder_of_entry_id(const model::PropertyList& store, std::uint16_t id) {
  const auto entry_id = store.get_binary(id);
  if (!entry_id || entry_id->size() != kEntryIdBytes) return {};
  return Nid(load_le<std::uint32_t>(entry_id->data() + kEntryIdNidAt));
}

std::map<Nid, bool> folders_meant(const PstFile& file, const std::vector<FolderEntry>& folders,
                                  const Where& where) {
  FolderPaths paths, short_paths;
  const Nid top = file.ipm_subtree();
  std::map<Nid, Nid> parents;
  std::set<Nid> below_top;
  std::map<Nid, bool> out;
  for (const auto& f : folders) {
    parents[f.nid] = f.parent;
    const std::string& path = paths.add(f);
    if (f.parent == top || below_top.contains(f.parent)) below_top.insert(f.nid), short_paths.add(f);
    if (!where.takes_folder(path, short_paths.at(f.nid))) continue;
    out[f.nid] = true;
    for (auto up = parents.find(f.parent); up != parents.end(); up = parents.find(up->second))
      if (!out.emplace(up->first, false).second) break;
  }
  return out;
}

/// Folders that every store has are the same ones here; only their properties are taken over.
std::optional<Nid> TreeCopier::standing(const CopySource& source, const FolderEntry& f,
                                        std::size_t occurrence) {
  switch (role_of(*source.file, f, occurrence == 0)) {
    case FolderRole::kSubtree:
      return to_.ipm_subtree();
    case FolderRole::kSearchRoot:
      return to_.search_root();
    case FolderRole::kCommonViews:
      return to_.common_views();
    case FolderRole::kDeletedItems:
      return to_.deleted_items();
    case FolderRole::kRoot:
    case FolderRole::kOrdinary:
      break;
  }
  return {};
}

Status TreeCopier::add_folders(const CopySource& source) {
  const bool is_first = trees_.empty();
  Tree& tree = trees_[source.file];
  TRY_ASSIGN(const auto folders, source.file->folders());
  const Nid root = source.file->root_folder();
  const std::string prefix = source.name.empty() ? "" : source.name + ": ";
  const bool all = !options_.where.has_folders();
  tree.here[root] = to_.root();
  tree.places.push_back({root, to_.root(), prefix, all});
  if (is_first) TRY(to_.set_properties(to_.root(), source.file->root_entry().properties));
  const auto meant = all ? std::map<Nid, bool>() : folders_meant(*source.file, folders, options_.where);
  FolderPaths paths;
  for (const auto& f : folders) {
    const std::string path = prefix + paths.add(f);
    const auto it = meant.find(f.nid);
    if (all || it != meant.end()) TRY(add_folder(source, f, {f.nid, {}, path, all || it->second}, tree));
  }
  return ok;
}

Status TreeCopier::add_folder(const CopySource& source, const FolderEntry& f, Place place, Tree& tree) {
  const auto parent = tree.here.find(f.parent);
  const Nid above = parent == tree.here.end() ? to_.root() : parent->second;
  const std::size_t occurrence = tree.n_of_path[place.path]++;
  if (const auto there = standing(source, f, occurrence)) {
    place.here = *there;
    if (here_.emplace(Key{above, f.name, occurrence}, *there).second) {
      ++report_.folders;
      TRY(to_.set_properties(*there, f.properties));
    }
  } else {
    TRY_ASSIGN(place.here, folder_here(above, f, occurrence));
  }
  tree.here[f.nid] = place.here;
  tree.places.push_back(std::move(place));
  return ok;
}

Result<Nid> TreeCopier::folder_here(Nid parent, const FolderEntry& f, std::size_t occurrence) {
  const Key key{parent, f.name, occurrence};
  if (const auto it = here_.find(key); it != here_.end()) return it->second;
  TRY_ASSIGN(const Nid nid, to_.add_folder(parent, f.properties));
  here_[key] = nid;
  ++report_.folders;
  return nid;
}

Status TreeCopier::add_items(const CopySource& source, const std::vector<Nid>* only) {
  for (const Place& place : trees_.at(source.file).places)
    if (place.takes_items) TRY(copy_items(source, place, only));
  return ok;
}

Status TreeCopier::copy_items(const CopySource& source, const Place& place, const std::vector<Nid>* only) {
  for (const bool associated : {false, true}) {
    auto ids = source.file->items(place.there, associated);
    if (!ids) {
      TRY(to_.drain());
      if (only == nullptr) skip(place.there, place, std::move(ids).error());
      continue;
    }
    for (const Nid id : *ids)
      if (only == nullptr || std::binary_search(only->begin(), only->end(), id))
        TRY(copy_item(source, id, place, associated));
  }
  return ok;
}

Status TreeCopier::copy_item(const CopySource& source, Nid id, const Place& place, bool associated) {
  IncompleteItem damaged{id, place.path, {}};
  auto item = source.file->read_item(id, options_.partial ? &damaged.lost : nullptr);
  if (!item) {
    TRY(to_.drain());  // so that the report has all in the order of the original
    return skip(id, place, std::move(item).error()), ok;
  }
  if (options_.where.has_conditions() && !options_.where.takes(item->properties)) {
    ++report_.not_meant;
    return ok;
  }
  if (options_.skip_duplicates) {
    auto is_known = is_duplicate(*item, place.here, associated);
    if (!is_known) return skip(id, place, std::move(is_known).error()), ok;
    if (*is_known) return ok;
  }
  return to_.submit_item(
      place.here, *std::move(item), associated,
      [this, &place, associated, damaged = std::move(damaged)](Result<PlacedItem> added) mutable -> Status {
        if (added) return count(place, associated, std::move(damaged)), ok;
        if (concerns_file(added.error())) return std::move(added).error();
        return skip(damaged.nid, place, std::move(added).error()), ok;
      });
}

void TreeCopier::count(const Place& place, bool associated, IncompleteItem damaged) {
  ++(associated ? report_.associated : report_.items);
  ++report_.copied[place.path];
  if (!damaged.lost.empty()) report_.incomplete.push_back(std::move(damaged));
  if (options_.progress) options_.progress(report_);
}

/// Copies of one message in two folders are two. What a writer fills in where it is missing, or leaves out
/// where it is empty, does not count, so that an item and its copy are one.
Result<bool> TreeCopier::is_duplicate(model::Item& item, Nid folder, bool associated) {
  const model::PropertyList properties = item.properties;
  const std::vector<model::PropertyList> recipients = item.recipients;
  for (const auto id : kDiffersInCopies) item.properties.remove(id);
  for (auto& r : item.recipients) r = without_empty(r);
  auto hash = model::content_hash(item);
  item.properties = properties;
  item.recipients = recipients;
  if (!hash) return std::move(hash).error();
  ByteString key = le_bytes(folder.value) + (associated ? 'a' : 'n') + hash->substr(0, kHashBytes);
  const bool is_known = !hashes_.insert(std::move(key)).second;
  if (is_known) ++report_.duplicates;
  return is_known;
}

void TreeCopier::skip(Nid id, const Place& place, Error error) {
  report_.skipped.push_back({id, place.path, std::move(error)});
}

}  // namespace mk::pst
