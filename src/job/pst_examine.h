#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <map>

#include "archive/pst_layout.h"

namespace mk::job {

/// A PST whose items the vault has, or is about to get.
struct PstToExamine {
  std::filesystem::path path;
  const pst::PstFile& file;
  const pst::FileLayout& layout;
  /// Fills in all but nid and folder of an item, which is stored by then; false: it is not held.
  std::function<Result<bool>(archive::PstItem& item)> find;
  std::function<void(const pst::FileLayout::Folder&, const Error&)> lost;  // lists that cannot be read
};

/// What a vault keeps of a PST beside its items: files with its layout and the order of its items. The PST is
/// not needed for it any more.
struct ExaminedPst {
  std::filesystem::path path;  // of the PST
  archive::PstRecord record;
  std::filesystem::path layout, order;
  std::vector<std::string> notes;  // lists that cannot be read
};

/// Errors: kCancelled; those of the PST, of the disk and of `find`
/// Bounds: the layout; one item at a time
Result<ExaminedPst> examine_pst(const PstToExamine& pst, const std::filesystem::path& directory,
                                const std::atomic<bool>* cancel);

/// The same of a PST that a backup has written. `keys`: of its items by their nodes; what is not there is no
/// item of the point.
using PlacedKeys = std::map<std::uint32_t, std::string>;
Result<ExaminedPst> examine_written_pst(const std::filesystem::path& path, const PlacedKeys& keys,
                                        const std::filesystem::path& directory,
                                        const std::atomic<bool>* cancel);

}  // namespace mk::job
