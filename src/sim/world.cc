#include "sim/world.h"

#include <fmt/format.h>

#include <algorithm>

namespace mk::sim {
namespace {

// Builds of real servers, so that ServerVersionInfo is plausible.
constexpr VersionFacts kVersions[] = {
    {"Exchange2007", Version::k2007, 8, 0, 813, 0},
    {"Exchange2007_SP1", Version::k2007Sp1, 8, 3, 517, 0},
    {"Exchange2010", Version::k2010, 14, 0, 639, 20},
    {"Exchange2010_SP1", Version::k2010Sp1, 14, 1, 218, 13},
    {"Exchange2010_SP2", Version::k2010Sp2, 14, 3, 123, 3},
    {"Exchange2013", Version::k2013, 15, 0, 516, 32},
    {"Exchange2013_SP1", Version::k2013Sp1, 15, 0, 1497, 2},
    {"Exchange2016", Version::k2016, 15, 1, 2507, 6},
};

Error invalid_user(std::string_view name, std::string_view why) {
  return {Code::kInvalid,
          fmt::format("user {}: {}; it is NAME:PASSWORD[:own=ADDRESS,full=ADDRESS,impersonate]", name, why)};
}

Status add_right(User& user, std::string_view right) {
  if (right == "impersonate")
    user.may_impersonate = true;
  else if (right.starts_with("own="))
    user.own = lower_case(right.substr(4));
  else if (right.starts_with("full="))
    user.full.insert(lower_case(right.substr(5)));
  else
    return invalid_user(user.name, fmt::format("right \"{}\" is not known", right));
  return ok;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

Result<User> parse_user(std::string_view text) {
  User user;
  const auto first = text.find(':');
  if (first == std::string_view::npos || first == 0)
    return invalid_user(text.substr(0, first), "no password");
  user.name = std::string(text.substr(0, first));
  user.own = lower_case(user.name);
  const auto second = text.find(':', first + 1);
  user.password =
      std::string(text.substr(first + 1, second == std::string_view::npos ? second : second - first - 1));
  if (second == std::string_view::npos) return user;
  for (std::string_view rights = text.substr(second + 1); !rights.empty();) {
    const auto comma = rights.find(',');
    TRY(add_right(user, rights.substr(0, comma)));
    rights = comma == std::string_view::npos ? std::string_view{} : rights.substr(comma + 1);
  }
  return user;
}

std::span<const VersionFacts> known_versions() { return kVersions; }

const VersionFacts* version_named(std::string_view name) {
  for (const auto& v : kVersions)
    if (name == v.name) return &v;
  return nullptr;
}

Mailbox* World::mailbox(std::string_view address) {
  const auto it = mailboxes.find(lower_case(address));
  return it == mailboxes.end() ? nullptr : it->second.get();
}

Mailbox* World::mailbox(const Guid& guid) {
  for (auto& [address, mailbox] : mailboxes)
    if (mailbox->guid() == guid) return mailbox.get();
  return nullptr;
}

const User* World::user(std::string_view name, std::string_view password) const {
  // DOMAIN\name and name are the same user, as with a default domain
  const auto slash = name.find('\\');
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  for (const auto& u : users)
    if (lower_case(u.name) == lower_case(name) && u.password == password) return &u;
  return nullptr;
}

const VersionFacts& World::server_version() const {
  const Version highest = *std::max_element(versions.begin(), versions.end());
  return *std::find_if(std::begin(kVersions), std::end(kVersions),
                       [&](const auto& v) { return v.version == highest; });
}

}  // namespace mk::sim
