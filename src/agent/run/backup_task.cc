#include "agent/run/backup_task.h"

#include <fmt/format.h>

#include "agent/keys/recovery.h"
#include "agent/run/configuration.h"
#include "agent/run/vault_lock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/safe_name.h"
#include "job/backup_directory.h"
#include "job/chain.h"
#include "job/pst_backup.h"
#include "job/vault_backup.h"
#include "job/vault_state.h"

namespace mk::agent {
namespace {

job::BackupOptions options_of(const BackupTask& task, const Workshop& workshop, job::Progress& progress,
                              const std::atomic<bool>& cancel) {
  job::BackupOptions o;
  o.mailbox = lower_ascii(task.mailbox);
  o.folders = task.folders;
  o.connections = threads_of(task.schedule->cpu, task.connections);
  o.encoder_threads =
      static_cast<unsigned>(threads_of(task.schedule->cpu, static_cast<int>(o.encoder_threads)));
  o.dump_first = !task.schedule->upload_while_dumping;
  if (task.schedule->max_pst_bytes != 0) o.max_pst_bytes = task.schedule->max_pst_bytes;
  o.clock = workshop.clock;
  o.progress = &progress;
  o.cancel = &cancel;
  return o;
}

/// The newest point, if it is one that `task`'s earlier attempt made; not one of a clock that was ahead then.
std::optional<job::BackupReport> finished_before(const BackupTask& task, const job::Manifest* newest,
                                                 FileTime now) {
  if (newest == nullptr || !task.attempted) return std::nullopt;
  if (newest->finished < *task.attempted || newest->finished > now) return std::nullopt;
  job::BackupReport report;
  report.manifest = *newest;
  report.resumed = true;
  return report;
}

/// Folders go with a full only: an incremental has those of its base.
void choose_kind(const BackupTask& task, const job::Manifest* newest, job::BackupOptions& o) {
  o.incremental = task.kind == job::Kind::kIncremental && newest != nullptr;
  if (o.incremental) o.folders.clear();
}

Result<job::BackupReport> into_directory(const BackupTask& task, job::BackupOptions o) {
  o.directory = mailbox_directory(*task.destination, task.mailbox);
  std::unique_ptr<job::Chain> chain;
  const job::Manifest* newest = nullptr;
  if (const auto dir = job::BackupDirectory::open(o.directory)) {
    auto opened = job::Chain::open(*dir);
    if (!opened && opened.error().code != Code::kNotFound) return std::move(opened).error();
    if (opened) {
      chain = std::make_unique<job::Chain>(*std::move(opened));
      newest = &chain->manifest();
    }
  }
  if (auto done = finished_before(task, newest, to_file_time(o.clock->now()))) return *std::move(done);
  choose_kind(task, newest, o);
  chain.reset();
  if (auto made = mk::create_directories(task.destination->place); !made)
    return std::move(made).error().in(task.destination->place);
  TRY_ASSIGN(const auto mailbox, source::open_ews_mailbox(task.server));
  return job::run_backup(*mailbox, o);
}

/// The vault takes the recovery key that was typed back for it.
Status keep_recoverable(const BackupTask& task, const Workshop& workshop, vault::Vault& vault) {
  const auto now = to_file_time(workshop.clock->now());
  const auto& encryption = task.schedule->encryption;
  if (encryption.mode == Encryption::Mode::kOff) return ok;
  TRY_ASSIGN(const auto key, find_vault_key(*task.destination, encryption, workshop.state->secrets()));
  const std::lock_guard turn(workshop.vaults->making());  // mailboxes of one run meet here
  return store_recovery_key(*workshop.state, task.destination->place, vault, key, now);
}

Status keep_locked(const BackupTask& task, const Workshop& workshop, vault::Vault& vault) {
  const std::lock_guard turn(workshop.vaults->making());
  return see_to_lock(*task.destination, vault, to_file_time(workshop.clock->now()));
}

/// A vault and its key are made once, however many tasks begin with it at the same time.
Result<std::unique_ptr<VaultDoor>> open_or_make(const BackupTask& task, const Workshop& workshop) {
  auto& secrets = workshop.state->secrets();
  {
    const std::lock_guard turn(workshop.vaults->making());
    const auto now = to_file_time(workshop.clock->now());
    TRY(vault_key(*task.destination, task.schedule->encryption, secrets, now));
  }
  const auto open = [&](bool make) {
    return open_vault(*task.destination, task.schedule->encryption, secrets,
                      {workshop.directory / "index", make}, *workshop.clock);
  };
  auto door = open(false);
  if (door || door.error().code != Code::kNotFound) return door;
  const std::lock_guard turn(workshop.vaults->making());
  return open(true);
}

Result<job::BackupReport> into_vault(const BackupTask& task, const Workshop& workshop, job::BackupOptions o) {
  TRY_ASSIGN(const auto door, open_or_make(task, workshop));
  TRY(keep_recoverable(task, workshop, *door->vault));
  TRY(keep_locked(task, workshop, *door->vault));  // with all its keys
  if (task.keep_configuration) {
    TRY_ASSIGN(const auto configuration, configuration_for(*workshop.state, task.destination->place));
    TRY(keep_configuration(*door->vault, configuration, *workshop.clock));
  }
  const auto points = archive::mail_points(door->vault->points(), o.mailbox);
  std::unique_ptr<job::VaultState> state;
  if (!points.empty()) {
    TRY_ASSIGN(state, job::VaultState::open(*door->chunks, points.back()));
  }
  const job::Manifest* newest = state == nullptr ? nullptr : &state->manifest();
  if (auto done = finished_before(task, newest, to_file_time(o.clock->now()))) return *std::move(done);
  choose_kind(task, newest, o);
  state.reset();
  TRY_ASSIGN(const auto mailbox, source::open_ews_mailbox(task.server));
  const auto below = std::filesystem::path(door->vault->id().hex()) / job::mailbox_directory_name(o.mailbox);
  job::VaultPlace place(*door->vault, workshop.directory / "work" / below);
  place.compression = task.schedule->compression;
  if (!task.schedule->temporary.empty()) place.temporary = task.schedule->temporary / below;
  if (task.schedule->form == Form::kItems) return job::run_backup(*mailbox, place, o);
  TRY_ASSIGN(auto done, job::run_pst_backup(*mailbox, place, o));
  return std::move(done.backup);
}

/// How to begin where a run waits to be continued.
struct Way {
  job::Kind kind;
  bool restart;
};
/// An interrupted full is worth more than the incremental that is due: it is continued in its place. What
/// nothing can continue is thrown away: the schedule was changed meanwhile, or a full is due and an
/// incremental waits.
std::vector<Way> ways_of(job::Kind kind) {
  if (kind == job::Kind::kFull) return {{kind, false}, {kind, true}};
  return {{kind, false}, {job::Kind::kFull, false}, {kind, true}};
}

/// All errors of runs that wait and cannot be continued name the option that throws them away.
bool cannot_go_on(const Error& e) { return e.what.find("add --restart") != std::string::npos; }

/// What another destination of the schedule got already, so that Exchange is not asked for it once more.
struct SecondHand {
  OpenVaults::Lent door;
  std::unique_ptr<job::VaultState> held;
};

Result<SecondHand> open_second_hand(const BackupTask& task, const Workshop& workshop) {
  SecondHand out;
  TRY_ASSIGN(out.door, workshop.vaults->open(*task.second_hand, task.schedule->encryption,
                                             workshop.state->secrets(), workshop.directory / "index"));
  const auto points = archive::mail_points(out.door->vault->points(), lower_ascii(task.mailbox));
  TRY_ASSIGN(const auto point, job::find_mail_point(points, {}));
  TRY_ASSIGN(out.held, job::VaultState::open(*out.door->chunks, point));
  return out;
}

}  // namespace

std::filesystem::path mailbox_directory(const Destination& destination, const std::string& mailbox) {
  return std::filesystem::path(destination.place) / job::mailbox_directory_name(lower_ascii(mailbox));
}

Result<job::BackupReport> run_backup_task(const BackupTask& task, const Workshop& workshop,
                                          job::Progress& progress, const std::atomic<bool>& cancel) {
  const auto ways = ways_of(task.kind);
  std::optional<SecondHand> second_hand;
  if (task.second_hand != nullptr)
    if (auto opened = open_second_hand(task, workshop))
      second_hand = *std::move(opened);  // else all is fetched
  auto done = with_share(task.schedule->cpu, [&] {
    for (std::size_t i = 0;; ++i) {
      BackupTask tried = task;
      tried.kind = ways[i].kind;
      tried.server.cancel = &cancel;
      auto options = options_of(tried, workshop, progress, cancel);
      options.restart = ways[i].restart;
      if (second_hand) options.also_held = second_hand->held.get();
      auto went = tried.destination->is_directory() ? into_directory(tried, std::move(options))
                                                    : into_vault(tried, workshop, std::move(options));
      if (went || i + 1 == ways.size() || !cannot_go_on(went.error())) return went;
      log_info(fmt::format("{} to {}: {}", task.mailbox, task.destination->place, went.error().what));
    }
  });
  if (!done) return std::move(done).error().in(task.mailbox);
  return done;
}

}  // namespace mk::agent
