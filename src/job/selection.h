#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "job/manifest.h"

namespace mk::job {

/// Splits `Inbox/Projects\/2026` into names: `\/` is a slash within a name, `\\` a backslash.
/// Errors: kInvalid  an empty name (`//`, a slash at either end), a lone `\`
Result<std::vector<std::string>> parse_folder_path(std::string_view path);
/// The reverse for one name.
std::string escape_folder_name(std::string_view name);

/// The tree of a mailbox for look-ups by path and id.
///
/// Shape:   a folder whose parent is not listed, or is the mailbox's top, stands at the first level
/// Owns:    nothing; `folders` must outlive it
class FolderTree {
 public:
  explicit FolderTree(const std::vector<const model::Folder*>& folders);
  /// `id:...` or a path. Names are compared exactly, and when none fits without regard to ASCII case.
  /// Errors: kNotFound  names the part that is missing; kInvalid  several folders have that name: lists their
  /// ids
  Result<std::size_t> find(std::string_view given) const;
  std::string path(std::size_t folder) const;
  /// Position of the parent, or nothing at the first level.
  std::optional<std::size_t> parent(std::size_t folder) const { return parents_[folder]; }
  /// The folder that is the mailbox's top itself, when it is listed.
  std::optional<std::size_t> top() const { return top_; }

 private:
  std::vector<std::size_t> children_named(std::optional<std::size_t> parent, std::string_view name) const;
  Error ambiguous(std::string_view given, const std::vector<std::size_t>& found) const;
  std::vector<const model::Folder*> folders_;
  std::vector<std::optional<std::size_t>> parents_;
  std::optional<std::size_t> top_;
};

/// Which folders of a backup are meant: those that `given` names (as FolderTree::find() takes them), with all
/// below them; an empty list means all. Errors: as FolderTree::find()
Result<std::vector<bool>> choose_folders(const Manifest& backup, const std::vector<std::string>& given);

/// Fills sets, folders (with paths) and selection of `m`: one PST per selected folder, or one for the whole
/// mailbox when `given` is empty. A selected folder inside another selected one gets its own PST and leaves
/// the outer one. Errors: as FolderTree::find()
Status select_folders(const std::vector<model::Folder>& all, const std::vector<std::string>& given,
                      Manifest& m);

/// A file name for a label: no separators, no control characters, never `.` or `..`, at most 100 bytes, not
/// one that Windows reserves, different from all in `taken` and from what their parts may be called,
/// regardless of case; with `.pst`.
std::string pst_file_name(std::string_view label, const std::vector<std::string>& taken);

}  // namespace mk::job
