#include "job/pst_backup.h"

#include <fmt/format.h>

#include "archive/keys.h"
#include "archive/point_names.h"
#include "job/backup_directory.h"
#include "job/begin_directory.h"
#include "job/chain.h"
#include "job/directory_output.h"
#include "job/pst_point.h"
#include "job/vault_state.h"
#include "pst/layout.h"

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
      : place_(place), dumped_(dumped), options_(options), m_(dumped.manifest()) {}

  Result<PstPoint::Done> run() {
    m_.files.clear();
    PstPoint::Options o{
        place_.work_directory / "taking", *options_.clock, false, {}, nullptr, options_.cancel};
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
    TRY(remove_tree(o.directory));
    TRY_ASSIGN(point_, PstPoint::create(place_, m_, o));
    TRY(dumped_.for_each_line([this](const ItemLine& line, std::uint64_t) { return take_line(line); }));
    for (std::size_t set = 0; set < m_.sets.size(); ++set)
      for (std::size_t part = 0; part < m_.sets[set].files.size(); ++part) TRY(take_file(set, part));
    TRY_ASSIGN(auto done, point_->finish());
    TRY(remove_tree(o.directory));
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
    TRY_ASSIGN(const auto file, pst::PstFile::open(path));
    TRY_ASSIGN(const auto layout, pst::read_layout(*file));
    const auto& keys = placed_[{static_cast<int>(set), static_cast<std::uint32_t>(part + 1)}];
    const auto find = [&](archive::PstItem& item) -> Result<bool> {
      const auto key = keys.find(item.place.nid.value);
      if (key == keys.end()) return false;
      item.key = key->second;
      if (item.place.nid.type() != pst::NidType::kAssocMessage) return true;
      std::vector<pst::Nid> embedded;
      TRY(pst::read_placed_item(*file, item.place, embedded));
      return true;
    };
    return point_->take(
        {path, *file, layout, find, [this](const auto&, const Error& e) { m_.notes.push_back(e.what); }});
  }

  VaultPlace& place_;
  const Point& dumped_;
  const BackupOptions& options_;
  Manifest m_;
  std::unique_ptr<PstPoint> point_;
  /// Keys of items by set and part, then by node.
  std::map<std::pair<int, std::uint32_t>, std::map<std::uint32_t, std::string>> placed_;
};

bool is_in_vault(VaultPlace& place, const Manifest& m) {
  const auto points = archive::mail_points(place.vault.points(), m.mailbox);
  return std::any_of(points.begin(), points.end(), [&](const auto& p) { return p.name == m.name; });
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

}  // namespace

Result<PstBackupReport> run_pst_backup(model::MailboxSource& source, VaultPlace& place,
                                       const BackupOptions& options) {
  Progress unwatched;
  Progress& progress = options.progress != nullptr ? *options.progress : unwatched;
  TRY_ASSIGN(const File held, lock_work_directory(place.work_directory));
  const auto path = place.work_directory / "psts";
  if (options.restart) TRY(remove_tree(path));
  TRY(forget_unchecked(place, options.mailbox, *options.clock));
  TRY_ASSIGN(const BackupDirectory dir,
             BackupDirectory::open_or_create(path, options.mailbox, *options.clock));
  TRY(complete_interrupted_end(dir));
  TRY_ASSIGN(const auto waiting, dir.points());
  for (const auto& name : waiting) {
    TRY_ASSIGN(auto report, take(place, dir, name, options));
    report.backup.resumed = true;
    if ((report.backup.manifest.kind == Kind::kIncremental) == options.incremental) return report;
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

}  // namespace mk::job
