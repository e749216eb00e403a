#pragma once
#include <memory>
#include <optional>

#include "source/ews_mailbox.h"

namespace mk::undo {

/// What a folder is now. What the server does not tell is not known.
struct FolderNow {
  model::FolderId parent;
  std::string name;
  std::optional<std::uint64_t> items, folders;  // directly in it, hidden items too
};

/// A mailbox from which an undo removes items, and folders.
/// Errors: of the connection; of items where it says so
/// Threads: one
class Removable {
 public:
  virtual ~Removable() = default;
  /// The items as they are now, one answer each; nothing: it is not there (any more, or under this id).
  virtual Result<std::vector<std::optional<model::ItemHead>>> look(
      const std::vector<model::ItemId>& items) = 0;
  /// The items of a folder, hidden ones too, that carry the marker of restores.
  /// Errors: kNotFound  no such folder
  virtual Result<std::vector<model::ItemMark>> marked(const model::FolderId& folder) = 0;
  /// The content hash of an item, in which its marker does not count.  Errors: kNotFound; kCorrupt  it cannot
  /// be read
  virtual Result<ByteString> content(const model::ItemHead& item) = 0;
  /// Removes items for good; one result each.  Errors (of one item): kNotFound
  virtual Result<std::vector<Status>> remove(const std::vector<model::ItemId>& items) = 0;
  /// Nothing: it is not there any more.
  virtual Result<std::optional<FolderNow>> look_at_folder(const model::FolderId& folder) = 0;
  /// Moves a folder into the deleted items, out of everybody's way.  Errors: kNotFound; the server's own
  virtual Status discard_folder(const model::FolderId& folder) = 0;
  /// Removes a folder for good, with all that is in it.  Errors: kNotFound; the server's own
  virtual Status remove_folder(const model::FolderId& folder) = 0;
};

/// Errors: as source::open_ews_mailbox()
Result<std::unique_ptr<Removable>> open_removable(const source::EwsOptions& options);

}  // namespace mk::undo
