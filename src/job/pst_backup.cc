#include "job/pst_backup.h"

#include <fmt/format.h>

#include "archive/keys.h"
#include "archive/point_names.h"
#include "job/backup_directory.h"
#include "job/begin_directory.h"
#include "job/begin_vault.h"
#include "job/chain.h"
#include "job/directory_output.h"
#include "job/pst_point.h"
#include "job/pst_vault_output.h"
#include "job/vault_state.h"

namespace mk::job {
namespace {

Result<std::unique_ptr<VaultState>> newest_state(VaultPlace& place, const std::string& mailbox) {
  const auto points = archive::mail_points(place.vault.points(), mailbox);
  if (points.empty())
    return Error{Code::kNotFound, fmt::format("the vault holds no full backup of {} to build on; run once "
                                              "without --incremental",
                                              mailbox)};
  auto state = VaultState::open(place.chunks, points.back());
  return state ? std::move(state) : damaged_point(state.error());
}

PointsBefore points_in(VaultPlace& place, const std::string& mailbox) {
  PointsBefore before;
  for (const auto& p : archive::mail_points(place.vault.points(), mailbox)) before.names.push_back(p.name);
  before.newest = [&place, mailbox]() -> Result<std::unique_ptr<MailboxState>> {
    TRY_ASSIGN(auto state, newest_state(place, mailbox));
    return std::unique_ptr<MailboxState>(std::move(state));
  };
  return before;
}

/// Takes a point of a directory, which has PSTs and verbatim streams, into the vault.
class Taker {
 public:
  Taker(VaultPlace& place, const Point& dumped, const BackupOptions& options)
      : place_(place),
        dumped_(dumped),
        options_(options),
        m_(dumped.manifest()),
        directory_(place.temporary / "taking") {}

  Result<PstPoint::Done> run() {
    m_.files.clear();
    PstPoint::Options o{.directory = directory_,
                        .clock = *options_.clock,
                        .base = {},
                        .cancel = options_.cancel,
                        .threads = options_.encoder_threads};
    std::unique_ptr<VaultState> base;
    if (m_.kind == Kind::kIncremental) {
      TRY_ASSIGN(base, newest_state(place_, m_.mailbox));
      if (base->manifest().name != m_.base)
        return Error{Code::kInvalid,
                     fmt::format("the dumped PSTs build on {}, the newest point is {}; add --restart",
                                 m_.base, base->manifest().name)};
      TRY_ASSIGN(o.base, base->point().items());
      o.before = &base->manifest();
    }
    TRY(remove_tree(directory_));
    TRY_ASSIGN(point_, PstPoint::create(place_, m_, o));
    TRY(dumped_.for_each_line([this](const ItemLine& line, std::uint64_t) { return take_line(line); }));
    for (std::size_t set = 0; set < m_.sets.size(); ++set)
      for (std::size_t part = 0; part < m_.sets[set].files.size(); ++part) TRY(take_file(set, part));
    TRY_ASSIGN(auto done, point_->finish());
    TRY(remove_tree(directory_));
    return done;
  }

 private:
  Status take_line(ItemLine line) {
    if (line.is_item()) {
      TRY_ASSIGN(const BlobPtr stream, dumped_.stream(line));
      TRY(point_->store(line, *stream));
      const int set = m_.folders[line.folder].set;
      const auto key = archive::item_key(m_.folders[line.folder].folder.id, line.head.id);
      if (line.pst != 0) placed_[{set, line.part}][line.pst] = key;
    }
    return point_->add(line);
  }

  Status take_file(std::size_t set, std::size_t part) {
    const auto path = dumped_.dir() / m_.sets[set].files[part];
    if (!std::filesystem::exists(path)) return ok;  // an incremental without an item for it
    const auto& keys = placed_[{static_cast<int>(set), static_cast<std::uint32_t>(part + 1)}];
    TRY_ASSIGN(ExaminedPst examined, examine_written_pst(path, keys, directory_, options_.cancel));
    m_.notes.insert(m_.notes.end(), examined.notes.begin(), examined.notes.end());
    return point_->take(std::move(examined));
  }

  VaultPlace& place_;
  const Point& dumped_;
  const BackupOptions& options_;
  Manifest m_;
  std::filesystem::path directory_;
  std::unique_ptr<PstPoint> point_;
  /// Keys of items by set and part, then by node.
  std::map<std::pair<int, std::uint32_t>, PlacedKeys> placed_;
};

std::filesystem::path dump_directory(const VaultPlace& place) { return place.temporary / "psts"; }

/// A run that dumped first was interrupted.
Result<bool> dump_waits(const VaultPlace& place) {
  TRY_ASSIGN(const auto points, file_names(dump_directory(place) / "points"));
  return !points.empty() || std::filesystem::exists(dump_directory(place) / "unfinished");
}

bool is_in_vault(VaultPlace& place, const Manifest& m) {
  const auto points = archive::mail_points(place.vault.points(), m.mailbox);
  return std::any_of(points.begin(), points.end(), [&](const auto& p) { return p.name == m.name; });
}

/// A dump that waited, and was damaged meanwhile, is of no use; what it was made of is still on the server.
Error explain_damage(Error e) {
  if (e.code == Code::kCorrupt || e.code == Code::kTruncated)
    e.what =
        fmt::format("the dumped PST files that wait to be stored are damaged ({}); add --restart", e.what);
  return e;
}

/// Takes the point of the directory and lets go of its files.
Result<PstBackupReport> take(VaultPlace& place, const BackupDirectory& dir, const std::string& name,
                             const BackupOptions& options) {
  PstBackupReport report;
  {
    TRY_ASSIGN(const auto dumped, Point::open(dir.point(name)));
    report.backup.manifest = dumped->manifest();
    if (!is_in_vault(place, dumped->manifest())) {
      TRY_ASSIGN(auto done, Taker(place, *dumped, options).run());
      report.psts = std::move(done.psts);
      report.backup.vault_bytes = done.vault_bytes;
    }
  }
  TRY(remove_tree(dir.point(name)));
  return report;
}

/// Dumps everything, then stores it; what waits from before comes first.
Result<PstBackupReport> dump_then_store(model::MailboxSource& source, VaultPlace& place,
                                        const BackupOptions& options, Progress& progress) {
  TRY_ASSIGN(const BackupDirectory dir,
             BackupDirectory::open_or_create(dump_directory(place), options.mailbox, *options.clock));
  TRY(complete_interrupted_end(dir));
  TRY_ASSIGN(const auto waiting, dir.points());
  for (const auto& name : waiting) {
    auto report = take(place, dir, name, options);
    if (!report) return explain_damage(std::move(report).error());
    report->backup.resumed = true;
    if ((report->backup.manifest.kind == Kind::kIncremental) == options.incremental) return report;
  }
  progress.phase = "looking";
  const PointsBefore before = points_in(place, options.mailbox);
  TRY_ASSIGN(Begun begun, begin_backup(source, dir, before, options));
  TRY_ASSIGN(BackupReport backup, copy_all(source, options, std::move(begun), progress));
  progress.phase = "storing";
  TRY_ASSIGN(auto report, take(place, dir, backup.manifest.name, options));
  backup.vault_bytes = report.backup.vault_bytes;
  report.backup = std::move(backup);
  return report;
}

Result<PstBackupReport> dump_and_store(model::MailboxSource& source, VaultPlace& place, BackupOptions options,
                                       Progress& progress) {
  PstBackupReport report;
  options.reread = !options.incremental;  // the PSTs of a full hold everything
  TRY_ASSIGN(auto completed, complete_interrupted_end(place, options));
  if (completed && !options.restart && (completed->kind == Kind::kIncremental) == options.incremental) {
    report.backup.manifest = *std::move(completed);
    report.backup.resumed = true;
    return report;
  }
  progress.phase = "looking";
  TRY_ASSIGN(Begun begun,
             begin_backup(source, place, options, [&](RunState& state, VaultOutput::Begun of, bool resumed) {
               return std::make_unique<PstVaultOutput>(place, state, options, std::move(of), resumed,
                                                       report.psts);
             }));
  const Manifest& m = begun.state->manifest;
  if (m.kind == Kind::kFull && !m.base.empty())
    return Error{Code::kInvalid,
                 "an interrupted run in the form of items waits to be continued, which fetches "
                 "only what has changed; continue it in that form, or add --restart"};
  TRY_ASSIGN(report.backup, copy_all(source, options, std::move(begun), progress));
  return report;
}

Status make_temporary(const VaultPlace& place) {
  auto made = mk::create_directories(place.temporary);
  if (made) return ok;
  return Error{
      made.error().code,
      fmt::format("the temporary location {} cannot be made ({}); see that it can be written to, or name "
                  "another with --temporary",
                  place.temporary.string(), made.error().what)};
}

/// A full disk may be that of the dumps, or that of the vault.
Error explain(Error e, const VaultPlace& place) {
  const std::string where = place.temporary.string();
  if (e.code != Code::kExhausted || e.what.find(where) == std::string::npos) return e;
  std::error_code unknown;
  const auto free_bytes = std::filesystem::space(place.temporary, unknown).available;
  e.what = fmt::format(
      "the temporary location {} has too little room for the dumped PST files, {} bytes ({}); make "
      "room there, name another with --temporary, or dump smaller parts (--split)",
      where, unknown ? 0 : free_bytes, e.what);
  return e;
}

}  // namespace

Result<PstBackupReport> run_pst_backup(model::MailboxSource& source, VaultPlace& place,
                                       const BackupOptions& options) {
  Progress unwatched;
  Progress& progress = options.progress != nullptr ? *options.progress : unwatched;
  TRY_ASSIGN(const File held, lock_work_directory(place.work_directory));
  const auto run = [&]() -> Result<PstBackupReport> {
    TRY(make_temporary(place));
    if (options.restart) TRY(remove_tree(dump_directory(place)));
    TRY(forget_unchecked(place, options.mailbox, *options.clock));
    TRY_ASSIGN(const bool waits, dump_waits(place));
    if (options.dump_first || waits) return dump_then_store(source, place, options, progress);
    return dump_and_store(source, place, options, progress);
  };
  auto report = run();
  if (!report) return explain(std::move(report).error(), place);
  return report;
}

}  // namespace mk::job
