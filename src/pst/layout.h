#pragma once
#include "pst/reader.h"
#include "pst/writer.h"

namespace mk::pst {

/// Folders that every store has and that are found by their role, whatever they are called.
enum class FolderRole : std::uint8_t { kOrdinary, kRoot, kSubtree, kSearchRoot, kDeletedItems, kCommonViews };
/// `first_of_name`: the first of its name in its parent; where a store does not say which folder takes
/// deleted items it is the one with the usual name.
FolderRole role_of(const PstFile& file, const FolderEntry& folder, bool first_of_name);

/// What PstWriter needs beside the items to write a file again.
struct FileLayout {
  std::uint32_t writer = 0;  // kWriterVersion; 0: the file is not PstWriter's
  bool permute = true;
  std::string store_name;
  std::vector<model::PropertyName> names;
  std::array<std::uint32_t, 32> last_indexes{};
  model::PropertyList store;
  struct Folder {
    Nid nid, parent;
    FolderRole role = FolderRole::kOrdinary;
    model::PropertyList properties;
  };
  std::vector<Folder> folders;  // in the order in which they were made
};

/// Where an item belongs.
struct ItemPlace {
  Nid nid;
  std::uint32_t folder = 0;  // position in FileLayout::folders
  Nid embedded;  // the first embedded message of an associated item; normal ones have theirs behind them
};

/// Errors: those of PstFile::folders()
Result<FileLayout> read_layout(const PstFile& file);
/// All items in the order in which they were written, without `embedded`; of a file that is not PstWriter's,
/// as its tables have them. `lost` hears of lists that cannot be read.
/// Bounds: 16 bytes an item
std::vector<ItemPlace> written_items(
    const PstFile& file, const FileLayout& layout,
    const std::function<void(const FileLayout::Folder&, const Error&)>& lost);

/// As PstFile::read_item(), and notes the embedded message in `place`. Gives all of them in `embedded`.
Result<model::Item> read_placed_item(const PstFile& file, ItemPlace& place, std::vector<Nid>& embedded);

/// Writes a file again: the same items in the same order give the same bytes, if PstWriter wrote it and is
/// still the same. Of another file the copy has the same content.
///
/// Errors:  those of PstWriter
/// Bounds:  those of PstWriter, and the layout
class FileRewriter {
 public:
  static Result<std::unique_ptr<FileRewriter>> create(const std::filesystem::path& path,
                                                      const FileLayout& layout, unsigned threads);
  /// In the order of written_items().
  Status add(const ItemPlace& place, model::Item item, PstWriter::ItemDone done);
  /// The whole file, still under the name that it gives.
  Result<std::filesystem::path> seal();

 private:
  FileRewriter(const FileLayout& layout, std::unique_ptr<PstWriter> writer, std::filesystem::path path)
      : layout_(layout), writer_(std::move(writer)), path_(std::move(path)) {}
  Status add_folders();
  Result<Nid> folder_here(const FileLayout::Folder& folder, Nid parent);
  const FileLayout& layout_;
  std::unique_ptr<PstWriter> writer_;
  std::filesystem::path path_;
  std::vector<Nid> here_;  // by position
};

}  // namespace mk::pst
