#include "agent/restore/point_address.h"

namespace mk::agent {
namespace {

constexpr std::string_view kLatest = "latest";

}  // namespace

Result<PointAddress> parse_point(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at == 0)
    return Error{Code::kInvalid, "restore point \"" + std::string(text) +
                                     "\": points are called SCHEDULE@TIME or SCHEDULE@latest"};
  PointAddress address{std::string(text.substr(0, at)), {}};
  const auto time = text.substr(at + 1);
  if (time == kLatest) return address;
  auto parsed = parse_utc(time);
  if (!parsed)
    return std::move(parsed).error().in("restore point \"" + std::string(text) +
                                        "\": a time or `latest` stands behind the last @");
  address.at = *parsed;
  return address;
}

std::string format_point(const PointAddress& address) {
  return address.schedule + "@" + (address.at.ticks == 0 ? std::string(kLatest) : format_utc(address.at));
}

}  // namespace mk::agent
