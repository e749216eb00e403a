#pragma once
#include <map>
#include <optional>

#include "job/chain.h"
#include "job/restore.h"
#include "job/restore_journal.h"
#include "job/selection.h"

namespace mk::job {

/// Finds, and when needed makes, the folders of a target that correspond to those of a backup.
///
/// Shape:   by id in the same mailbox; else a distinguished folder goes to the target's own; else parent and
/// name.
///          Below --to-folder: always by name. Nothing is made in a dry run.
///          `on_made`: is told of each folder that was made
/// Errors:  kNotFound, kInvalid  a selected folder; those of the target and of `on_made`
class RestoreFolders {
 public:
  using OnMade = std::function<Status(const MadeFolder&)>;
  RestoreFolders(model::MailboxTarget& target, const Manifest& backup, const RestoreOptions& options,
                 bool same_mailbox, OnMade on_made)
      : target_(target),
        backup_(backup),
        options_(options),
        same_mailbox_(same_mailbox),
        on_made_(std::move(on_made)) {}
  Status open();
  /// True when the folder was selected, or lies below a selected one.
  bool chosen(std::size_t folder) const { return chosen_[folder]; }
  struct Place {
    model::FolderId id;  // empty: a dry run would make it
    std::string path;
    bool is_new = false;
    model::FolderCounts before;
  };
  Result<const Place*> place(std::size_t folder);
  std::uint64_t created() const { return created_; }

 private:
  Status open_to_folder();
  Status list_target();
  Result<Place> find_place(std::size_t folder);
  Result<Place> child(const Place& parent, const model::Folder& like);
  std::optional<Place> existing(const std::function<bool(const model::Folder&)>& is_it) const;
  const Place& top() const { return top_; }

  model::MailboxTarget& target_;
  const Manifest& backup_;
  const RestoreOptions& options_;
  bool same_mailbox_;
  OnMade on_made_;
  std::vector<const model::Folder*> backup_folders_;
  std::optional<FolderTree> backup_tree_;
  std::vector<model::Folder> target_folders_;
  std::vector<bool> chosen_;
  Place top_;
  std::optional<Place> to_folder_;
  std::map<std::size_t, Place> places_;
  std::uint64_t created_ = 0;
};

}  // namespace mk::job
