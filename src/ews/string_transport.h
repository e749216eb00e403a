#pragma once
// For tests only: answers from strings.
#include <algorithm>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "ews/transport.h"

namespace mk::ews {

/// Gives prepared answers in order, in pieces of `piece_bytes`, and keeps the requests.
class StringTransport final : public Transport {
 public:
  struct Answer {
    int status = 200;
    std::string body = {};
    std::string content_type = "text/xml; charset=utf-8";
    std::chrono::milliseconds retry_after{0};
    std::string location = {};
    bool breaks = false;  // the connection is reset after the body
  };
  explicit StringTransport(std::deque<Answer> answers, std::size_t piece_bytes = 1000)
      : answers_(std::move(answers)), piece_bytes_(piece_bytes) {}

  Status post(const Request& request, ReplySink& reply) override {
    TRY_ASSIGN(auto source, request.body->open());
    TRY_ASSIGN(auto text, read_all(*source, 64 << 20));
    requests.push_back(std::move(text));
    keep(requests.back());
    if (answers_.empty()) return Error{Code::kUnavailable, "the test has no more answers"};
    const Answer a = std::move(answers_.front());
    answers_.pop_front();
    TRY(reply.head({a.status, a.content_type, a.location, a.retry_after}));
    for (std::size_t at = 0; at < a.body.size(); at += piece_bytes_)
      TRY(reply.body(as_bytes(std::string_view(a.body).substr(at, piece_bytes_))));
    if (a.breaks) return Error{Code::kUnavailable, "the connection broke"};
    return ok;
  }
  std::string_view where() const override { return "https://test.example/EWS/Exchange.asmx"; }

  /// What stands inside <soap:Body> of the last request.
  std::string last_body() const {
    const std::string& r = requests.back();
    const std::size_t begin = r.find("<soap:Body>") + 11;
    return r.substr(begin, r.find("</soap:Body>") - begin);
  }
  std::vector<std::string> requests;

 private:
  /// tests/e2e/ews_schema_test.py wants to see every request.
  static void keep(const std::string& request) {
    static int n = 0;
    if (const char* folder = std::getenv("MK_KEEP_REQUESTS"))
      std::ofstream(std::string(folder) + "/" + std::to_string(++n), std::ios::binary) << request;
  }
  std::deque<Answer> answers_;
  std::size_t piece_bytes_;
};

/// A SOAP answer of Exchange 2013 SP1 with these response messages.
inline std::string soap(const std::string& operation, const std::string& messages) {
  return R"(<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header>)"
         R"(<h:ServerVersionInfo MajorVersion="15" MinorVersion="0" MajorBuildNumber="847" MinorBuildNumber="32" Version="V2_8")"
         R"( xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types"/></s:Header><s:Body><m:)" +
         operation +
         R"(Response xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages")"
         R"( xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><m:ResponseMessages>)" +
         messages + "</m:ResponseMessages></m:" + operation + "Response></s:Body></s:Envelope>";
}
inline std::string success(const std::string& operation, const std::string& content) {
  return "<m:" + operation +
         R"(ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>)" + content +
         "</m:" + operation + "ResponseMessage>";
}
inline std::string failure(const std::string& operation, const std::string& code) {
  return "<m:" + operation +
         R"(ResponseMessage ResponseClass="Error"><m:MessageText>It failed.</m:MessageText><m:ResponseCode>)" +
         code + "</m:ResponseCode></m:" + operation + "ResponseMessage>";
}
inline std::string fault(const std::string& code, int back_off_ms = 0) {
  return R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>a:)" +
         code + "</faultcode><faultstring>It failed.</faultstring><detail><e:ResponseCode>" + code +
         R"(</e:ResponseCode><e:Message>It failed.</e:Message><t:MessageXml><t:Value Name="BackOffMilliseconds">)" +
         std::to_string(back_off_ms) + "</t:Value></t:MessageXml></detail></s:Fault></s:Body></s:Envelope>";
}

}  // namespace mk::ews
