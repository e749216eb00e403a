#include "ews/response_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace mk::ews {
namespace {

struct Row {
  std::string_view response_code;
  Code code;
};

constexpr Row kRows[] = {
    // busy, moving, failing over: it will pass
    {"ErrorServerBusy", Code::kUnavailable},
    {"ErrorTimeoutExpired", Code::kUnavailable},
    {"ErrorExceededConnectionCount", Code::kUnavailable},
    {"ErrorConnectionFailed", Code::kUnavailable},
    {"ErrorConnectionFailedTransientError", Code::kUnavailable},
    {"ErrorInternalServerTransientError", Code::kUnavailable},
    {"ErrorMailboxStoreUnavailable", Code::kUnavailable},
    {"ErrorMailboxMoveInProgress", Code::kUnavailable},
    {"ErrorMailboxFailover", Code::kUnavailable},
    {"ErrorADUnavailable", Code::kUnavailable},
    {"ErrorInsufficientResources", Code::kUnavailable},
    {"ErrorNotEnoughMemory", Code::kUnavailable},
    {"ErrorTooManyObjectsOpened", Code::kUnavailable},
    {"ErrorBatchProcessingStopped", Code::kUnavailable},
    {"ErrorNoRespondingCASInDestinationSite", Code::kUnavailable},
    {"ErrorClientDisconnected", Code::kUnavailable},
    // who we are and what we may
    {"ErrorAccessDenied", Code::kDenied},
    {"ErrorImpersonateUserDenied", Code::kDenied},
    {"ErrorImpersonationDenied", Code::kDenied},
    {"ErrorImpersonationFailed", Code::kDenied},
    {"ErrorImpersonationRequired", Code::kDenied},
    {"ErrorAccountDisabled", Code::kDenied},
    {"ErrorLogonFailure", Code::kDenied},
    {"ErrorPasswordExpired", Code::kDenied},
    {"ErrorPasswordChangeRequired", Code::kDenied},
    {"ErrorTokenSerializationDenied", Code::kDenied},
    {"ErrorInvalidClientSecurityContext", Code::kDenied},
    {"ErrorCreateItemAccessDenied", Code::kDenied},
    {"ErrorCreateSubfolderAccessDenied", Code::kDenied},
    // not there (any more)
    {"ErrorItemNotFound", Code::kNotFound},
    {"ErrorFolderNotFound", Code::kNotFound},
    {"ErrorSyncFolderNotFound", Code::kNotFound},
    {"ErrorParentFolderNotFound", Code::kNotFound},
    {"ErrorNonExistentMailbox", Code::kNotFound},
    {"ErrorMissingEmailAddress", Code::kNotFound},
    {"ErrorNameResolutionNoResults", Code::kNotFound},
    {"ErrorNameResolutionNoMailbox", Code::kNotFound},
    {"ErrorFolderPropertyRequestFailed", Code::kNotFound},
    // one item or its content is damaged
    {"ErrorCorruptData", Code::kCorrupt},
    {"ErrorItemCorrupt", Code::kCorrupt},
    {"ErrorContentConversionFailed", Code::kCorrupt},
    {"ErrorItemPropertyRequestFailed", Code::kCorrupt},
    {"ErrorPropertyValidationFailure", Code::kCorrupt},
    {"ErrorMimeContentInvalid", Code::kCorrupt},
    {"ErrorMimeContentInvalidBase64String", Code::kCorrupt},
    {"ErrorCannotOpenFileAttachment", Code::kCorrupt},
    // the state of things is another one
    {"ErrorInvalidSyncStateData", Code::kConflict},
    {"ErrorFolderExists", Code::kConflict},
    {"ErrorIrresolvableConflict", Code::kConflict},
    {"ErrorStaleObject", Code::kConflict},
    {"ErrorInvalidChangeKey", Code::kConflict},
    // limits
    {"ErrorMessageSizeExceeded", Code::kExhausted},
    {"ErrorAttachmentSizeLimitExceeded", Code::kExhausted},
    {"ErrorDataSizeLimitExceeded", Code::kExhausted},
    {"ErrorQuotaExceeded", Code::kExhausted},
    // what this server does not do
    {"ErrorInvalidServerVersion", Code::kUnsupported},
    {"ErrorInvalidSchemaVersionForMailboxVersion", Code::kUnsupported},
    {"ErrorIncorrectSchemaVersion", Code::kUnsupported},
    {"ErrorIncorrectUpdatePropertyCount", Code::kUnsupported},
    {"ErrorSchemaValidation", Code::kUnsupported},
    {"ErrorInvalidRequest", Code::kUnsupported},
    {"ErrorInvalidOperation", Code::kUnsupported},
    {"ErrorUnsupportedPathForQuery", Code::kUnsupported},
    {"ErrorUnsupportedPropertyDefinition", Code::kUnsupported},
    // what we were given
    {"ErrorInvalidId", Code::kInvalid},
    {"ErrorInvalidIdMalformed", Code::kInvalid},
    {"ErrorInvalidIdEmpty", Code::kInvalid},
    {"ErrorInvalidFolderId", Code::kInvalid},
    {"ErrorInvalidSmtpAddress", Code::kInvalid},
    {"ErrorNonPrimarySmtpAddress", Code::kInvalid},
    {"ErrorNameResolutionMultipleResults", Code::kInvalid},
};

/// The number after `Suggested backoff time`, which older servers give in the message only.
std::uint64_t back_off_in(std::string_view message) {
  constexpr std::string_view kKey = "Suggested backoff time ";
  const std::size_t at = message.find(kKey);
  if (at == std::string_view::npos) return 0;
  const std::string_view rest = message.substr(at + kKey.size());
  return to_unsigned(rest.substr(0, rest.find_first_not_of("0123456789"))).value_or(0);
}

constexpr std::uint64_t kLongestBackOff = 24 * 3600 * 1000;

std::chrono::milliseconds back_off(std::string_view message, const Element* message_xml) {
  std::uint64_t ms = back_off_in(message);
  if (message_xml != nullptr) {
    for (const Element& value : message_xml->children) {
      if (value.attribute("Name") == "BackOffMilliseconds") ms = to_unsigned(value.text).value_or(ms);
      if (ms == 0) ms = back_off_in(value.text);
    }
  }
  return std::chrono::milliseconds(std::min(ms, kLongestBackOff));
}

/// ErrorInternalServerError may wrap the real reason.
bool wraps_server_busy(std::string_view message, const Element* message_xml) {
  const auto says = [](std::string_view s) { return s.find("ErrorServerBusy") != std::string_view::npos; };
  return says(message) ||
         (message_xml != nullptr && std::any_of(message_xml->children.begin(), message_xml->children.end(),
                                                [&](const Element& e) { return says(e.text); }));
}

constexpr std::size_t kMaxMessageBytes = 500;

}  // namespace

Code code_of(std::string_view response_code) {
  const auto row = std::find_if(std::begin(kRows), std::end(kRows),
                                [&](const Row& r) { return r.response_code == response_code; });
  return row == std::end(kRows) ? Code::kInternal : row->code;
}

Error make_error(std::string_view response_code, std::string_view message, const Element* message_xml) {
  Error error{code_of(response_code),
              fmt::format("{}: {}", printable(response_code.substr(0, kMaxMessageBytes)),
                          printable(message.substr(0, kMaxMessageBytes)))};
  if (response_code == "ErrorInternalServerError" && wraps_server_busy(message, message_xml))
    error.code = Code::kUnavailable;
  if (error.code == Code::kUnavailable) error.retry_after = back_off(message, message_xml);
  return error;
}

Status status_of(const Element& m) {
  if (m.attribute("ResponseClass") != "Error") return ok;
  const std::string_view code = m.text_of("ResponseCode");
  return make_error(code.empty() ? "an error without a ResponseCode" : code, m.text_of("MessageText"),
                    m.child("MessageXml"));
}

Fault read_fault(const Element& fault) {
  const std::string_view faultcode = fault.text_of("faultcode");
  std::string code(fault.text_of("detail/ResponseCode"));
  // some servers and proxies name the code in faultcode only, as `a:ErrorServerBusy`
  const std::string_view local = faultcode.substr(faultcode.rfind(':') + 1);
  if (code.empty() && local.starts_with("Error")) code = local;
  std::string_view message = fault.text_of("detail/Message");
  if (message.empty()) message = fault.text_of("faultstring");
  Error error = make_error(code.empty() ? "SOAP fault" : std::string_view(code), message,
                           fault.child("detail/MessageXml"));
  return {std::move(code), std::move(error)};
}

}  // namespace mk::ews
