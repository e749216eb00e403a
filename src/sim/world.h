#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <set>

#include "sim/faults.h"
#include "sim/mailbox.h"

namespace mk::sim {

struct User {
  std::string name, password;
  std::string own;             // address of the own mailbox, empty when there is none
  std::set<std::string> full;  // full access to these; "*" is all
  bool may_impersonate = false;
};

/// `NAME:PASSWORD[:RIGHT[,RIGHT]...]`; rights: own=ADDRESS, full=ADDRESS or full=*, impersonate. Without own=
/// the mailbox is the one whose address is NAME.  Errors: kInvalid
Result<User> parse_user(std::string_view text);

struct Count {
  std::uint64_t requests = 0, request_bytes = 0, reply_bytes = 0, items = 0, faults = 0, errors = 0;
};

/// Schema versions in the order in which they came.
/// Errors of the parser: an empty result
enum class Version { k2007, k2007Sp1, k2010, k2010Sp1, k2010Sp2, k2013, k2013Sp1, k2016 };
struct VersionFacts {
  const char* name;
  Version version;
  unsigned major, minor, build, revision;  // of a server of that version
};
std::span<const VersionFacts> known_versions();
const VersionFacts* version_named(std::string_view name);

/// Everything that the simulated server is, and one lock around it.
struct World {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<Mailbox>> mailboxes;  // by address, lower case
  std::vector<User> users;
  std::vector<Version> versions;  // that it speaks; the highest is what it is
  Faults faults;
  std::map<std::string, Count> counts;
  std::string secret;  // of sync states
  FileTime (*now)() = nullptr;

  Mailbox* mailbox(std::string_view address);
  Mailbox* mailbox(const Guid& guid);
  const User* user(std::string_view name, std::string_view password) const;
  const VersionFacts& server_version() const;
};

std::string lower_case(std::string_view text);

}  // namespace mk::sim
