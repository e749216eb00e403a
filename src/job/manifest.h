#pragma once
#include <filesystem>

#include "job/item_line.h"
#include "job/ledger.h"

namespace mk::job {

enum class Kind { kFull, kIncremental };
std::string_view kind_name(Kind kind);

/// Which PST holds what: one per selected mailbox, folder or sub-folder.
struct PstSet {
  std::vector<std::string> files;  // within the point's folder: NAME.pst, and its parts NAME-2.pst ...
  std::string label;               // the true name
  model::FolderId folder;          // empty: the whole mailbox
};

struct FolderRecord {
  model::Folder folder;
  int set = -1;              // position in Manifest::sets, -1: only leads to a selected folder
  model::SyncState state;    // empty: to be listed anew
  model::FolderCounts held;  // stored by the chain up to this point
  LedgerRow row;
};

struct FileRecord {
  std::string name;
  std::uint64_t bytes = 0;
  std::string sha256;  // empty: the file carries its own checksums
};

/// A restore point without its items: what it is, its folders, what was skipped
/// (docs/formats/backup-directory.md).
struct Manifest {
  std::string name;
  Kind kind = Kind::kFull;
  std::string base;
  std::string mailbox;
  FileTime started, finished;
  bool verbatim = true;
  std::vector<model::FolderId> selection;
  std::vector<PstSet> sets;
  std::vector<FolderRecord> folders;
  std::vector<ItemLine> skipped;
  std::vector<std::string> notes;
  std::vector<FileRecord> files;

  Ledger ledger() const;
  /// The file that holds the item of a line.  Errors: kCorrupt  no such part; kNotFound  in no PST
  Result<std::string> pst_of(const ItemLine& line) const;
};

/// The header, set and folder lines, as the journal begins with them too.
std::vector<std::string> format_head(const Manifest& m);
/// All but the folders, and one row of the ledger: what a vault keeps as text.
std::vector<std::string> format_run(const Manifest& m);
std::string format_row(const LedgerRow& row);
/// Errors: kCorrupt
Result<LedgerRow> parse_row(std::string_view json);
/// Adds what one line says.  Errors: kUnsupported  a header of a newer version; kCorrupt
Status apply_line(Manifest& m, std::string_view json);

/// Atomic: the manifest is there whole or not at all.
Status write_manifest(const Manifest& m, const std::filesystem::path& dir);
/// Errors: kNotFound; kCorrupt, kTruncated  lines or end do not match; kUnsupported  another version
Result<Manifest> read_manifest(const std::filesystem::path& dir);

}  // namespace mk::job
