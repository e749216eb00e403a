#pragma once
#include <functional>
#include <optional>

#include "job/manifest.h"

namespace mk::job {

/// What is held of a mailbox at a time, whichever way it is kept: a full and its incrementals in a directory
/// (Chain), or a restore point in a vault (VaultState).
///
/// Errors:  kCorrupt, kTruncated, kNotFound  what is needed is damaged or missing
/// Threads: any number
class MailboxState {
 public:
  virtual ~MailboxState() = default;
  /// Of the newest point.
  virtual const Manifest& manifest() const = 0;

  /// What is held of this pair now, with its read state of now; nothing when it never was, or was deleted.
  virtual Result<std::optional<ItemLine>> find(const model::FolderId& folder,
                                               const model::ItemId& item) const = 0;

  struct Held {
    std::size_t folder = 0;     // position in manifest().folders
    ItemLine line;              // with the read state of now; `folder` is its point's own
    bool read_changed = false;  // after the bytes were stored
    std::size_t point = 0;      // of a chain, 0: the full
  };
  using Visit = std::function<Status(const Held&)>;
  /// Is told of items that cannot be listed any more: how many, and why.
  using OnLost = std::function<void(std::uint64_t items, const Error& why)>;
  /// Every item held. Without `on_lost` damage ends it.
  virtual Status for_each(const Visit& f, const OnLost& on_lost = nullptr) const = 0;
  /// Those of one folder.
  virtual Status for_each_in(const model::FolderId& folder, const Visit& f) const = 0;
  /// The item as a framed stream.
  virtual Result<BlobPtr> stream(const Held& held) const = 0;
};

}  // namespace mk::job
