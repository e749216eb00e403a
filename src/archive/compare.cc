#include "archive/compare.h"

#include <map>
#include <unordered_map>
#include <unordered_set>

#include "archive/entries.h"
#include "archive/keys.h"
#include "vault/tree_diff.h"

namespace mk::archive {
namespace {

using Kind = Difference::Kind;

bool is_item(const vault::Entry& e) { return is_item_key(e.key); }

class Comparer {
 public:
  Comparer(vault::ChunkSource& chunks, const RestorePoint& before, const RestorePoint& after,
           const std::function<Status(const Difference&)>& visit)
      : chunks_(chunks), before_(before), after_(after), visit_(visit) {
    for (const RestorePoint* point : {&before, &after})
      for (const auto& f : point->folders()) folders_[items_prefix(f.folder.id)] = f.folder;
  }

  Status run() {
    using Entry = const vault::Entry*;
    TRY(vault::compare_trees(chunks_, before_.root(), after_.root(),
                             [this](Entry old, Entry now) { return tell_folder(old, now); }));
    TRY(each_item([this](Entry old, Entry now) { return find_moves(old, now); }));
    return each_item([this](Entry old, Entry now) { return tell_item(old, now); });
  }

 private:
  Status each_item(const vault::VisitDifference& visit) {
    TRY_ASSIGN(const auto before, before_.items());
    TRY_ASSIGN(const auto after, after_.items());
    return vault::compare_trees(chunks_, before, after, visit);
  }

  /// First pass: pairs of an item that went and one that came.
  Status find_moves(const vault::Entry* old, const vault::Entry* now) {
    const vault::Entry& e = old != nullptr ? *old : *now;
    if ((old != nullptr && now != nullptr) || !is_item(e)) return ok;
    TRY_ASSIGN(const ItemRecord item, read_item(e));
    if (item.content_hash.empty()) return ok;
    auto& waiting = old != nullptr ? came_ : went_;
    auto& own = old != nullptr ? went_ : came_;
    const auto match = waiting.find(item.content_hash);
    if (match == waiting.end()) {
      own.emplace(item.content_hash, e.key);
      return ok;
    }
    moved_[old != nullptr ? match->second : e.key] = old != nullptr ? e.key : match->second;
    moved_away_.insert(old != nullptr ? e.key : match->second);
    waiting.erase(match);
    return ok;
  }

  Status tell_item(const vault::Entry* old, const vault::Entry* now) {
    const vault::Entry& e = now != nullptr ? *now : *old;
    if (!is_item(e) || (now == nullptr && moved_away_.contains(e.key))) return ok;
    Difference d;
    TRY_ASSIGN(d.item, read_item(e));
    d.folder = folder_of(e.key);
    d.kind = now == nullptr ? Kind::kRemoved : Kind::kAdded;
    if (const auto from = moved_.find(e.key); now != nullptr && from != moved_.end()) {
      d.kind = Kind::kMoved;
      d.from = folder_of(from->second);
    } else if (old != nullptr && now != nullptr) {
      TRY_ASSIGN(const ItemRecord was, read_item(*old));
      const bool same =
          was.stream.sha256 == d.item.stream.sha256 && was.head.change_key == d.item.head.change_key;
      d.kind = same ? Kind::kReadState : Kind::kChanged;
    }
    return visit_(d);
  }

  /// Counts, sync states and ledger rows of a folder are no differences of the folder.
  Status tell_folder(const vault::Entry* old, const vault::Entry* now) {
    const vault::Entry& e = now != nullptr ? *now : *old;
    if (!e.key.starts_with(kFolderPrefix)) return ok;
    Difference d;
    d.is_folder = true;
    TRY_ASSIGN(const FolderRecord f, read_folder(chunks_, e));
    d.folder = f.folder;
    d.kind = now == nullptr ? Kind::kRemoved : Kind::kAdded;
    if (old != nullptr && now != nullptr) {
      TRY_ASSIGN(const FolderRecord was, read_folder(chunks_, *old));
      d.from = was.folder;
      const bool same = d.from.parent == d.folder.parent && d.from.name == d.folder.name &&
                        d.from.folder_class == d.folder.folder_class;
      if (same) return ok;
      d.kind = d.from.parent == d.folder.parent ? Kind::kChanged : Kind::kMoved;
    }
    return visit_(d);
  }

  model::Folder folder_of(const std::string& key) const {
    const auto it = folders_.find(key.substr(0, kItemsPrefixBytes));
    return it == folders_.end() ? model::Folder{} : it->second;
  }

  vault::ChunkSource& chunks_;
  const RestorePoint& before_;
  const RestorePoint& after_;
  const std::function<Status(const Difference&)>& visit_;
  std::map<std::string, model::Folder> folders_;                   // by prefix of their items
  std::unordered_multimap<std::string, std::string> went_, came_;  // content hash: key
  std::unordered_map<std::string, std::string> moved_;             // key now: key before
  std::unordered_set<std::string> moved_away_;                     // keys before
};

}  // namespace

Status compare_points(vault::ChunkSource& chunks, const RestorePoint& before, const RestorePoint& after,
                      const std::function<Status(const Difference&)>& visit) {
  return Comparer(chunks, before, after, visit).run();
}

}  // namespace mk::archive
