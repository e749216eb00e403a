#pragma once
#include "agent/state/connection.h"
#include "agent/state/secrets.h"
#include "source/ews_mailbox.h"

namespace mk::agent {

/// How a mailbox is reached through a connection, with its account for backups.
/// Errors: kNotFound  the account's secret; those of the secrets
Result<source::EwsOptions> backup_access(const Connection& connection, const std::string& mailbox,
                                         Secrets& secrets, Clock& clock);
/// The same with the account for restores.
/// Errors: kDenied  the connection has none, or its time is over; says what to do
Result<source::EwsOptions> restore_access(const Connection& connection, const std::string& mailbox,
                                          Secrets& secrets, Clock& clock);

}  // namespace mk::agent
