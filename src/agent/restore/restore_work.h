#pragma once
#include <atomic>
#include <functional>

#include "agent/restore/open_state.h"
#include "agent/state/agent_state.h"
#include "job/progress.h"
#include "undo/removable.h"

namespace mk::agent {

/// How restores reach mailboxes: through the connection's account for restores. Tests have others.
struct MailboxDoors {
  /// `cancel` ends pauses before further tries.
  std::function<Result<std::unique_ptr<model::MailboxTarget>>(const Connection&, const std::string& mailbox,
                                                              const std::atomic<bool>& cancel)>
      target;
  std::function<Result<std::unique_ptr<undo::Removable>>(const Connection&, const std::string& mailbox)>
      removable;
};
MailboxDoors exchange_doors(Secrets& secrets, Clock& clock);

/// Where a restore's list of items lies.
std::filesystem::path item_list_file(const Workshop& workshop, RestoreId restore);

/// Through which connection a schedule reaches a mailbox. Of several that may: the one that names it.
/// Errors: kInvalid  that cannot be told: name one
Result<std::string> connection_of(const Schedule& schedule, const std::string& mailbox);

/// Carries out one restore, or goes on with it where an earlier attempt was interrupted; fills in request
/// (time and destination of the point, connection), counts, output and notes, and saves the former as soon as
/// it is known. One of a mailbox at a time.
/// Errors: of the restore; kCancelled
struct RestoreWork {
  AgentState& state;
  const Workshop& workshop;
  const MailboxDoors& doors;
  job::Progress& progress;
  const std::atomic<bool>& cancel;

  Status run(Restore& restore) const;

 private:
  Status pin_request(Restore& restore, const Schedule& schedule, const OpenState& open) const;
  Status into_mailbox(Restore& restore, const OpenState& open) const;
  Status into_directory(Restore& restore, const OpenState& open) const;
  Status count_only(Restore& restore, const OpenState& open) const;
  Status export_to(const std::filesystem::path& directory, Restore& restore, const OpenState& open) const;
  Status take_back(Restore& restore) const;
  std::filesystem::path journals(const std::string& mailbox) const;
};

}  // namespace mk::agent
