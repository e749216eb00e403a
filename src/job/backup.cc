#include "job/backup.h"

#include "job/backup_engine.h"
#include "job/begin_directory.h"
#include "job/directory_output.h"

namespace mk::job {

Result<BackupReport> copy_all(model::MailboxSource& source, const BackupOptions& options, Begun begun,
                              Progress& progress) {
  BackupReport report;
  BackupEngine engine(source, options, std::move(begun), progress);
  TRY(engine.run());
  progress.phase = "finishing";
  TRY(engine.output().finish(engine.state(), options, report));
  report.resumed = engine.resumed();
  report.items = progress.items;
  report.bytes = progress.bytes;
  report.throttled = std::chrono::milliseconds(progress.throttled_ms);
  report.manifest = std::move(engine.state().manifest);
  return report;
}

Result<BackupReport> run_backup(model::MailboxSource& source, const BackupOptions& options) {
  Progress unwatched;
  Progress& progress = options.progress != nullptr ? *options.progress : unwatched;
  TRY_ASSIGN(BackupDirectory dir,
             BackupDirectory::open_or_create(options.directory, options.mailbox, *options.clock));
  TRY(dir.lock());
  BackupReport report;
  TRY_ASSIGN(auto completed, complete_interrupted_end(dir));
  const bool asked_for = completed && (completed->kind == Kind::kIncremental) == options.incremental;
  if (asked_for && !options.restart) {
    report.manifest = *std::move(completed);
    report.resumed = true;
    return report;
  }
  progress.phase = "looking";
  TRY_ASSIGN(const auto before, points_before(dir));
  auto begun = begin_backup(source, dir, before, options);
  if (!begun) {
    dir.remove_if_new();
    return std::move(begun).error();
  }
  return copy_all(source, options, *std::move(begun), progress);
}

}  // namespace mk::job
