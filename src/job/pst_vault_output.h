#pragma once
#include "job/pst_parts.h"
#include "job/vault_output.h"

namespace mk::job {

/// Items go into the vault as they come, and into PSTs beside it, of which the vault gets what makes the same
/// files again.
///
/// Shape:   PSTs are dumped while items come; those of a run that was interrupted, or in which an item that
/// is
///          dumped already has changed, at its end, from what the vault has by then
/// Errors, Bounds: as VaultOutput and PstParts
class PstVaultOutput final : public VaultOutput {
 public:
  /// `psts`: for those of the point. All but `begun` must outlive it.
  PstVaultOutput(VaultPlace& place, RunState& state, const BackupOptions& options, Begun begun, bool resumed,
                 std::vector<archive::PstRecord>& psts)
      : VaultOutput(place, state, *options.clock, std::move(begun),
                    Short::kAlone),  // all is fetched each time
        manifest_(state.manifest),
        options_(options),
        psts_(psts),
        at_end_(resumed) {}

  Status store(ItemLine& line, const Fetched& item) override;
  Status finish(RunState& state, const BackupOptions& options, BackupReport& report) override;

 private:
  std::filesystem::path directory() const { return place().temporary / "parts"; }
  Status begin_parts();
  Status dump(const ItemLine& line, const model::Item& item);
  Status dump_again(RunState& state);
  Result<PstParts::Written> finish_parts(RunState& state);

  Manifest& manifest_;
  const BackupOptions& options_;
  std::vector<archive::PstRecord>& psts_;
  bool at_end_;
  std::unique_ptr<PstParts> parts_;
  std::vector<ItemLine> not_in_pst_;  // the first of them
  std::uint64_t n_not_in_pst_ = 0;
};

}  // namespace mk::job
