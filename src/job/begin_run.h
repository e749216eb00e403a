#pragma once
#include "job/journal.h"
#include "job/run_output.h"

namespace mk::job {

/// A run that may start listing: new, or an interrupted one at its last page.
struct Begun {
  std::unique_ptr<RunState> state;
  std::unique_ptr<RunOutput> output;
  bool resumed = false;
  std::vector<std::uint64_t> lines_of;  // by folder: lines recorded before the interruption
};

/// What a new run is going to hold: folders chosen from those of the source, with an incremental those that
/// `base` selected. `names` are those of the points that are there.
/// Errors: kInvalid, kNotFound  the folder selection; those of the source
Result<Manifest> new_manifest(model::MailboxSource& source, const std::string& mailbox,
                              const std::vector<std::string>& names, const Manifest* base,
                              const BackupOptions& o);
/// What the base leaves to a run: sync states, and skipped items that are tried again.
void carry_over(const Manifest& base, Manifest& m);

/// Errors: kInvalid  the options ask for another run than the interrupted one; says what to do
Status check_same_run(const Manifest& m, const BackupOptions& o);
/// Both chose the same folders.
bool same_selection(const Manifest& a, const Manifest& b);
/// The first group of a journal: what the run is. Nothing when not even that is whole.
Result<std::optional<Manifest>> read_run_head(const std::filesystem::path& journal);
/// Brings `b.state` to what the journal says. Gives the length of what is whole, and of the segment then.
/// Errors: kInvalid  it names folders that it does not list
struct Replayed {
  std::uint64_t journal_bytes = 0, segment_bytes = 0;
};
Result<Replayed> replay(const std::filesystem::path& journal, Begun& b);

/// The whole run: list, fetch, close, finish.  Errors: as run_backup()
Result<BackupReport> copy_all(model::MailboxSource& source, const BackupOptions& options, Begun begun,
                              Progress& progress);

/// Every line of a journal, with its number.
Status for_each_journal_line(const std::filesystem::path& journal, const RunOutput::VisitLine& f);

}  // namespace mk::job
