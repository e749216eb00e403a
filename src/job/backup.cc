#include "job/backup.h"

#include "job/backup_begin.h"
#include "job/backup_engine.h"
#include "job/finish_point.h"

namespace mk::job {

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
  auto begun = begin_backup(source, dir, options);
  if (!begun) {
    dir.remove_if_new();
    return std::move(begun).error();
  }
  BackupEngine engine(source, dir, options, *std::move(begun), progress);
  TRY(engine.run());
  progress.phase = "finishing";
  TRY(finish_point(dir.unfinished(), engine.state(), engine.take_pst(), options, report));
  TRY(publish(dir, engine.state().manifest));
  report.resumed = engine.resumed();
  report.items = progress.items;
  report.bytes = progress.bytes;
  report.throttled = std::chrono::milliseconds(progress.throttled_ms);
  report.manifest = std::move(engine.state().manifest);
  return report;
}

}  // namespace mk::job
