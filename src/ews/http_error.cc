#include "ews/http_error.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace mk::ews {
namespace {

/// The text between <title> and </title>, for a person.
std::string title_of(std::string_view page) {
  const auto find = [&](std::string_view what, std::size_t from) {
    const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
    const auto at = std::search(page.begin() + static_cast<std::ptrdiff_t>(from), page.end(), what.begin(),
                                what.end(), same);
    return at == page.end() ? std::string_view::npos : static_cast<std::size_t>(at - page.begin());
  };
  const std::size_t begin = find("<title>", 0);
  if (begin == std::string_view::npos) return {};
  const std::size_t end = find("</title>", begin);
  if (end == std::string_view::npos) return {};
  std::string title = printable(page.substr(begin + 7, std::min<std::size_t>(end - begin - 7, 120)));
  return fmt::format(" (the page says \"{}\")", title);
}

bool is_too_large(const ReplyHead& head, std::string_view page) {
  return head.status == 413 || (head.status == 404 && page.find("404.13") != std::string_view::npos);
}

std::string described(const ReplyHead& head, std::string_view page) {
  return fmt::format("a {} page{}", head.content_type.empty() ? "nameless" : printable(head.content_type),
                     title_of(page));
}

Error redirected(const ReplyHead& head, const Session& session) {
  const std::string to = printable(std::string_view(head.location).substr(0, 300));
  const bool hiccup = to.find("genericerrorpage") != std::string::npos;
  if (hiccup || session.answered)
    return {Code::kUnavailable,
            fmt::format("{} redirects to {} at the moment", session.transport.where(), to)};
  return {Code::kInvalid,
          fmt::format("{} redirects to {}; credentials are not sent there: if that is your server, give it "
                      "as --server",
                      session.transport.where(), to)};
}

}  // namespace

Error error_of_reply(const ReplyHead& head, std::string_view page, const Session& session) {
  const auto where = session.transport.where();
  if (is_too_large(head, page))
    return {Code::kExhausted,
            fmt::format("the request is larger than {} takes (HTTP {})", where, head.status)};
  switch (head.status) {
    case 401:
      return {
          Code::kDenied,
          fmt::format("{} refuses the user name or password or token (HTTP 401); check them, and that the "
                      "server allows this way to log in",
                      where)};
    case 403:
      return {
          Code::kDenied,
          fmt::format("{} forbids access (HTTP 403){}; check that EWS is enabled for this user and program",
                      where, title_of(page))};
    case 407:
      return {Code::kDenied, "the proxy wants a login (HTTP 407)"};
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return redirected(head, session);
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return {
          Code::kUnavailable,
          fmt::format("{} is not available at the moment (HTTP {}){}", where, head.status, title_of(page)),
          head.retry_after};
    default:
      return not_ews(head, described(head, page), session);
  }
}

Error not_ews(const ReplyHead& head, std::string_view what, const Session& session) {
  const std::string found =
      fmt::format("{} answers HTTP {} with {} instead of EWS", session.transport.where(), head.status, what);
  if (session.answered) return {Code::kUnavailable, found, head.retry_after};
  return {Code::kInvalid, found + "; check --server, the usual URL is https://HOST/EWS/Exchange.asmx"};
}

}  // namespace mk::ews
