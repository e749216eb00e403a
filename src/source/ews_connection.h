#pragma once
#include "ews/ids.h"
#include "source/http_transport.h"
#include "source/retry.h"

namespace mk::source {

/// A connection to one mailbox with all that was agreed on when it was opened.
class EwsConnection {
 public:
  /// Connects anew, with version and mailbox as found out before.
  static Result<std::unique_ptr<EwsConnection>> create(const EwsOptions& options, const std::string& mailbox,
                                                       ews::ServerVersion version);
  /// Negotiates the version, resolves the mailbox's name and checks that it can be read.
  static Result<std::unique_ptr<EwsConnection>> open(const EwsOptions& options);
  Result<std::unique_ptr<EwsConnection>> clone() const { return create(options_, mailbox_, session.version); }

  /// A distinguished folder of the mailbox.
  ews::FolderRef distinguished(std::string name) const;
  const std::string& mailbox() const { return mailbox_; }

 private:
  EwsConnection(const EwsOptions& options, std::string mailbox, std::unique_ptr<HttpTransport> transport);
  EwsOptions options_;
  std::string mailbox_;  // SMTP address; empty: the user's own

 public:
  std::unique_ptr<HttpTransport> http;
  ews::Session session;
  Retry retry;
};

}  // namespace mk::source
