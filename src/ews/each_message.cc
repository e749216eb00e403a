#include "ews/each_message.h"

#include <fmt/format.h>

#include "ews/request.h"

namespace mk::ews {
namespace {

class EachMessage final : public MessageHandler {
 public:
  explicit EachMessage(const OnMessage& f) : f_(f) {}
  Status message(const Element& m) override {
    ++count;
    return f_(m);
  }
  std::size_t count = 0;

 private:
  const OnMessage& f_;
};

}  // namespace

Status call_each(Session& session, std::string_view operation, std::string_view operation_xml,
                 std::size_t expected, const OnMessage& f) {
  EachMessage each(f);
  TRY(call(session, {.operation = operation, .body = make_request(session, operation_xml)}, each));
  if (expected == 0 || each.count == expected) return ok;
  return Error{Code::kCorrupt, fmt::format("{}: the server gave {} answers to {} questions", operation,
                                           each.count, expected)};
}

Status call_one(Session& session, std::string_view operation, std::string_view operation_xml,
                const OnMessage& f) {
  return call_each(session, operation, operation_xml, 1, [&](const Element& m) -> Status {
    if (auto status = status_of(m); !status) return std::move(status).error().in(operation);
    return f(m);
  });
}

}  // namespace mk::ews
