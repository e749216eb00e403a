#include "undo/undo.h"

#include <map>
#include <ranges>

namespace mk::undo {
namespace {

using job::RestoredItem;
using Action = UndoEvent::Action;

constexpr std::size_t kBatchItems = 50;

class Undo {
 public:
  Undo(Removable& mailbox, const UndoOptions& options) : mailbox_(mailbox), options_(options) {}

  Result<UndoReport> run(const Restored& restored) {
    if (options_.progress != nullptr) options_.progress->expected_items = restored.items.size();
    for (const auto& item : restored.items) {
      TRY(check_cancelled());
      if (item.id.empty()) {
        TRY(find_by_marker(item));
      } else {
        TRY(add(item));
      }
    }
    TRY(finish_batch());
    for (const auto& folder : restored.folders | std::views::reverse) {
      TRY(check_cancelled());
      TRY(take_back(folder));
    }
    return report_;
  }

 private:
  /// Of a dry run: what would be gone from a folder by then.
  struct Gone {
    std::uint64_t items = 0, folders = 0;
  };

  Status check_cancelled() const {
    if (options_.cancel == nullptr || !*options_.cancel) return ok;
    return Error{Code::kCancelled, "interrupted; the same undo goes on with what is left"};
  }

  void tell(Action action, const RestoredItem& item, const std::string& why = {}) {
    if (action == Action::kRemove) ++report_.removed, ++gone_[item.to.value].items;
    if (action == Action::kGone) ++report_.gone;
    if (action == Action::kChanged) ++report_.changed;
    if (action == Action::kFailed) ++report_.failed;
    if (options_.progress != nullptr) ++options_.progress->items;
    if (options_.on_event) options_.on_event({action, item, why});
  }

  Result<const std::map<std::string, model::ItemId>*> marked(const model::FolderId& folder) {
    if (const auto found = marked_.find(folder.value); found != marked_.end()) return &found->second;
    auto& known = marked_[folder.value];
    const auto marks = mailbox_.marked(folder);
    if (!marks && marks.error().code != Code::kNotFound) return marks.error();
    if (marks)
      for (const auto& mark : *marks) known.emplace(mark.marker, mark.id);
    return &known;
  }

  Status find_by_marker(RestoredItem item) {
    TRY_ASSIGN(const auto* const known, marked(item.to));
    const auto found = known->find(item.marker);
    if (found == known->end())
      return tell(Action::kGone, item, "it was not created, or is not there any more"), ok;
    item.id = found->second;
    return add(item);
  }

  Status add(const RestoredItem& item) {
    batch_.push_back(item);
    return batch_.size() < kBatchItems ? Status(ok) : finish_batch();
  }

  Status finish_batch() {
    if (batch_.empty()) return ok;
    std::vector<model::ItemId> ids;
    for (const auto& item : batch_) ids.push_back(item.id);
    TRY_ASSIGN(const auto heads, mailbox_.look(ids));
    if (heads.size() != batch_.size())
      return Error{Code::kInternal, "the mailbox answered for another number of items"};
    std::vector<RestoredItem> unchanged;
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      TRY_ASSIGN(const bool same, is_unchanged(batch_[i], heads[i]));
      if (same) unchanged.push_back(batch_[i]);
    }
    batch_.clear();
    return remove(unchanged);
  }

  /// Tells what is not.
  Result<bool> is_unchanged(const RestoredItem& item, const std::optional<model::ItemHead>& now) {
    if (!now)
      return tell(Action::kGone, item, "it is not there any more: somebody removed or moved it"), false;
    if (!item.change_key.empty() && now->change_key == item.change_key) return true;
    if (now->read != item.read)
      return tell(Action::kChanged, item, "somebody changed its read state; it is left"), false;
    if (item.hash.empty())
      return tell(Action::kChanged, item, "it has another change key, and no content to compare; it is left"),
             false;
    const auto content = mailbox_.content(*now);
    if (content && *content == item.hash) return true;
    if (content) return tell(Action::kChanged, item, "somebody changed it; it is left"), false;
    const Error& why = content.error();
    if (why.code == Code::kNotFound) return tell(Action::kGone, item, "it vanished meanwhile"), false;
    if (why.code != Code::kCorrupt && why.code != Code::kTruncated && why.code != Code::kUnsupported)
      return why;
    return tell(Action::kChanged, item, "its content cannot be compared, it is left: " + why.what), false;
  }

  Status remove(const std::vector<RestoredItem>& items) {
    if (items.empty()) return ok;
    std::vector<model::ItemId> ids;
    for (const auto& item : items) ids.push_back(item.id);
    std::vector<Status> results(ids.size(), ok);
    if (!options_.dry_run) {
      TRY_ASSIGN(results, mailbox_.remove(ids));
    }
    if (results.size() != items.size())
      return Error{Code::kInternal, "the mailbox answered for another number of items"};
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (results[i])
        tell(Action::kRemove, items[i]);
      else if (results[i].error().code == Code::kNotFound)
        tell(Action::kGone, items[i], "it vanished meanwhile");
      else
        tell(Action::kFailed, items[i], results[i].error().what);
    }
    return ok;
  }

  /// Why a folder is left; empty: nobody changed it, and it is empty.
  std::string why_left(const job::MadeFolder& folder, const FolderNow& now) {
    const Gone gone = options_.dry_run ? gone_[folder.id.value] : Gone{};
    if (now.name != folder.name || now.parent != folder.parent)
      return "somebody renamed or moved it; it is left";
    if (!now.items || !now.folders) return "the server does not tell whether it is empty; it is left";
    if (*now.items > gone.items || *now.folders > gone.folders) return "it is not empty; it is left";
    return {};
  }

  Status take_back(const job::MadeFolder& folder) {
    TRY_ASSIGN(const auto now, mailbox_.look_at_folder(folder.id));
    if (!now) return ok;
    std::string why = why_left(folder, *now);
    if (why.empty() && !options_.dry_run) {
      TRY_ASSIGN(why, remove(folder));
    }
    ++(why.empty() ? report_.folders_removed : report_.folders_left);
    if (why.empty()) ++gone_[folder.parent.value].folders;
    if (options_.on_folder) options_.on_folder({folder, why});
    return ok;
  }

  /// Why it was not removed.
  Result<std::string> remove(const job::MadeFolder& folder) {
    auto done = mailbox_.discard_folder(folder.id);
    if (!done && done.error().code == Code::kNotFound) return std::string();
    if (!done) return std::move(done).error().what;
    TRY_ASSIGN(const auto now, mailbox_.look_at_folder(folder.id));
    if (!now) return std::string();
    if (now->items != 0U || now->folders != 0U)
      return std::string("something came into it meanwhile; it lies in the deleted items with that");
    done = mailbox_.remove_folder(folder.id);
    if (done || done.error().code == Code::kNotFound) return std::string();
    return std::move(done).error().what;
  }

  Removable& mailbox_;
  const UndoOptions& options_;
  std::map<std::string, Gone> gone_;                                    // by folder
  std::map<std::string, std::map<std::string, model::ItemId>> marked_;  // by folder, by marker
  std::vector<RestoredItem> batch_;
  UndoReport report_;
};

}  // namespace

Result<UndoReport> run_undo(Removable& mailbox, const Restored& restored, const UndoOptions& options) {
  return Undo(mailbox, options).run(restored);
}

}  // namespace mk::undo
