#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "base/file.h"
#include "job/item_line.h"
#include "job/manifest.h"
#include "vault/tree_update.h"

namespace mk::job {

class LineWriter;

/// What a run makes of the items of the point before, in the order of their keys: those change that its lines
/// speak of.
///
/// Bounds:  16 bytes a line; lines are read back from a file when their turn comes
class PointEdits {
 public:
  /// `lines`: a new file for the lines.
  static Result<std::unique_ptr<PointEdits>> create(const Manifest& manifest,
                                                    const std::filesystem::path& lines);
  ~PointEdits();
  /// A line that counts at the end of the run.
  Status add(const ItemLine& line);
  /// All lines were added.
  Status close();

  /// Folders of the point before that the run does not list any more: their items.
  void drop_gone(const Manifest& before);

  /// See vault::NextEdit; after close().
  Result<std::optional<vault::TreeEdit>> next();

 private:
  /// Where the line of an item is; `order` are the first bytes of its key within the folder.
  struct Place {
    std::uint64_t order, at;
    auto operator<=>(const Place&) const = default;
  };
  struct FolderEdits {
    bool gone = false;
    std::vector<Place> places;
  };
  explicit PointEdits(const Manifest& manifest);
  Result<vault::TreeEdit> take_item(FolderEdits& folder);
  Result<ItemLine> line_at(std::uint64_t at) const;

  const Manifest& manifest_;
  std::unique_ptr<LineWriter> out_;
  std::shared_ptr<const File> file_;
  bool others_cleared_ = false;
  std::map<std::string, FolderEdits> items_;  // by prefix of the keys
  std::map<std::string, FolderEdits>::iterator folder_at_;
  std::size_t place_at_ = 0;
};

}  // namespace mk::job
