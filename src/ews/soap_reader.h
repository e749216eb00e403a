#pragma once
#include <optional>
#include <string>

#include "ews/element.h"
#include "ews/response_code.h"

namespace mk::ews {

/// Takes the response messages of one answer, in the order of the request's parts.
class MessageHandler {
 public:
  virtual ~MessageHandler() = default;
  /// One `...ResponseMessage` that has come whole.
  virtual Status message(const Element& response_message) = 0;

  /// ExportItems only: the content of `m:Data` comes in pieces here instead of in the message; `so_far` holds
  /// what stands before it (ResponseCode, ItemId).
  virtual bool streams_data() const { return false; }
  virtual Status begin_data(const Element& so_far) { return static_cast<void>(so_far), ok; }
  virtual Status data(std::string_view base64) { return static_cast<void>(base64), ok; }
  virtual Status end_data() { return ok; }
};

/// ServerVersionInfo of the answer's header.
struct ServerInfo {
  std::string version;  // Exchange2013_SP1 ..., not given by every server
  unsigned major = 0, minor = 0, build = 0;
  bool known() const { return major != 0; }
};

/// Reads one SOAP answer of EWS that comes in pieces and hands out its response messages.
///
/// Shape:   Envelope/Body/XxxResponse/ResponseMessages/XxxResponseMessage...
/// Errors:  kTruncated, kCorrupt  as XmlReader; kInvalid  XML, but no SOAP envelope; what the handler returns
/// Bounds:  one response message <= ElementBuilder::kMaxTreeBytes; streamed data is not kept
class SoapReader final : private XmlEvents {
 public:
  explicit SoapReader(MessageHandler& handler) : handler_(handler), xml_(*this) {}
  Status feed(Bytes piece) { return xml_.feed(piece); }
  Status finish() { return xml_.finish(); }

  bool is_soap() const { return is_soap_; }
  const ServerInfo& server() const { return server_; }
  const std::optional<Fault>& fault() const { return fault_; }
  std::size_t messages() const { return n_messages_; }
  /// The server said after the document that it cut an item short.
  bool says_truncated() const { return xml_.tail().find("Truncated Data") != std::string_view::npos; }

 private:
  enum class Part { kNone, kHeader, kFault, kMessage };
  Status start_element(std::string_view name, const XmlAttributes& attributes) override;
  Status text(std::string_view text) override;
  Status end_element(std::string_view name) override;
  Part part_at(std::string_view name) const;
  Status finish_part();

  MessageHandler& handler_;
  XmlReader xml_;
  ElementBuilder builder_;
  Part part_ = Part::kNone;
  int depth_ = 0;       // of the open element; the Envelope's is 1
  std::string second_;  // the open element of depth 2: Header or Body
  int part_depth_ = 0;
  int data_depth_ = 0;  // of the open m:Data that is streamed, 0 when none
  bool is_soap_ = false;
  ServerInfo server_;
  std::optional<Fault> fault_;
  std::size_t n_messages_ = 0;
};

}  // namespace mk::ews
