#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/time.h"

namespace mk::job {

/// Files of a run and of a point.
inline constexpr std::string_view kJournalFile = "journal.jsonl", kSegmentFile = "items.segment";

/// A directory of backups of one mailbox (docs/formats/backup-directory.md).
///
/// Errors of opening: kInvalid      other files lie there, another mailbox's backups, not a backup directory
///                    kUnsupported  written by a newer mailkeep
///                    kNotFound, kDenied, kExhausted  as the file system says
class BackupDirectory {
 public:
  /// For a backup: an absent or empty directory becomes one.
  static Result<BackupDirectory> open_or_create(const std::filesystem::path& path, const std::string& mailbox,
                                                Clock& clock);
  static Result<BackupDirectory> open(const std::filesystem::path& path);
  /// Held until the directory is destroyed.  Errors: kConflict  another run works here
  Status lock();
  /// Takes back what open_or_create() and lock() made, when nothing has been stored since.
  void remove_if_new();

  const std::string& mailbox() const { return mailbox_; }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path unfinished() const { return path_ / "unfinished"; }
  std::filesystem::path restores() const { return path_ / "restores"; }
  std::filesystem::path point(const std::string& name) const { return path_ / "points" / name; }
  /// Names of the restore points, oldest first.
  Result<std::vector<std::string>> points() const;

 private:
  std::filesystem::path path_;
  std::string mailbox_;
  std::optional<File> lock_;
  bool is_new_ = false, made_directory_ = false;  // by open_or_create()
};

/// A mailbox as the name of a directory of its own, for any system; no two mailboxes have the same.
std::string mailbox_directory_name(const std::string& mailbox);
/// `2026-11-22T20-00-00Z`: a time as a file name.
std::string time_file_name(FileTime t);
/// `t`, or the next second that as a file name comes after all of `names`, which are sorted and begin so: a
/// clock that went back must not change their order.
FileTime later_time(const std::vector<std::string>& names, FileTime t);
/// The same as a file name.
std::string later_time_name(const std::vector<std::string>& names, FileTime t);
/// A file or a directory with all that is in it.
Status remove_tree(const std::filesystem::path& path);
/// What is in a directory, sorted; nothing when there is none.
Result<std::vector<std::string>> file_names(const std::filesystem::path& dir);

}  // namespace mk::job
