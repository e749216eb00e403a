#pragma once
#include <set>

#include "pst/copy.h"
#include "pst/folder_paths.h"

namespace mk::pst {

/// Folders of several sources in one tree, and then their items; what copy_psts() and split_pst() are made
/// of.
class TreeCopier {
 public:
  TreeCopier(PartWriter& to, const CopyOptions& options, CopyReport& report)
      : to_(to), options_(options), report_(report) {}

  /// Makes the source's folders; all of them before the first item.
  Status add_folders(const CopySource& source);
  /// `only`: ids of the items to copy, sorted; null: all.
  /// Items may be on their way to the writer when it returns.
  Status add_items(const CopySource& source, const std::vector<Nid>* only = nullptr);

 private:
  struct Place {
    Nid there, here;
    std::string path;  // there
    bool takes_items = true;
  };
  struct Tree {  // of one source
    std::vector<Place> places;
    std::map<Nid, Nid> here;
    std::map<std::string, std::size_t> n_of_path;
  };
  struct Key {  // of a folder here
    Nid parent;
    std::string name;
    std::size_t occurrence;
    auto operator<=>(const Key&) const = default;
  };

  Status add_folder(const CopySource& source, const FolderEntry& folder, Place place, Tree& tree);
  Result<Nid> folder_here(Nid parent, const FolderEntry& folder, std::size_t occurrence);
  std::optional<Nid> standing(const CopySource& source, const FolderEntry& folder, std::size_t occurrence);
  Status copy_items(const CopySource& source, const Place& place, const std::vector<Nid>* only);
  Status copy_item(const CopySource& source, Nid id, const Place& place, bool associated);
  Result<bool> is_duplicate(model::Item& item, Nid folder, bool associated);
  void count(const Place& place, bool associated, IncompleteItem damaged);
  void skip(Nid id, const Place& place, Error error);

  PartWriter& to_;
  const CopyOptions& options_;
  CopyReport& report_;
  std::map<const PstFile*, Tree> trees_;
  std::map<Key, Nid> here_;
  std::set<ByteString> hashes_;  // folder, kind and content of what was copied
};

/// The folders that `where` means, (true), and those that are only above one (false).
std::map<Nid, bool> folders_meant(const PstFile& file, const std::vector<FolderEntry>& folders,
                                  const Where& where);

/// The folder that an entry id of the store names.  [MS-PST] 2.4.3.2
std::optional<Nid> folder_of_entry_id(const model::PropertyList& store, std::uint16_t id);

}  // namespace mk::pst
