#pragma once
#include <memory>

#include "archive/point_names.h"
#include "archive/restore_point.h"
#include "job/mailbox_state.h"

namespace mk::job {

/// A restore point of a vault as the state of its mailbox.
///
/// Errors:  those of RestorePoint and of the manifest
/// Threads: as many as `chunks` takes      Owns: nothing; `chunks` must outlive it
class VaultState final : public MailboxState {
 public:
  static Result<std::unique_ptr<VaultState>> open(vault::ChunkSource& chunks,
                                                  const archive::MailPoint& point);
  const archive::RestorePoint& point() const { return *point_; }
  const Manifest& manifest() const override { return manifest_; }
  Result<std::optional<ItemLine>> find(const model::FolderId& folder,
                                       const model::ItemId& item) const override;
  Status for_each(const Visit& f, const OnLost& on_lost = nullptr) const override;
  Status for_each_in(const model::FolderId& folder, const Visit& f) const override;
  /// In memory, or above 1 MiB in a temporary file; compared with its SHA-256.
  Result<BlobPtr> stream(const Held& held) const override;

 private:
  explicit VaultState(std::unique_ptr<archive::RestorePoint> point) : point_(std::move(point)) {}
  Held held_of(std::size_t folder, const archive::ItemRecord& item) const;
  std::unique_ptr<archive::RestorePoint> point_;
  Manifest manifest_;
};

/// The error of a run that needs what is damaged: kCorrupt, with what to do; errors that are no damage stay.
Error damaged_point(const Error& e);

/// The newest point of a mailbox at or before `at` (0 ticks: the newest of all).
/// Errors: kNotFound
Result<archive::MailPoint> find_mail_point(const std::vector<archive::MailPoint>& points, FileTime at);

}  // namespace mk::job
