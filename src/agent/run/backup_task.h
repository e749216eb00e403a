#pragma once
#include <atomic>
#include <optional>

#include "agent/run/open_vaults.h"
#include "agent/state/agent_state.h"
#include "job/backup.h"
#include "source/ews_mailbox.h"

namespace mk::agent {

/// What the agent's own disk and clock give to runs.
struct Workshop {
  std::filesystem::path directory;  // the agent's state; runs keep to work/ and index/ below it
  AgentState* state = nullptr;
  Clock* clock = &mk::system_clock();
  OpenVaults* vaults = nullptr;  // for those who only read
};

/// One mailbox into one destination.
struct BackupTask {
  const Schedule* schedule = nullptr;
  const Destination* destination = nullptr;
  const Destination* second_hand = nullptr;  // a vault that has the mailbox as of just now; may be null
  std::string mailbox;                       // address; backups go by it in lower case
  std::vector<std::string> folders;          // empty: all of it
  job::Kind kind = job::Kind::kFull;
  source::EwsOptions server;  // of this mailbox; with the rate limit that its run shares
  int connections = 4;
  bool keep_configuration = true;  // puts the agent's configuration into a vault, too
  /// An earlier attempt began then and may have finished without anybody having noted it.
  std::optional<FileTime> attempted;
};

/// Carries out a task, or goes on with it where an earlier attempt was interrupted. An incremental of a
/// mailbox that the destination has no full of becomes one, and one that finds an interrupted full goes on
/// with that. A point that an earlier attempt finished is the result; what can be continued by nothing is
/// thrown away. Errors: as job::run_backup() and open_vault(), with the destination's name
Result<job::BackupReport> run_backup_task(const BackupTask& task, const Workshop& workshop,
                                          job::Progress& progress, const std::atomic<bool>& cancel);

/// Where the backups of a mailbox lie in a plain directory.
std::filesystem::path mailbox_directory(const Destination& destination, const std::string& mailbox);

}  // namespace mk::agent
