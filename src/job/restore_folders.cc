#include "job/restore_folders.h"

#include <fmt/format.h>

#include <algorithm>

namespace mk::job {
namespace {

/// Folder names are compared as Exchange does, as far as ASCII goes.
bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

Status RestoreFolders::open() {
  for (const auto& f : backup_.folders) backup_folders_.push_back(&f.folder);
  backup_tree_.emplace(backup_folders_);
  TRY_ASSIGN(chosen_, choose_folders(backup_, options_.folders));
  TRY(list_target());
  if (options_.to_folder.empty()) return ok;
  return open_to_folder();
}

Status RestoreFolders::list_target() {
  TRY_ASSIGN(target_folders_, target_.folders());
  top_ = {};
  for (const auto& f : target_folders_)
    if (f.well_known == "msgfolderroot") top_ = {f.id, f.name, false, {f.items, f.associated}};
  if (!top_.id.empty() || target_folders_.empty()) return ok;
  top_.id = target_folders_.front().parent;
  return ok;
}

Status RestoreFolders::open_to_folder() {
  std::vector<const model::Folder*> pointers;
  for (const auto& f : target_folders_) pointers.push_back(&f);
  const FolderTree tree(pointers);
  if (options_.to_folder.starts_with("id:")) {
    TRY_ASSIGN(const std::size_t i, tree.find(options_.to_folder));
    to_folder_ = Place{target_folders_[i].id,
                       tree.path(i),
                       false,
                       {target_folders_[i].items, target_folders_[i].associated}};
    return ok;
  }
  TRY_ASSIGN(const auto names, parse_folder_path(options_.to_folder));
  Place at = top_;
  at.path.clear();
  for (const auto& name : names) {
    model::Folder like;
    like.name = name;
    like.folder_class = "IPF.Note";
    TRY_ASSIGN(at, child(at, like));
  }
  to_folder_ = at;
  return ok;
}

std::optional<RestoreFolders::Place> RestoreFolders::existing(
    const std::function<bool(const model::Folder&)>& is_it) const {
  const auto it = std::find_if(target_folders_.begin(), target_folders_.end(), is_it);
  if (it == target_folders_.end()) return std::nullopt;
  return Place{it->id, it->name, false, {it->items, it->associated}};
}

Result<RestoreFolders::Place> RestoreFolders::child(const Place& parent, const model::Folder& like) {
  const auto path = parent.path.empty() || parent.id == top_.id
                        ? escape_folder_name(like.name)
                        : parent.path + "/" + escape_folder_name(like.name);
  const auto is_it = [&](const model::Folder& f) {
    return f.parent == parent.id && same_name(f.name, like.name);
  };
  auto found = parent.id.empty() ? std::nullopt : existing(is_it);
  if (found) {
    found->path = path;
    return *std::move(found);
  }
  Place made{{}, path, true, {}};
  if (!options_.dry_run) {
    auto id = target_.create_folder(parent.id, like.name, like.folder_class);
    if (!id && id.error().code == Code::kConflict) {  // made by somebody else a moment ago
      TRY(list_target());
      found = existing(is_it);
      if (found) return Place{found->id, path, false, found->before};
    }
    if (!id) return std::move(id).error().in("cannot create folder " + path);
    made.id = *std::move(id);
    model::Folder known = like;
    known.id = made.id;
    known.parent = parent.id;
    target_folders_.push_back(std::move(known));
    TRY(on_made_({made.id, parent.id, like.name, path}));
  }
  ++created_;
  return made;
}

Result<RestoreFolders::Place> RestoreFolders::find_place(std::size_t folder) {
  const auto& f = backup_.folders[folder].folder;
  const bool is_top = backup_tree_->top() == folder;
  const auto parent = backup_tree_->parent(folder);
  if (to_folder_) {
    if (is_top) return *to_folder_;
    if (!parent || !chosen_[*parent]) return child(*to_folder_, f);
    TRY_ASSIGN(const Place* const above, place(*parent));
    return child(*above, f);
  }
  if (is_top) return top_;
  std::optional<Place> found;
  if (same_mailbox_) found = existing([&](const auto& t) { return t.id == f.id; });
  if (!found && !f.well_known.empty())
    found = existing([&](const auto& t) { return t.well_known == f.well_known; });
  if (found) {
    found->path = backup_tree_->path(folder);
    return *std::move(found);
  }
  if (!parent) return child(top_, f);
  TRY_ASSIGN(const Place* const above, place(*parent));
  return child(*above, f);
}

Result<const RestoreFolders::Place*> RestoreFolders::place(std::size_t folder) {
  if (const auto it = places_.find(folder); it != places_.end()) return &it->second;
  TRY_ASSIGN(Place p, find_place(folder));
  return &places_.emplace(folder, std::move(p)).first->second;
}

}  // namespace mk::job
