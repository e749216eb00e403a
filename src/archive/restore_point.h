#pragma once
#include <functional>
#include <memory>

#include "archive/records.h"
#include "base/io.h"

namespace mk::archive {

/// A mailbox as one restore point of a vault has it, for reading: folders are known when it is open, items
/// are read where they are asked for.
///
/// Format:  docs/formats/archive.md
/// Errors:  kCorrupt, kNotFound  a node or chunk that is needed is damaged or missing; what does not need it
///          is given all the same
/// Bounds:  its folders; one node per level
/// Threads: as many as `chunks` takes      Owns: nothing; `chunks` must outlive it
class RestorePoint {
 public:
  /// What a damaged node costs: how many entries, and why. Which ones they were only the node knew.
  using OnLost = std::function<void(std::uint64_t entries, const Error& why)>;

  /// Errors: kCorrupt  the root holds no mailbox; kUnsupported  of a newer format
  static Result<std::unique_ptr<RestorePoint>> open(vault::ChunkSource& chunks,
                                                    const vault::TreeWriter::Root& root);

  const PointRecord& record() const { return record_; }
  const vault::TreeWriter::Root& root() const { return root_; }
  /// Of the tree that has the items; in points of version 1 it is that of the point, with all its entries.
  /// Errors: kCorrupt, kNotFound  the entry that says where it is cannot be read
  Result<vault::TreeWriter::Root> items() const {
    if (items_lost_) return *items_lost_;
    return items_;
  }
  /// Parents first.
  const std::vector<FolderRecord>& folders() const { return folders_; }
  /// Folders that cannot be read; their items cannot be placed.
  const std::vector<std::string>& lost_folders() const { return lost_folders_; }
  /// What job keeps beside: see "The run's text".
  Result<ByteString> run_text() const;

  Result<std::optional<ItemRecord>> find(const model::FolderId& folder, const model::ItemId& item) const;
  /// By item_key().
  Result<std::optional<ItemRecord>> find(const std::string& key) const;
  /// Calls `visit` for the items of a folder behind `after` (empty: from the first), in the order of their
  /// keys, until it says false. With `on_lost`, damage does not end it.
  Status for_each_item(const model::FolderId& folder, const model::ItemId& after,
                       const std::function<Result<bool>(const ItemRecord&)>& visit,
                       const OnLost& on_lost = nullptr) const;
  /// All items of all folders, each lost entry counted once; `folder` is a position in folders().
  Status for_each_item(const std::function<Status(std::size_t folder, const ItemRecord&)>& visit,
                       const OnLost& on_lost = nullptr) const;
  /// The item's stream as the server sent it.
  Status read(const ItemRecord& item, ByteSink& out) const;

 private:
  RestorePoint(vault::ChunkSource& chunks, const vault::TreeWriter::Root& root)
      : chunks_(chunks), root_(root) {}
  Status open_point();
  Status open_folders();
  Status open_items();
  using VisitItem = std::function<Result<bool>(const std::string& key, const ItemRecord&)>;
  Status visit_items(const std::string& from, const std::string& end, const VisitItem& visit,
                     const OnLost& on_lost) const;

  vault::ChunkSource& chunks_;
  vault::TreeWriter::Root root_, items_;
  std::optional<Error> items_lost_;  // where their tree is cannot be read
  PointRecord record_;
  vault::ObjectRef run_;
  std::vector<FolderRecord> folders_;
  std::vector<std::string> lost_folders_;
};

}  // namespace mk::archive
