#pragma once
#include <filesystem>

#include "sim/mailbox.h"

namespace mk::sim {

struct LoadReport {
  std::uint64_t folders = 0, items = 0, skipped = 0;
};

/// Everything below the IPM subtree of a PST file. Folders named like standard ones go into these.
/// Errors: of opening the file; items that cannot be read are skipped, logged and counted
Result<LoadReport> load_pst(Mailbox& mailbox, const std::filesystem::path& file);

/// Every messageContent stream below a directory, bare or framed, a folder for each subdirectory; served
/// verbatim. Where an index.tsv (columns file, root) lies there or one level up, streams of other roots are
/// left out. Errors: kNotFound  no directory, or no stream in it
Result<LoadReport> load_streams(Mailbox& mailbox, const std::filesystem::path& directory);

}  // namespace mk::sim
