#pragma once
#include <set>
#include <utility>
#include <vector>

#include "job/item_line.h"
#include "job/lines.h"
#include "model/mailbox.h"

namespace mk::job {

/// Items that were, or may have been, created without their read state: (folder of the target, marker).
using OpenReads = std::set<std::pair<std::string, std::string>>;

/// What the restores so far left open, as the newest journal in `dir` says; nothing when there is none.
Result<OpenReads> read_open_reads(const std::filesystem::path& dir);

/// An item that a restore created or updated, or may have.
struct RestoredItem {
  model::FolderId to;
  std::string marker;
  model::ItemId source;         // in the backup
  ByteString hash;              // content hash in the backup; empty: not known
  bool updated = false;         // it was there before, and got the content of the backup
  bool read = false;            // as it was created, or set
  model::ItemId id;             // empty: the answer was lost; the marker tells whether it was created
  model::ChangeKey change_key;  // when it was created; empty: not known
};
/// A folder that a restore made.
struct MadeFolder {
  model::FolderId id, parent;
  std::string name;  // as it was asked for
  std::string path;  // for people
};
/// What the restores of this name made, from all journals in `dir`; parents before what is in them. One whose
/// answer was lost is not among them.
/// Errors: kCorrupt  a journal
Result<std::vector<MadeFolder>> read_made_folders(const std::filesystem::path& dir,
                                                  const std::string& restore);
/// What the restores of this name created, from all journals in `dir`; each once, in order.
/// Errors: kCorrupt  a journal.  Bounds: 300 bytes an item
Result<std::vector<RestoredItem>> read_restored(const std::filesystem::path& dir, const std::string& restore);
/// What they gave the content of the backup, and did not create.
Result<std::vector<RestoredItem>> read_updated(const std::filesystem::path& dir, const std::string& restore);

/// TIME.jsonl in a directory of its own: what a restore intends, and what became of it.
///
/// Spec:    docs/formats/backup-directory.md, "restores/"
/// Errors:  those of the files
/// Threads: none of its own; callers lock
class RestoreJournal {
 public:
  struct Head {
    std::string point, target_mailbox, to_folder, restore;  // restore: RestoreOptions::name
    std::string selection = {};  // of copies: tells apart which folders and items were chosen
    std::string run = {};        // of copies: what they are known by
  };
  /// The run of copies that a restore with this head goes on with: the newest one like it, when that was
  /// interrupted; else a new one.
  static Result<std::string> copy_run(const std::filesystem::path& dir, FileTime now, const Head& head);
  /// Begins with what earlier restores left open, so that the newest journal alone tells everything.
  static Result<std::unique_ptr<RestoreJournal>> create(const std::filesystem::path& dir, FileTime now,
                                                        const Head& head, const OpenReads& open);
  /// Not durable before sync().
  Status intend(const model::Upload& upload, const std::string& marker, const ItemLine& item, bool set_read);
  Status sync() { return out_->finish(); }
  Status folder_made(const MadeFolder& folder);
  Status done(const std::string& marker, const Result<model::CreatedItem>& result);
  Status read_is_set(const model::FolderId& to, const std::string& marker);
  Status end(std::uint64_t created, std::uint64_t updated);

 private:
  explicit RestoreJournal(std::unique_ptr<LineWriter> out) : out_(std::move(out)) {}
  std::unique_ptr<LineWriter> out_;
};

}  // namespace mk::job
