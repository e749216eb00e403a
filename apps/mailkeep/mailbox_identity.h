#pragma once
#include <string>

#include "server_options.h"

namespace mk::app {

/// Whose backups a directory holds: the mailbox as named on the command line, else the user; in lower case,
/// since addresses are compared so.
inline std::string mailbox_identity(const ServerOptions& o) {
  std::string out = o.mailbox.empty() ? o.user : o.mailbox;
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace mk::app
