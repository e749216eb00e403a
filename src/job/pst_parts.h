#pragma once
#include <future>

#include "job/pst_examine.h"
#include "job/pst_output.h"

namespace mk::job {

/// Writes the PSTs of a run, and examines and removes each part as soon as it is whole: while the next is
/// written, in a thread of its own.
///
/// Errors:  as PstOutput; those of examine_pst()
/// Bounds:  disk: for each set the part at hand, and one that is examined; memory: about 150 bytes for each
/// item of
///          these
/// Threads: one      Owns: nothing below `directory`; manifest and `cancel` must outlive it
class PstParts {
 public:
  static Result<std::unique_ptr<PstParts>> create(const std::filesystem::path& directory, const Manifest& m,
                                                  std::uint64_t max_bytes, const std::atomic<bool>* cancel);
  /// `key`: of the item in the point.
  Result<pst::PlacedItem> add(std::size_t folder, const model::Item& item, bool associated, std::string key);
  struct Written {
    std::vector<ExaminedPst> examined;  // by set and part
    std::map<std::size_t, std::vector<pst::Part>> parts;
  };
  /// The last parts.
  Result<Written> finish();

 private:
  using PartId = std::pair<std::size_t, std::uint32_t>;  // set, and which of its parts
  PstParts(std::filesystem::path directory, const Manifest& m, const std::atomic<bool>* cancel)
      : directory_(std::move(directory)), manifest_(m), cancel_(cancel) {}
  Status begin_examining(const PartId& part);
  Status end_examining();

  std::filesystem::path directory_;
  const Manifest& manifest_;
  const std::atomic<bool>* cancel_;
  std::unique_ptr<PstOutput> out_;
  std::map<PartId, PlacedKeys> placed_;  // of parts at hand
  std::map<PartId, ExaminedPst> examined_;
  PartId examining_;
  std::future<Result<ExaminedPst>> result_;
};

}  // namespace mk::job
