#include "pst/folder_paths.h"

namespace mk::pst {

const std::string& FolderPaths::add(const FolderEntry& folder) {
  const auto parent = paths_.find(folder.parent);
  std::string path = parent == paths_.end() ? "" : parent->second + "/";
  for (const char c : folder.name) path += c == '/' ? std::string("\\/") : std::string(1, c);
  return paths_[folder.nid] = std::move(path);
}

const std::string& FolderPaths::at(Nid folder) const {
  static const std::string kRoot;
  const auto it = paths_.find(folder);
  return it == paths_.end() ? kRoot : it->second;
}

}  // namespace mk::pst
