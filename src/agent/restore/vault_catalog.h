#pragma once
#include "agent/run/backup_task.h"
#include "catalog/catalog.h"

namespace mk::agent {

/// A vault of a schedule that is there.  Errors: as open_vault()
Result<OpenVaults::Lent> open_door(const Schedule& schedule, const Destination& destination,
                                   const Workshop& workshop);

/// The agent's catalog of a vault, brought to the vault's newest record. It is a cache: one that is damaged,
/// of another version, or of a vault that was set back is made anew.
/// Errors: those of catalog::update() that making it anew does not mend
Result<std::unique_ptr<catalog::Catalog>> open_catalog(VaultDoor& door, const Workshop& workshop);
/// The same as the last run or question left it, without opening the vault.
/// Errors: kNotFound  nobody has made it yet; those of catalogs
Result<std::unique_ptr<catalog::Catalog>> open_catalog_as_it_is(const Destination& destination,
                                                                const Workshop& workshop);

/// Brings the catalogs of a schedule's vaults to their newest state: after each run, so that nobody waits for
/// it who searches. Errors: the first one; the others are brought there all the same
Status update_catalogs(const Schedule& schedule, const Workshop& workshop);

}  // namespace mk::agent
