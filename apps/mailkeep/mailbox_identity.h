#pragma once
#include <string>

#include "base/safe_name.h"
#include "server_options.h"

namespace mk::app {

/// A mailbox as backups are called: in lower case, since addresses are compared so.
inline std::string lower_mailbox(const std::string& mailbox) { return lower_ascii(mailbox); }

/// Whose backups a run makes: the mailbox as named on the command line, else the user.
inline std::string mailbox_identity(const ServerOptions& o) {
  return lower_mailbox(o.mailbox.empty() ? o.user : o.mailbox);
}

}  // namespace mk::app
