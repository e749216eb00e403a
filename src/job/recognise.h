#pragma once
#include <map>

#include "job/chain.h"
#include "job/restore_folders.h"
#include "job/restore_journal.h"

namespace mk::job {

/// What is in one target folder, to tell which items of the backup are there already.
///
/// Shape:   by live id (same mailbox), by marker, then by search key and content hash among unmarked items;
/// an item
///          of the target stands for one item of the backup only
/// Bounds:  16 to 24 bytes an item of the folder; 200 more for each with a marker where ids are kept
class FolderContent {
 public:
  enum class How { kAbsent, kById, kChangedSince, kByMarker, kByContent };
  struct Found {
    How how = How::kAbsent;
    model::ItemId id;              // kById, kChangedSince; kByMarker, where ids are kept
    std::uint64_t size_bytes = 0;  // as the server said, where ids are kept
  };
  struct Comparison {
    enum class Content { kSame, kOther, kUnknown };
    Content content = Content::kUnknown;
    std::string why;  // kUnknown
    ByteString hash;  // of what is there; kOther
  };
  struct Looking {
    bool by_live_id = false;  // the items are of this mailbox
    bool keep_ids = false;    // of items with a marker, and sizes of all
  };
  static Result<std::unique_ptr<FolderContent>> open(model::MailboxTarget& target,
                                                     const RestoreFolders::Place& place,
                                                     const Looking& looking, const OpenReads& open);
  Result<Found> find(const ItemLine& line, const std::string& marker);
  /// By the marker alone, which may be that of a copy.
  Found find_marked(const std::string& marker);
  /// Whether an item of the folder has what was backed up in it; fetches it.
  Result<Comparison> compare(const model::ItemId& id, std::uint64_t size_bytes, const ItemLine& line);
  /// The item that find() knew by this marker, when an earlier restore did not come to set its read state.
  std::optional<model::ItemId> without_read_state(const std::string& marker) const;
  /// Items that were there before the restore and that no item of the state was found to be.
  std::uint64_t left() const { return before_ > matched_.size() ? before_ - matched_.size() : 0; }

 private:
  FolderContent(model::MailboxTarget& target, const model::FolderId& id) : target_(target), id_(id) {}
  Status list_marked(const OpenReads& open, bool keep_ids);
  void keep_id(const model::ItemMark& mark);
  Status list_live(bool keep_sizes);
  Result<bool> find_by_content(const ItemLine& line);
  std::uint64_t key(const model::ItemId& item) const { return item_key(id_, item); }

  model::MailboxTarget& target_;
  model::FolderId id_;
  IdMap markers_;  // by marker, of copies also by the original's; the value tells apart nothing
  std::map<std::uint64_t, Found> ids_;                       // by key of the original's marker, if kept
  IdMap marked_;                                             // by item
  std::map<std::string, model::ItemId> without_read_state_;  // by marker
  std::map<std::uint64_t, std::uint64_t> sizes_;             // of live items, by item, if kept
  IdMap live_;                                               // by item: a check of the change key
  IdMap matched_;  // target items, or markers, that stand for an item of the state
  std::uint64_t before_ = 0;
};

}  // namespace mk::job
