#include "source/ews_connection.h"

#include <fmt/format.h>

#include "base/log.h"
#include "ews/get_folder.h"
#include "ews/resolve_names.h"

namespace mk::source {
namespace {

using ews::ServerVersion;

constexpr ServerVersion kVersions[] = {ServerVersion::kExchange2013Sp1, ServerVersion::kExchange2013,
                                       ServerVersion::kExchange2010Sp2, ServerVersion::kExchange2010Sp1};

std::string described(const ews::ServerInfo& server) {
  return server.known() ? fmt::format(" (it says {}.{}.{})", server.major, server.minor, server.build) : "";
}

bool says(const Error& error, std::string_view response_code) {
  return error.what.find(response_code) != std::string::npos;
}

/// http to another machine.
bool travels_in_the_open(const std::string& url) {
  const auto to = [&](const char* host) { return url.starts_with(std::string("http://") + host); };
  return to("") && !to("127.0.0.1") && !to("localhost") && !to("[::1]");
}

/// Nobody by that name, or a mailbox that we may not see: the same answer for both, from some servers.
Error explain(Error error, const EwsOptions& options, const std::string& mailbox) {
  const std::string who = mailbox.empty() ? options.user : mailbox;
  if (error.code == Code::kDenied && says(error, "HTTP 401")) return error;
  if (says(error, "ErrorNonExistentMailbox") || says(error, "ErrorNameResolution") ||
      says(error, "ErrorMissingEmailAddress"))
    return {Code::kNotFound,
            fmt::format("there is no mailbox {} on this server ({}); check the address", who, error.what)};
  const bool hidden = error.code == Code::kDenied || error.code == Code::kNotFound;
  if (!hidden) return std::move(error).in("mailbox " + who);
  if (options.impersonate)
    return {Code::kDenied, fmt::format("{} may not act as {} ({}); give it the role, in the Exchange shell: "
                                       "New-ManagementRoleAssignment -Role ApplicationImpersonation -User {}",
                                       options.user, who, error.what, options.user)};
  return {Code::kDenied,
          fmt::format("{} may not read the mailbox {} ({}); give it the right, in the Exchange shell: "
                      "Add-MailboxPermission {} -User {} -AccessRights FullAccess, or use --impersonate",
                      options.user, who, error.what, who, options.user)};
}

/// An address for what may be only a name or alias.
Result<std::string> resolve(ews::Session& session, const std::string& mailbox) {
  if (mailbox.empty() || mailbox.find('@') != std::string::npos) return mailbox;
  TRY_ASSIGN(const ews::Resolutions all, ews::resolve_names(session, mailbox));
  const auto& found = all.found;
  if (found.size() == 1) return found[0].address;
  if (found.empty())
    return Error{Code::kNotFound, fmt::format("ErrorNameResolutionNoResults: nobody is called {}", mailbox)};
  std::string names;
  for (const auto& one : found) names += fmt::format("{}{}", names.empty() ? "" : ", ", one.address);
  return Error{Code::kInvalid,
               fmt::format("\"{}\" may mean several mailboxes: {}; give the address", mailbox, names)};
}

/// The schema that the mailbox's server knows, when it is older than what it just accepted.
ServerVersion pinned(const ews::Session& session) {
  return std::min(ews::version_of(session.server).value_or(session.version), session.version);
}

Error too_old(const ews::Session& session, const std::string& why) {
  return {Code::kUnsupported,
          fmt::format("{} is older than Exchange 2010 SP1{}, or knows none of the versions that we do; items "
                      "cannot be exported from it over EWS ({})",
                      session.transport.where(), described(session.server), why)};
}

}  // namespace

EwsConnection::EwsConnection(const EwsOptions& options, std::string mailbox,
                             std::unique_ptr<HttpTransport> transport)
    : options_(options),
      mailbox_(std::move(mailbox)),
      http(std::move(transport)),
      session{*http},
      retry(*options.clock, {options.max_retries, options.first_pause, options.jitter_seed, options.cancel}) {
  if (options.impersonate) session.impersonate = mailbox_;
}

Result<std::unique_ptr<EwsConnection>> EwsConnection::create(const EwsOptions& options,
                                                             const std::string& mailbox,
                                                             ServerVersion version) {
  TRY_ASSIGN(auto http, HttpTransport::create(options, mailbox));
  auto connection = std::unique_ptr<EwsConnection>(new EwsConnection(options, mailbox, std::move(http)));
  connection->session.version = version;
  return connection;
}

ews::FolderRef EwsConnection::distinguished(std::string name) const {
  return {{}, std::move(name), session.impersonate.empty() ? mailbox_ : ""};
}

namespace {

/// One try to read the mailbox's top folder with one version; gives a connection to the mailbox by its
/// address.
Result<std::unique_ptr<EwsConnection>> try_version(const EwsOptions& options, ServerVersion version) {
  TRY_ASSIGN(auto connection, EwsConnection::create(options, options.mailbox, version));
  if (!options.mailbox.empty() && options.mailbox.find('@') == std::string::npos) {
    connection->session.impersonate.clear();  // the directory is asked as ourselves
    auto address = connection->retry.run(connection->session,
                                         [&] { return resolve(connection->session, options.mailbox); });
    if (!address) return std::move(address).error();
    TRY_ASSIGN(connection, EwsConnection::create(options, *address, version));
  }
  EwsConnection& c = *connection;
  auto found = c.retry.run(c.session, [&]() -> Status {
    TRY_ASSIGN(auto folders, ews::get_folder(c.session, {c.distinguished("msgfolderroot")}, {}));
    if (!folders[0]) return std::move(folders[0]).error();
    return ok;
  });
  if (!found) return std::move(found).error();
  c.session.version = pinned(c.session);
  return connection;
}

}  // namespace

Result<std::unique_ptr<EwsConnection>> EwsConnection::open(const EwsOptions& options) {
  if (options.impersonate && options.mailbox.empty())
    return Error{Code::kInvalid, "--impersonate needs --mailbox: the mailbox whose owner to act as"};
  if (travels_in_the_open(ews_url(options.url)))
    log_warning("the password or token travels unencrypted: the server's URL is http, not https");
  std::string why;
  for (const ServerVersion version : kVersions) {
    auto connection = try_version(options, version);
    if (connection && (*connection)->session.version >= ServerVersion::kExchange2010Sp1) return connection;
    if (connection) return too_old((*connection)->session, "by its build");
    if (connection.error().code != Code::kUnsupported)
      return explain(std::move(connection).error(), options, options.mailbox);
    why = connection.error().what;
  }
  TRY_ASSIGN(auto connection, create(options, options.mailbox, kVersions[0]));
  return too_old(connection->session, why);
}

}  // namespace mk::source
