#include "agent/run/exchange.h"

namespace mk::agent {
namespace {

Result<source::EwsOptions> access(const Connection& c, const Account& account, const std::string& mailbox,
                                  Secrets& secrets, Clock& clock) {
  source::EwsOptions o;
  TRY_ASSIGN(o.password_or_token, secrets.get(account.secret));
  o.url = c.server;
  o.user = account.user;
  o.mailbox = mailbox;
  o.auth = account.auth == Auth::kBasic ? source::Auth::kBasic : source::Auth::kBearer;
  o.impersonate = account.impersonate;
  o.ca_file = c.ca_file;
  o.insecure = c.insecure;
  o.timeout = c.timeout;
  o.clock = &clock;
  return o;
}

}  // namespace

Result<source::EwsOptions> backup_access(const Connection& connection, const std::string& mailbox,
                                         Secrets& secrets, Clock& clock) {
  return access(connection, connection.backup, mailbox, secrets, clock);
}

Result<source::EwsOptions> restore_access(const Connection& connection, const std::string& mailbox,
                                          Secrets& secrets, Clock& clock) {
  if (!connection.restore)
    return Error{Code::kDenied,
                 "connection " + connection.name +
                     " has no account for restores; give it one (and a time until which it holds)"};
  if (!connection.restore->is_valid_at(to_file_time(clock.now())))
    return Error{Code::kDenied, "the account for restores of connection " + connection.name +
                                    " was valid until " + format_utc(*connection.restore->until) +
                                    "; set a later time"};
  return access(connection, connection.restore->account, mailbox, secrets, clock);
}

}  // namespace mk::agent
