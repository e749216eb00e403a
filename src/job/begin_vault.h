#pragma once
#include "job/begin_run.h"
#include "job/vault_output.h"

namespace mk::job {

/// The point of an interrupted run that had come to its commit; its pieces are let go.
Result<std::optional<Manifest>> complete_interrupted_end(VaultPlace& place, const BackupOptions& o);
/// Makes the output of a run; the state is the run's own and lives as long.
using MakeVaultOutput =
    std::function<std::unique_ptr<RunOutput>(RunState& state, VaultOutput::Begun begun, bool resumed)>;
/// Begins a run in a vault, or continues the one of this mailbox that was interrupted. `place` must outlive
/// it. Errors: as run_backup()
Result<Begun> begin_backup(model::MailboxSource& source, VaultPlace& place, const BackupOptions& o,
                           const MakeVaultOutput& make_output);

}  // namespace mk::job
