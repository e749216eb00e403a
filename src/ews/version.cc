#include "ews/version.h"

#include <array>
#include <tuple>

namespace mk::ews {
namespace {

constexpr std::array<std::string_view, 8> kNames = {"Exchange2007",     "Exchange2007_SP1", "Exchange2010",
                                                    "Exchange2010_SP1", "Exchange2010_SP2", "Exchange2013",
                                                    "Exchange2013_SP1", "Exchange2016"};

struct FirstBuild {
  unsigned major, minor, build;
  ServerVersion version;
};
constexpr FirstBuild kFirstBuilds[] = {
    {15, 1, 0, ServerVersion::kExchange2016},    {15, 0, 847, ServerVersion::kExchange2013Sp1},
    {15, 0, 0, ServerVersion::kExchange2013},    {14, 2, 0, ServerVersion::kExchange2010Sp2},
    {14, 1, 0, ServerVersion::kExchange2010Sp1}, {14, 0, 0, ServerVersion::kExchange2010},
    {8, 1, 0, ServerVersion::kExchange2007Sp1},  {8, 0, 0, ServerVersion::kExchange2007}};

}  // namespace

std::string_view version_name(ServerVersion version) { return kNames[static_cast<std::size_t>(version)]; }

std::optional<ServerVersion> parse_version(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<ServerVersion>(i);
  return std::nullopt;
}

std::optional<ServerVersion> version_of(const ServerInfo& server) {
  if (const auto named = parse_version(server.version)) return named;
  for (const FirstBuild& first : kFirstBuilds)
    if (std::tie(server.major, server.minor, server.build) >= std::tie(first.major, first.minor, first.build))
      return first.version;
  return std::nullopt;
}

std::uint64_t default_request_limit(ServerVersion version) {
  return std::uint64_t{version < ServerVersion::kExchange2013 ? 25u : 64u} << 20;
}

}  // namespace mk::ews
