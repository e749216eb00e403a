#include "job/remove_points.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/file.h"
#include "job/manifest.h"

namespace mk::job {
namespace {

Status check_bases(const BackupDirectory& dir, const std::vector<std::string>& points,
                   const std::set<std::string>& removed) {
  for (const auto& name : points) {
    if (removed.contains(name)) continue;
    TRY_ASSIGN(const auto manifest, read_manifest(dir.point(name)));
    if (!removed.contains(manifest.base)) continue;
    return Error{Code::kInvalid, fmt::format("restore point {} goes by {}, which therefore cannot be removed",
                                             name, manifest.base)};
  }
  return ok;
}

}  // namespace

Status remove_points(BackupDirectory& dir, const std::vector<std::string>& names) {
  TRY(dir.lock());
  TRY_ASSIGN(const auto points, dir.points());
  const std::set<std::string> removed(names.begin(), names.end());
  for (const auto& name : removed)
    if (!std::binary_search(points.begin(), points.end(), name))
      return Error{Code::kNotFound, fmt::format("{} has no restore point {}", dir.path().string(), name)};
  TRY(check_bases(dir, points, removed));
  const auto aside = dir.path() / "removed";
  TRY(mk::create_directories(aside));
  for (auto name = removed.rbegin(); name != removed.rend(); ++name)
    TRY(rename_durably(dir.point(*name), aside / *name));
  return remove_tree(aside);
}

}  // namespace mk::job
