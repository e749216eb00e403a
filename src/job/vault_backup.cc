#include "job/vault_backup.h"

#include "job/begin_vault.h"

namespace mk::job {

Result<File> lock_work_directory(const std::filesystem::path& work) {
  TRY(mk::create_directories(work));
  const auto path = work / "lock";
  const bool there = std::filesystem::exists(path);
  TRY_ASSIGN(File file, File::open(path, there ? File::Mode::kReadWrite : File::Mode::kCreate));
  TRY(file.lock());
  return file;
}

Result<BackupReport> run_backup(model::MailboxSource& source, VaultPlace& place,
                                const BackupOptions& options) {
  Progress unwatched;
  Progress& progress = options.progress != nullptr ? *options.progress : unwatched;
  TRY_ASSIGN(const File held, lock_work_directory(place.work_directory));
  TRY_ASSIGN(auto completed, complete_interrupted_end(place, options));
  const bool asked_for = completed && (completed->kind == Kind::kIncremental) == options.incremental;
  if (asked_for && !options.restart) {
    BackupReport report;
    report.manifest = *std::move(completed);
    report.resumed = true;
    return report;
  }
  progress.phase = "looking";
  TRY_ASSIGN(Begun begun,
             begin_backup(source, place, options, [&](RunState& state, VaultOutput::Begun of, bool) {
               return std::make_unique<VaultOutput>(place, state, *options.clock, std::move(of));
             }));
  return copy_all(source, options, std::move(begun), progress);
}

}  // namespace mk::job
