#pragma once
#include <map>
#include <string>

#include "pst/reader.h"

namespace mk::pst {

/// Paths of folders as people write them: names separated by slashes, `\/` for a slash in a name. Parents
/// have to be added before their children.
class FolderPaths {
 public:
  const std::string& add(const FolderEntry& folder);
  /// Empty for the root and for what was not added.
  const std::string& at(Nid folder) const;

 private:
  std::map<Nid, std::string> paths_;
};

}  // namespace mk::pst
