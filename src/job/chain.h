#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "job/backup_directory.h"
#include "job/id_map.h"
#include "job/item_index.h"
#include "job/lines.h"
#include "job/mailbox_state.h"
#include "job/segment.h"
#include "pst/reader.h"

namespace mk::job {

/// One restore point, open for reading.
///
/// Threads: any number
class Point {
 public:
  static Result<std::unique_ptr<Point>> open(const std::filesystem::path& dir);
  const Manifest& manifest() const { return manifest_; }
  const std::filesystem::path& dir() const { return dir_; }
  /// Calls `f` for every line of items.jsonl in order.  Errors: kCorrupt; those of `f`
  Status for_each_line(const std::function<Status(const ItemLine&, std::uint64_t at)>& f) const;
  /// The lines of one pair that this point has.
  struct Found {
    std::optional<ItemLine> line;  // item or deletion
    std::optional<bool> read;
  };
  Result<Found> find(const model::FolderId& folder, const model::ItemId& item) const;
  /// The item as a framed stream: its verbatim bytes, or made from the PST when there are none.
  /// Errors: kCorrupt  checksums, or a record that belongs to another item; kNotFound  in neither place
  Result<BlobPtr> stream(const ItemLine& line) const;
  Result<model::Item> item_in_pst(const ItemLine& line) const;
  bool has_segment() const { return segment_ != nullptr; }

 private:
  /// The part of a set that was used last: lines come in the order in which parts were written.
  struct OpenPst {
    std::string name;
    std::unique_ptr<pst::PstFile> file;
  };
  Result<ItemLine> line_at(std::uint64_t at) const;
  std::filesystem::path dir_;
  Manifest manifest_;
  std::shared_ptr<const File> items_;
  std::unique_ptr<IndexReader> index_;
  std::unique_ptr<SegmentReader> segment_;
  mutable std::mutex mutex_;             // of psts_
  mutable std::map<int, OpenPst> psts_;  // by set
};

/// A full and the incrementals on it, up to a chosen one: the state of the mailbox at that time.
class Chain final : public MailboxState {
 public:
  /// Up to the newest point at or before `at` (0 ticks: the newest of all).
  /// Errors: kNotFound  no point that old; kCorrupt  a point that others build on is missing or damaged
  static Result<Chain> open(const BackupDirectory& dir, FileTime at = {});

  const Point& newest() const { return *points_.back(); }
  std::size_t size() const { return points_.size(); }
  const Point& point(std::size_t i) const { return *points_[i]; }  // 0: the full

  const Manifest& manifest() const override { return newest().manifest(); }
  Result<std::optional<ItemLine>> find(const model::FolderId& folder,
                                       const model::ItemId& item) const override;
  /// Newest point first; any damage ends it. Bounds: 16 to 24 bytes an item
  Status for_each(const Visit& f, const OnLost& on_lost = nullptr) const override;
  Status for_each_in(const model::FolderId& folder, const Visit& f) const override;
  Result<BlobPtr> stream(const Held& held) const override;

 private:
  std::vector<std::unique_ptr<Point>> points_;
};

}  // namespace mk::job
