#include "archive/restore_point.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "archive/entries.h"
#include "archive/item_stream.h"
#include "archive/keys.h"
#include "vault/object.h"

namespace mk::archive {
namespace {

constexpr std::uint64_t kMaxRunText = std::uint64_t{256} << 20;

bool is_damage(const Error& e) {
  return e.code == Code::kCorrupt || e.code == Code::kTruncated || e.code == Code::kNotFound;
}

}  // namespace

Result<std::unique_ptr<RestorePoint>> RestorePoint::open(vault::ChunkSource& chunks,
                                                         const vault::TreeWriter::Root& root) {
  std::unique_ptr<RestorePoint> point(new RestorePoint(chunks, root));
  TRY(point->open_point());
  TRY(point->open_folders());
  TRY(point->open_items());
  return point;
}

Status RestorePoint::open_point() {
  bool found = false;
  TRY(vault::visit_tree(chunks_, root_, std::string(kPointKey), [&](const vault::Entry& e) -> Result<bool> {
    if (e.key != kPointKey) return false;
    TRY_ASSIGN(record_, decode_point(as_bytes(e.attributes)));
    run_ = e.object;
    found = true;
    return false;
  }));
  return found ? Status(ok) : Error{Code::kCorrupt, "this point of the vault holds no mailbox"};
}

Status RestorePoint::open_folders() {
  const std::string end = behind(std::string(kFolderPrefix));
  const auto lost = [&](const Error& e) { lost_folders_.push_back(e.what); };
  const auto take = [&](const vault::Entry& e) -> Result<bool> {
    if (e.key >= end) return false;
    auto folder = read_folder(chunks_, e);
    if (!folder && !is_damage(folder.error())) return std::move(folder).error();
    if (folder)
      folders_.push_back(*std::move(folder));
    else
      lost(folder.error());
    return true;
  };
  TRY(vault::visit_tree(chunks_, root_, std::string(kFolderPrefix), take,
                        [&](const vault::Child& child, const Error& e) {
                          if (child.first_key < end) lost(e);
                        }));
  std::sort(folders_.begin(), folders_.end(),
            [](const auto& a, const auto& b) { return a.position < b.position; });
  return ok;
}

Status RestorePoint::open_items() {
  items_ = root_;
  if (!record_.items_apart) return ok;
  items_lost_ = Error{Code::kCorrupt, "the point does not say where its items are"};
  const auto take = [&](const vault::Entry& e) -> Result<bool> {
    TRY_ASSIGN(items_, vault::tree_of(e.object));
    items_lost_.reset();
    return false;
  };
  const Status read = vault::visit_tree(chunks_, root_, std::string(kItemsKey), take);
  if (read || !is_damage(read.error())) return read;
  items_lost_ = read.error();
  return ok;
}

Result<ByteString> RestorePoint::run_text() const {
  const auto object = vault::open_object(chunks_, run_);
  return read_all(*object, kMaxRunText);
}

Result<std::optional<ItemRecord>> RestorePoint::find(const model::FolderId& folder,
                                                     const model::ItemId& item) const {
  TRY_ASSIGN(auto found, find(item_key(folder, item)));
  if (found && found->head.id != item) found.reset();
  return found;
}

Result<std::optional<ItemRecord>> RestorePoint::find(const std::string& key) const {
  if (items_lost_) return *items_lost_;
  std::optional<ItemRecord> found;
  TRY(vault::visit_tree(chunks_, items_, key, [&](const vault::Entry& e) -> Result<bool> {
    if (e.key != key) return false;
    TRY_ASSIGN(found, read_item(e));
    return false;
  }));
  return found;
}

Status RestorePoint::visit_items(const std::string& from, const std::string& end, const VisitItem& visit,
                                 const OnLost& on_lost) const {
  if (items_lost_ && !on_lost) return *items_lost_;
  if (items_lost_) return on_lost(record_.items, *items_lost_), ok;
  const auto take = [&](const vault::Entry& e) -> Result<bool> {
    if (e.key >= end) return false;
    const auto item = read_item(e);
    if (item) return visit(e.key, *item);
    if (!on_lost || !is_damage(item.error())) return item.error();
    on_lost(1, item.error());
    return true;
  };
  vault::DamagedNode damaged;
  if (on_lost)
    damaged = [&](const vault::Child& child, const Error& e) {
      if (child.first_key < end) on_lost(child.id == items_.id ? record_.items : child.entries, e);
    };
  return vault::visit_tree(chunks_, items_, from, take, damaged);
}

Status RestorePoint::for_each_item(const model::FolderId& folder, const model::ItemId& after,
                                   const std::function<Result<bool>(const ItemRecord&)>& visit,
                                   const OnLost& on_lost) const {
  const std::string prefix = items_prefix(folder);
  const std::string from = after.empty() ? prefix : item_key(folder, after) + '\0';
  const auto take = [&](const std::string&, const ItemRecord& item) { return visit(item); };
  return visit_items(from, behind(prefix), take, on_lost);
}

Status RestorePoint::for_each_item(const std::function<Status(std::size_t, const ItemRecord&)>& visit,
                                   const OnLost& on_lost) const {
  std::map<std::string, std::size_t, std::less<>> by_prefix;
  for (std::size_t i = 0; i < folders_.size(); ++i) by_prefix[items_prefix(folders_[i].folder.id)] = i;
  const auto take = [&](const std::string& key, const ItemRecord& item) -> Result<bool> {
    const auto folder = by_prefix.find(std::string_view(key).substr(0, kItemsPrefixBytes));
    if (folder != by_prefix.end()) {
      TRY(visit(folder->second, item));
      return true;
    }
    const Error unplaced{Code::kCorrupt, "an item lies in a folder that is not listed"};
    if (!on_lost) return unplaced;
    on_lost(1, unplaced);
    return true;
  };
  const std::string first(kItemPrefix);
  return visit_items(first, behind(first), take, on_lost);
}

Status RestorePoint::read(const ItemRecord& item, ByteSink& out) const {
  return read_item_stream(chunks_, item.stream, out);
}

}  // namespace mk::archive
