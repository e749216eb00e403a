#pragma once
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "pst/folder_paths.h"

namespace mk::job {

/// Where folders go: paths as people write them, and directories that any file system takes.
/// Parents have to come before their children, and always all folders, so that the names are always the same.
class ExportTree {
 public:
  struct Place {
    std::string path;                 // as FolderPaths has it
    std::filesystem::path directory;  // relative
  };
  const Place& add(const pst::FolderEntry& folder);
  const Place& at(pst::Nid folder) const { return places_.at(folder); }

 private:
  pst::FolderPaths paths_;
  std::map<pst::Nid, Place> places_;
  std::set<std::string> taken_;  // directories, in lower case
};

}  // namespace mk::job
