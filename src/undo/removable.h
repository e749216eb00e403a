#pragma once
#include <memory>
#include <optional>

#include "source/ews_mailbox.h"

namespace mk::undo {

/// A mailbox from which an undo removes items.
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
};

/// Errors: as source::open_ews_mailbox()
Result<std::unique_ptr<Removable>> open_removable(const source::EwsOptions& options);

}  // namespace mk::undo
