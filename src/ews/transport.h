#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/io.h"

namespace mk::ews {

/// What an answer says before its body.
struct ReplyHead {
  int status = 0;  // of HTTP
  std::string content_type;
  std::string location;  // of a redirection
  std::chrono::milliseconds retry_after{0};
};

/// Takes one answer: its head, then its body in pieces.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual Status head(const ReplyHead& head) = 0;
  virtual Status body(Bytes piece) = 0;
};

struct Request {
  std::string_view operation;  // ExportItems ...
  BlobPtr body;                // may be opened again when the connection has to be made anew
  std::uint64_t max_reply_bytes = std::uint64_t{64} << 20;
  bool once = false;  // a body that was sent whole must not be sent again: it may have been carried out
};

/// Carries requests to a server and answers back; EWS itself knows no sockets.
/// Errors: what concerns the connection, and what the sink returns. An HTTP status is not an error.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Status post(const Request& request, ReplySink& reply) = 0;
  /// The URL, for messages.
  virtual std::string_view where() const = 0;
};

}  // namespace mk::ews
