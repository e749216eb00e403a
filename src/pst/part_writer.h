#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "base/time.h"
#include "pst/writer.h"

namespace mk::pst {

/// What a part is cut at unless something else is asked for, and what Outlook opens at most.
inline constexpr std::uint64_t kDefaultPartBytes = 20'000'000'000, kMaxPartBytes = std::uint64_t{50} << 30;
inline constexpr std::uint64_t kMinPartBytes = 1'000'000;
/// Reads `--split` and `--size`.  Errors: kInvalid  no size, or not between the two
Result<std::uint64_t> parse_part_bytes(std::string_view text);

struct Part {
  std::filesystem::path path;
  std::string label;  // year or folder, of parts that were cut by those
  std::uint64_t bytes = 0, folders = 0, items = 0, associated = 0;
  std::optional<FileTime> first, last;  // item_date() of its items
  bool is_oversized = false;            // one item alone, larger than the limit
};

/// Where an item went.
struct PlacedItem {
  Nid nid;                 // within its part
  std::uint32_t part = 1;  // NAME.pst is 1, NAME-2.pst 2 ...
};

struct PartOptions {
  WriterOptions writer;
  std::uint64_t max_bytes = kDefaultPartBytes;
  std::string label;
  bool replace = false;  // files that are there
};

/// Writes NAME.pst and, whenever the next item would make it larger than the limit, goes on in NAME-2.pst ...
/// each with all folders. The limit is of the whole file and never passed, but by an item that is alone in
/// its part.
///
/// Shape:   folders, then items; a folder that is added later is in the part at hand and those after it. All
///          parts stay NAME.pst.partial until publish(), so that an interrupted run leaves nothing that looks
///          whole. Same calls, same bytes
/// Errors:  those of PstWriter; kInvalid  a part's file is there already; the folders alone are larger than
///          the limit
/// Bounds:  the folders' properties once more than PstWriter
/// Threads: one      Owns: the partial files, removed unless published
class PartWriter {
 public:
  static Result<std::unique_ptr<PartWriter>> create(const std::filesystem::path& path,
                                                    const PartOptions& options);
  ~PartWriter();

  Nid root() const { return writer_->root(); }
  Nid ipm_subtree() const { return writer_->ipm_subtree(); }
  Nid search_root() const { return writer_->search_root(); }
  Nid deleted_items() const { return writer_->deleted_items(); }
  Nid common_views();
  Result<Nid> add_folder(Nid parent, const model::PropertyList& properties);
  Status set_properties(Nid folder, const model::PropertyList& properties);
  Status set_store_properties(const model::PropertyList& properties);
  Result<PlacedItem> add_item(Nid folder, const model::Item& item, bool associated);
  /// add_item() for many, encoded on WriterOptions::threads. `done` hears what add_item() would have given,
  /// in the order of the calls, from within this, drain() or seal(); an error that it gives ends that call.
  using ItemDone = std::function<Status(Result<PlacedItem>)>;
  Status submit_item(Nid folder, model::Item item, bool associated, ItemDone done);
  /// Waits for everything that was submitted.
  Status drain();

  /// All parts whole and on the medium, still under their partial names. Nothing is added after it.
  Status seal();
  /// Gives them their names.
  Status publish();
  /// The same for the parts before the one at hand.
  Status publish_complete();
  const std::vector<Part>& parts() const { return parts_; }

 private:
  using Step = std::function<Status(PstWriter&)>;
  PartWriter(std::filesystem::path path, PartOptions options)
      : path_(std::move(path)), options_(std::move(options)) {}
  Status begin_part();
  Status take_step(Step step);
  /// Whether so much more is sure to fit, whatever comes of what was submitted.
  Result<bool> has_room(std::uint64_t bound);
  bool is_empty() const { return parts_.back().items + parts_.back().associated == 0; }
  Error folders_too_large(std::uint64_t bytes) const;
  PlacedItem count(Nid nid, std::optional<FileTime> date, bool associated);

  std::filesystem::path path_;
  PartOptions options_;
  std::unique_ptr<PstWriter> writer_;  // of the last part; null once sealed
  std::vector<Step> tree_;             // what makes the folders, again for every part
  std::vector<Part> parts_;
  std::uint64_t submitted_bound_ = 0;  // of what was submitted since the writer was last empty
  std::size_t n_published_ = 0;
};

/// NAME-2.pst for part 2 of NAME.pst.
std::filesystem::path part_path(const std::filesystem::path& path, std::size_t number);

/// Refuses to replace a file unless told to.  Errors: kInvalid
Status check_free(const std::filesystem::path& path, bool replace);

}  // namespace mk::pst
