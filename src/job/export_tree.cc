#include "job/export_tree.h"

#include <fmt/format.h>

#include "base/safe_name.h"

namespace mk::job {
namespace {

constexpr std::size_t kMaxFolderNameBytes = 60;
/// A longer path is not opened everywhere; what lies deeper gets a directory at the top.
constexpr std::size_t kMaxPathBytes = 1000;

/// No directory is called like a file that is exported into the one above it.
std::string directory_name(std::string_view folder_name) {
  std::string name = safe_name(folder_name, kMaxFolderNameBytes, "folder");
  const std::string lower = lower_ascii(name);
  for (const std::string_view ending : {".eml", ".ics", ".vcf", ".jsonl"})
    if (lower.ends_with(ending)) name += '_';
  return name;
}

}  // namespace

const ExportTree::Place& ExportTree::add(const pst::FolderEntry& folder) {
  const auto above = places_.find(folder.parent);
  const bool top = above == places_.end();
  Place place;
  place.path = paths_.add(folder);
  const std::filesystem::path parent = top ? std::filesystem::path() : above->second.directory;
  std::string name = directory_name(folder.name);
  place.directory = parent / name;
  if (place.directory.native().size() > kMaxPathBytes)
    place.directory = fmt::format("deep.{:x}", folder.nid.value);
  else if (taken_.contains(lower_ascii(place.directory.native())))
    place.directory += fmt::format(".{:x}", folder.nid.value);
  while (!taken_.insert(lower_ascii(place.directory.native())).second) place.directory += "_";
  return places_[folder.nid] = std::move(place);
}

}  // namespace mk::job
