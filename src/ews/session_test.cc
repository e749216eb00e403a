#include "ews/session.h"

#include <gtest/gtest.h>

#include "ews/get_folder.h"
#include "ews/string_transport.h"

namespace mk::ews {
namespace {

using Answer = StringTransport::Answer;

/// What asking for the inbox ends in; `answered`: a good answer had come before.
Error error_of(const Answer& answer, bool answered = false, Session* learnt = nullptr) {
  StringTransport transport({answer}, 3);
  Session session{transport};
  session.answered = answered;
  const auto found = get_folder(session, {{{}, "inbox", {}}}, {});
  if (learnt != nullptr) learnt->fault_code = session.fault_code, learnt->http_status = session.http_status;
  EXPECT_FALSE(found);
  return found ? Error{} : found.error();
}

TEST(Session, ReadsFaultsWithTheirBackOff) {
  StringTransport unused({});
  Session learnt{unused};
  const Error busy = error_of({.status = 500, .body = fault("ErrorServerBusy", 297749)}, false, &learnt);
  EXPECT_EQ(busy.code, Code::kUnavailable);
  EXPECT_EQ(busy.retry_after.count(), 297749);
  EXPECT_EQ(busy.what, "GetFolder: ErrorServerBusy: It failed.");
  EXPECT_EQ(learnt.fault_code, "ErrorServerBusy");
  EXPECT_EQ(learnt.http_status, 500);
  EXPECT_EQ(error_of({.body = fault("ErrorInvalidServerVersion")}).code, Code::kUnsupported);
  EXPECT_EQ(error_of({.status = 500, .body = fault("ErrorImpersonateUserDenied")}).code, Code::kDenied);
  EXPECT_EQ(error_of({.status = 500, .body = fault("ErrorNeverHeardOf")}).code, Code::kInternal);
}

TEST(Session, FindsTheBackOffInTheMessageToo) {
  const std::string message = "This operation exceeds the throttling budget. Suggested backoff time 1500 ms.";
  EXPECT_EQ(make_error("ErrorServerBusy", message).retry_after.count(), 1500);
  EXPECT_EQ(make_error("ErrorInternalServerError", "The request failed: ErrorServerBusy").code,
            Code::kUnavailable);
  EXPECT_EQ(make_error("ErrorInternalServerError", "oops").code, Code::kInternal);
  EXPECT_EQ(make_error("ErrorServerBusy", "Suggested backoff time 99999999999999 ms").retry_after,
            std::chrono::hours(24));
}

TEST(Session, MapsHttpStatuses) {
  struct Row {
    const char* name;
    Answer answer;
    Code code, later;  // at first, and after good answers
    const char* text;
  };
  const std::string page = "<html><head><title>Server Error in '/EWS' Application</title></head></html>";
  const Row rows[] = {
      {"wrong password", {.status = 401, .content_type = ""}, Code::kDenied, Code::kDenied, "HTTP 401"},
      {"forbidden",
       {.status = 403, .body = page, .content_type = "text/html"},
       Code::kDenied,
       Code::kDenied,
       "Server Error"},
      {"wrong path",
       {.status = 404, .body = page, .content_type = "text/html"},
       Code::kInvalid,
       Code::kUnavailable,
       "/EWS/Exchange.asmx"},
      {"too large",
       {.status = 413, .content_type = "text/html"},
       Code::kExhausted,
       Code::kExhausted,
       "larger than"},
      {"too large for IIS",
       {.status = 404, .body = "HTTP Error 404.13 - Not Found", .content_type = "text/html"},
       Code::kExhausted,
       Code::kExhausted,
       "larger"},
      {"busy",
       {.status = 503, .content_type = "", .retry_after = std::chrono::seconds(7)},
       Code::kUnavailable,
       Code::kUnavailable,
       "HTTP 503"},
      {"application down",
       {.status = 500, .body = page, .content_type = "text/html"},
       Code::kUnavailable,
       Code::kUnavailable,
       "Server Error"},
      {"a web page",
       {.body = page, .content_type = "text/html"},
       Code::kInvalid,
       Code::kUnavailable,
       "instead of EWS"},
      {"redirected to a login",
       {.status = 302, .content_type = "", .location = "https://test.example/owa/auth"},
       Code::kInvalid,
       Code::kUnavailable,
       "redirects to https://test.example/owa/auth"},
      {"redirected to the error page",
       {.status = 302, .content_type = "", .location = "/ews/genericerrorpage.htm"},
       Code::kUnavailable,
       Code::kUnavailable,
       "genericerrorpage"},
      {"other XML", {.body = "<feed/>"}, Code::kInvalid, Code::kUnavailable, "root is <feed>"},
      {"a web page that calls itself XML",
       {.body = "<!DOCTYPE html><html></html>"},
       Code::kInvalid,
       Code::kUnavailable,
       "DOCTYPE"},
      {"text that calls itself XML",
       {.body = "It works!"},
       Code::kInvalid,
       Code::kUnavailable,
       "instead of EWS"},
      {"another SOAP service",
       {.body = soap("GetFolder", "")},
       Code::kInvalid,
       Code::kCorrupt,
       "SOAP without"},
      {"busy in other XML",
       {.status = 503, .body = "<sorry/>"},
       Code::kUnavailable,
       Code::kUnavailable,
       "HTTP 503"},
      {"nothing", {.body = ""}, Code::kTruncated, Code::kTruncated, "ends inside"},
      {"half an answer",
       {.body = soap("GetFolder", "").substr(0, 300)},
       Code::kTruncated,
       Code::kTruncated,
       "ends inside"},
      {"a broken connection",
       {.body = "<s:Env", .breaks = true},
       Code::kUnavailable,
       Code::kUnavailable,
       "broke"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    const Error first = error_of(row.answer), later = error_of(row.answer, true);
    EXPECT_EQ(code_name(first.code), code_name(row.code)) << first.what;
    EXPECT_EQ(code_name(later.code), code_name(row.later)) << later.what;
    EXPECT_NE(first.what.find(row.text), std::string::npos) << first.what;
    EXPECT_EQ(first.retry_after, row.answer.retry_after);
    if (first.code != Code::kInvalid) continue;
    EXPECT_NE(first.what.find("https://test.example/EWS/Exchange.asmx"), std::string::npos) << first.what;
    EXPECT_NE(first.what.find("--server"), std::string::npos) << first.what;
  }
}

TEST(Version, IsKnownByNameOrBuild) {
  EXPECT_EQ(version_of({"Exchange2010_SP2", 15, 0, 847}), ServerVersion::kExchange2010Sp2);
  EXPECT_EQ(version_of({"V2017_07_11", 15, 1, 2507}), ServerVersion::kExchange2016);
  EXPECT_EQ(version_of({"", 15, 0, 847}), ServerVersion::kExchange2013Sp1);
  EXPECT_EQ(version_of({"", 15, 0, 516}), ServerVersion::kExchange2013);
  EXPECT_EQ(version_of({"", 14, 3, 123}), ServerVersion::kExchange2010Sp2);
  EXPECT_EQ(version_of({"", 14, 1, 139}), ServerVersion::kExchange2010Sp1);
  EXPECT_EQ(version_of({"", 14, 0, 639}), ServerVersion::kExchange2010);
  EXPECT_EQ(version_of({"", 8, 3, 83}), ServerVersion::kExchange2007Sp1);
  EXPECT_FALSE(version_of({"", 0, 0, 0}));
  EXPECT_EQ(default_request_limit(ServerVersion::kExchange2010Sp2), 25u << 20);
  EXPECT_EQ(default_request_limit(ServerVersion::kExchange2013), 64u << 20);
}

}  // namespace
}  // namespace mk::ews
