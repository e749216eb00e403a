#pragma once
#include <atomic>

#include "pst/check/findings.h"
#include "pst/ndb/storage.h"

namespace mk::pst::check {

struct CheckOptions {
  Findings::Options findings;
  std::filesystem::path spill_directory = ".";  // for temporary files
  /// What is being done and how far it is, of how much; now and then.
  std::function<void(const char* phase, std::uint64_t done, std::uint64_t of)> progress;
  const std::atomic<bool>* cancelled = nullptr;
};

/// What a check came to.
struct CheckReport {
  std::uint64_t nodes = 0, blocks = 0, bytes = 0;
  std::array<std::uint64_t, kRules.size()> counts{};  // findings by rule, also those that were not handed on
  std::uint64_t notes = 0, repairs = 0, fatals = 0;
  std::uint64_t work = 0;  // in units of work.h
};

/// Checks a PST or OST file against all rules, from the header to the cells of its tables.
///
/// Spec:    [MS-PST]; docs/formats/pst-check.md has the rules
/// Shape:   in: any file; out: findings, as they are met
/// Errors:  kCorrupt, kTruncated  it is no PST at all, or has no whole header
///          kExhausted  no room for temporary files; kCancelled; those of the storage
/// Bounds:  time in proportion to the bytes that pages and blocks take, whatever is in them
///          memory independent of the file's size, but for 1 bit per named property and B-tree page and 4
///          bytes per search folder: five sorters of 8 MiB, 8 MiB of pages, 64 blocks. Temporary files: 32
///          bytes for each block and each reference, 12 for each item
/// Threads: one at a time
Result<CheckReport> check_pst(std::shared_ptr<const ndb::Storage> storage, const CheckOptions& options,
                              const Findings::Sink& sink);

}  // namespace mk::pst::check
