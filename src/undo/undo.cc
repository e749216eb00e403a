#include "undo/undo.h"

#include <map>

namespace mk::undo {
namespace {

using job::RestoredItem;
using Action = UndoEvent::Action;

constexpr std::size_t kBatchItems = 50;

class Undo {
 public:
  Undo(Removable& mailbox, const UndoOptions& options) : mailbox_(mailbox), options_(options) {}

  Result<UndoReport> run(const std::vector<RestoredItem>& created) {
    if (options_.progress != nullptr) options_.progress->expected_items = created.size();
    for (const auto& item : created) {
      if (options_.cancel != nullptr && *options_.cancel)
        return Error{Code::kCancelled, "interrupted; the same undo goes on with what is left"};
      if (item.id.empty()) {
        TRY(find_by_marker(item));
      } else {
        TRY(add(item));
      }
    }
    TRY(finish_batch());
    return report_;
  }

 private:
  void tell(Action action, const RestoredItem& item, const std::string& why = {}) {
    if (action == Action::kRemove) ++report_.removed;
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

  Removable& mailbox_;
  const UndoOptions& options_;
  std::map<std::string, std::map<std::string, model::ItemId>> marked_;  // by folder, by marker
  std::vector<RestoredItem> batch_;
  UndoReport report_;
};

}  // namespace

Result<UndoReport> run_undo(Removable& mailbox, const std::vector<RestoredItem>& created,
                            const UndoOptions& options) {
  return Undo(mailbox, options).run(created);
}

}  // namespace mk::undo
