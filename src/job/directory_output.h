#pragma once
#include "job/backup_directory.h"
#include "job/journal.h"
#include "job/pst_output.h"
#include "job/run_output.h"
#include "job/segment.h"

namespace mk::job {

/// DIR/unfinished: segment first, then the journal; PSTs while the run lasts, or from the segment at its end.
///
/// Spec:    docs/formats/backup-directory.md, "journal.jsonl and the crash argument"
class DirectoryOutput final : public RunOutput {
 public:
  /// `pst` may be null: PSTs are then written at the end.
  DirectoryOutput(const BackupDirectory& dir, const Manifest& manifest,
                  std::unique_ptr<SegmentWriter> segment, std::unique_ptr<Journal> journal,
                  std::unique_ptr<PstOutput> pst)
      : dir_(dir),
        unfinished_(dir.unfinished()),
        manifest_(manifest),
        segment_(std::move(segment)),
        journal_(std::move(journal)),
        pst_(std::move(pst)) {}

  const std::filesystem::path& temporary() const override { return unfinished_; }
  Status store(ItemLine& line, const Fetched& item) override;
  Status commit(std::vector<Group> groups) override;
  Status for_each_line(const VisitLine& f) const override;
  Status suspend() override { return ok; }  // it does anyway
  Status finish(RunState& state, const BackupOptions& options, BackupReport& report) override;

 private:
  const BackupDirectory& dir_;
  std::filesystem::path unfinished_;
  const Manifest& manifest_;
  std::unique_ptr<SegmentWriter> segment_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<PstOutput> pst_;
};

/// Removes what an end that was interrupted after its manifest left to do: `unfinished` becomes a point.
/// Gives the manifest when that happened.
Result<std::optional<Manifest>> complete_interrupted_end(const BackupDirectory& dir);

}  // namespace mk::job
