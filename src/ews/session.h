#pragma once
#include <string>

#include "ews/transport.h"
#include "ews/version.h"

namespace mk::ews {

/// One connection to EWS and what has been learnt over it.
struct Session {
  Transport& transport;
  ServerVersion version = ServerVersion::kExchange2013Sp1;  // asked for by RequestServerVersion
  std::string impersonate = {};                             // SMTP address to act as; empty: as oneself

  // of the last answers
  ServerInfo server = {};       // who answered
  bool answered = false;        // a SOAP answer has come: what is there is EWS
  int http_status = 0;          // of the last answer, 0: none came
  std::string fault_code = {};  // ResponseCode of the last answer's fault, empty: none
};

/// Sends a request and hands the response messages of its answer to `handler`, as they come.
///
/// Errors: what the handler returns; of a SOAP fault as code_of() says; of HTTP:
///         kDenied       401, 403
///         kInvalid      the URL leads to something that is not EWS (before the first good answer)
///         kExhausted    413 and 404.13: the request is larger than the server takes
///         kUnavailable  busy, broken connection, an answer that is no EWS in the midst of good ones
///         kTruncated    the answer is cut, or the server says that it cut an item short
///         kCorrupt      the answer is not XML
Status call(Session& session, const Request& request, MessageHandler& handler);

}  // namespace mk::ews
