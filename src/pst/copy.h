#pragma once
#include <functional>
#include <map>
#include <span>

#include "pst/part_writer.h"
#include "pst/reader.h"
#include "pst/where.h"

namespace mk::pst {

/// A PST that is copied, and what messages call it.
struct CopySource {
  const PstFile* file = nullptr;
  std::string name;
};

struct SkippedItem {
  Nid nid;             // in the original; of a folder when the folder's list could not be read
  std::string folder;  // its path as FolderPaths has it; below the source's name when there are several
  Error error;
};

/// An item that was copied without its damaged parts.
struct IncompleteItem {
  Nid nid;
  std::string folder;
  std::vector<std::string> lost;
};

struct CopyReport {
  std::uint64_t folders = 0, items = 0, associated = 0;
  std::uint64_t not_meant = 0, duplicates = 0;  // items that `where` leaves out, that were there already
  std::map<std::string, std::uint64_t> copied;  // items by the path of their folder
  std::vector<SkippedItem> skipped;
  std::vector<IncompleteItem> incomplete;
  std::vector<Part> parts;  // files that were written
};

struct CopyOptions {
  bool permute = true;
  bool partial = false;  // of damaged items, copy what can be read
  bool replace = false;  // files that are there
  Where where;
  /// Leaves out an item whose folder in the copy holds one of the same content hash.
  bool skip_duplicates = false;
  std::uint64_t max_bytes = kDefaultPartBytes;  // of one file; what is more goes into further parts
  std::filesystem::path spill_directory;
  unsigned threads = encoder_threads();             // any number gives the same bytes
  std::function<void(const CopyReport&)> progress;  // after every item, when set
};

/// Copies folders and items of PSTs into a new one, item by item. Folders of equal path become one: the n-th
/// of a name in its parent meets the n-th of that name in another source. Top of the mailbox, Deleted Items,
/// searches and views meet by their role, whatever they are called. The store's own properties are those of
/// the first source.
///
/// Shape:  in: any PSTs that the reader reads; out: PartWriter's files, and when there are several
///         NAME.parts.json, which lists them. Search folders are left behind. With folder terms in `where`,
///         only those folders, what is below and what is above them; else all folders
/// Errors: those of the writer that concern the file (kExhausted, kDenied, kInternal, kConflict), kInvalid
///         (also: no folder of a folder term): nothing is left.
///         A damaged item or folder list is skipped and reported; with `partial`, only what cannot be read at
///         all
/// Bounds: with skip_duplicates about 100 bytes of memory for each item
Result<CopyReport> copy_psts(std::span<const CopySource> from, const std::filesystem::path& to,
                             const CopyOptions& options = {});
Result<CopyReport> copy_pst(const PstFile& from, const std::filesystem::path& to,
                            const CopyOptions& options = {});

enum class SplitBy { kSize, kYear, kFolder };

/// Copies a PST into several: NAME-2019.pst for each year of item_date() (UTC), NAME-Inbox.pst for each
/// folder at the top of the mailbox, or only by options.max_bytes, which holds for the others too. Each has
/// all folders. NAME.parts.json lists them.
///
/// Errors: as copy_psts()
/// Bounds: by year or folder 4 bytes of memory for each item
Result<CopyReport> split_pst(const PstFile& from, const std::filesystem::path& to, SplitBy by,
                             const CopyOptions& options = {});

}  // namespace mk::pst
