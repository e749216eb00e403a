#include "archive/point_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

namespace mk::archive {
namespace {

constexpr std::string_view kMail = "mail/", kUnfinished = "unfinished/", kUnchecked = "unchecked/";

/// Takes what stands behind the last slash off.
std::optional<std::string> take_last(std::string_view& text) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos || slash + 1 == text.size() || slash == 0) return std::nullopt;
  std::string last(text.substr(slash + 1));
  text = text.substr(0, slash);
  return last;
}

std::optional<std::uint64_t> number_of(const std::string& digits) {
  std::uint64_t n = 0;
  const auto end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, n);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return n;
}

}  // namespace

std::string point_name(const std::string& mailbox, const std::string& name) {
  return fmt::format("{}{}/{}", kMail, mailbox, name);
}

std::string piece_name(const std::string& mailbox, const std::string& run, std::uint64_t n) {
  return fmt::format("{}{}/{}/{}", kUnfinished, mailbox, run, n);
}

std::string unchecked_name(const std::string& mailbox, const std::string& name) {
  return fmt::format("{}{}/{}", kUnchecked, mailbox, name);
}

std::vector<vault::Point> unchecked_points(const std::vector<vault::Point>& points,
                                           const std::string& mailbox) {
  std::vector<vault::Point> out;
  const std::string prefix = unchecked_name(mailbox, "");
  for (const vault::Point& p : points)
    if (p.name.starts_with(prefix) && p.name.find('/', prefix.size()) == std::string::npos) out.push_back(p);
  return out;
}

std::vector<MailPoint> mail_points(const std::vector<vault::Point>& points, const std::string& mailbox) {
  std::map<std::pair<std::string, std::string>, vault::Point> found;
  for (const vault::Point& p : points) {
    std::string_view rest = p.name;
    if (!rest.starts_with(kMail)) continue;
    rest.remove_prefix(kMail.size());
    const auto name = take_last(rest);
    if (name && (mailbox.empty() || rest == mailbox)) found[{std::string(rest), *name}] = p;
  }
  std::vector<MailPoint> out;
  for (auto& [key, p] : found) out.push_back({key.first, key.second, std::move(p)});
  return out;
}

std::vector<Piece> pieces_of(const std::vector<vault::Point>& points, const std::string& mailbox) {
  std::vector<Piece> out;
  for (const vault::Point& p : points) {
    std::string_view rest = p.name;
    if (!rest.starts_with(kUnfinished)) continue;
    rest.remove_prefix(kUnfinished.size());
    const auto n = take_last(rest);
    const auto run = n ? take_last(rest) : std::nullopt;
    const auto number = run ? number_of(*n) : std::nullopt;
    if (number && rest == mailbox) out.push_back({mailbox, *run, *number, p});
  }
  std::sort(out.begin(), out.end(),
            [](const Piece& a, const Piece& b) { return std::tie(a.run, a.n) < std::tie(b.run, b.n); });
  return out;
}

}  // namespace mk::archive
