#include "ews/session.h"

#include <fmt/format.h>

#include "base/text.h"
#include "ews/http_error.h"

namespace mk::ews {
namespace {

/// Feeds a SOAP answer to its reader, and keeps the beginning of anything else for the error message.
class Reply final : public ReplySink {
 public:
  Reply(Session& session, MessageHandler& handler) : session_(session), reader_(handler) {}

  Status head(const ReplyHead& head) override {
    head_ = head;
    session_.http_status = head.status;
    // Exchange sends faults with 500; some servers with other error statuses, but always as XML
    is_xml_ = head.content_type.find("xml") != std::string::npos ||
              (head.status == 200 && head.content_type.empty());
    return ok;
  }

  Status body(Bytes piece) override {
    if (!is_xml_) {
      if (page_.size() < kKeptBytes) page_ += as_chars(piece).substr(0, kKeptBytes - page_.size());
      return ok;
    }
    n_bytes_ += piece.size();
    return judged(reader_.feed(piece));
  }

  /// Judges the answer as a whole.
  Status finish() {
    if (reader_.server().known()) session_.server = reader_.server();
    if (!is_xml_ || (n_bytes_ == 0 && head_.status != 200)) return error_of_reply(head_, page_, session_);
    TRY(judged(reader_.finish()));
    const bool is_answer = reader_.fault() || reader_.messages() > 0 || head_.status != 200;
    if (!is_answer && !session_.answered)
      return not_ews(head_, "SOAP without an answer to the question", session_);
    session_.answered = true;
    if (reader_.fault()) return fault();
    if (head_.status != 200) return error_of_reply(head_, page_, session_);
    if (reader_.says_truncated())
      return Error{Code::kTruncated, "the server says that it cut its answer short (\"Truncated Data\")"};
    return ok;
  }

 private:
  static constexpr std::size_t kKeptBytes = 4096;
  /// What fails before an answer proves to be SOAP is no EWS; a cut one may be, and says so.
  Status judged(Status read) const {
    if (read || reader_.is_soap()) return read;
    if (head_.status != 200) return error_of_reply(head_, {}, session_);
    const std::string& what = read.error().what;
    if (read.error().code == Code::kTruncated)
      return Error{Code::kTruncated, fmt::format("{}: {}", session_.transport.where(), what)};
    return not_ews(head_, what, session_);
  }
  Error fault() {
    session_.fault_code = reader_.fault()->response_code;
    Error error = reader_.fault()->error;
    if (error.code == Code::kUnavailable) error.retry_after = std::max(error.retry_after, head_.retry_after);
    return error;
  }

  Session& session_;
  SoapReader reader_;
  ReplyHead head_;
  bool is_xml_ = false;
  std::string page_;
  std::uint64_t n_bytes_ = 0;
};

}  // namespace

Status call(Session& session, const Request& request, MessageHandler& handler) {
  session.http_status = 0;
  session.fault_code.clear();
  Reply reply(session, handler);
  Status status = session.transport.post(request, reply);
  if (status) status = reply.finish();
  if (status) return ok;
  return std::move(status).error().in(request.operation);
}

}  // namespace mk::ews
