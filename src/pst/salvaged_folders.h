#pragma once
#include <array>

#include "pst/folder_reader.h"

namespace mk::pst {

/// The folder that stands for what no other leads to; no node of the file has this id.
inline constexpr Nid kRecoveredFolder{NidType::kNormalFolder, 0x7FFFFFF};

/// The folders of a damaged file: those that the root leads to, then, below "Recovered", those that nothing
/// leads to any more, and items whose folder is gone.
///
/// Bounds:  4 bytes for each item without a folder
class SalvagedFolders {
 public:
  /// `reached`: what the root leads to; "Recovered" comes below `subtree`.
  static SalvagedFolders find(const ndb::Database& db, const FolderReader& reader,
                              std::vector<FolderEntry> reached, Nid subtree);

  const std::vector<FolderEntry>& entries() const { return entries_; }
  const std::vector<Nid>& orphans(bool associated) const { return orphans_[associated ? 1 : 0]; }

 private:
  std::vector<FolderEntry> entries_;
  std::array<std::vector<Nid>, 2> orphans_;
};

}  // namespace mk::pst
