#pragma once
#include <atomic>
#include <filesystem>

#include "archive/point_names.h"
#include "job/mailbox_state.h"
#include "job/progress.h"

namespace mk::job {

struct VerifyOptions {
  std::filesystem::path directory;
  FileTime at;           // compare the live mailbox with the state at this time; 0 ticks: the newest
  bool content = false;  // with a server: fetch every unchanged item again and compare its content
  Progress* progress = nullptr;
  const std::atomic<bool>* cancel = nullptr;
};

struct VerifyReport {
  std::uint64_t points = 0, items = 0, bytes = 0;
  std::vector<std::string> problems;  // of the backup; the first 1000
  std::uint64_t n_problems = 0;
  bool compared = false;  // with a live mailbox
  std::uint64_t same = 0, changed = 0, only_live = 0, only_backup = 0, content_differs = 0;
  std::vector<std::string> differences;  // the first 1000
};

/// Reads everything that a backup directory holds: manifests, lines, every stream against its checksum, its
/// verdict and content hash, every item of every PST against its stream (without streams: that it decodes).
/// With a source: compares ids and change keys with the live mailbox.
///
/// Errors:  kInvalid, kNotFound  not a backup directory, no point; kCancelled; the source's. Damage is a
/// problem in the
///          report, not an error.
/// Bounds:  8 to 16 bytes an item
Result<VerifyReport> run_verify(const VerifyOptions& options, model::MailboxSource* live);

/// The same for restore points of a vault (options.directory is not looked at): every tree, and every stream,
/// each once, however many points have it; of PST files that what makes them again is there. Compared with
/// the live mailbox are those of `mailbox`.
struct VaultToVerify {
  vault::ChunkSource& chunks;
  std::vector<archive::MailPoint> points;
  std::string mailbox;
};
Result<VerifyReport> run_verify(const VaultToVerify& vault, const VerifyOptions& options,
                                model::MailboxSource* live);

}  // namespace mk::job
