#pragma once
#include <map>

#include "source/address_list.h"
#include "source/ews_mailbox.h"

namespace mk::source {

/// Who is there: people from a file, from the server's directory or from anywhere else, each once.
class MailboxDirectory {
 public:
  /// An address is the same in any case; a name that comes later fills an empty one only.
  void add(const std::vector<Person>& people);
  /// By address, in lower case order.
  std::vector<Person> people() const;
  std::size_t size() const { return people_.size(); }

 private:
  std::map<std::string, Person> people_;  // by address in lower case
};

/// People as the server's directory names them.
struct DirectoryListing {
  std::vector<Person> people;
  /// Beginnings under which the server knows more people than it names, and that cannot be made longer. Some
  /// of those are missing: they have to be named in a file or in the schedule.
  std::vector<std::string> incomplete;
  std::size_t requests = 0;
};
struct ListingLimits {
  std::size_t max_requests = 20'000;  // of a directory with 100,000 people about 5,000 are needed
  std::size_t max_prefix_bytes = 24;
};

/// Asks for everybody whose name, alias or address begins with `prefix` (empty: everybody), by ResolveNames:
/// a beginning for which the server has more than it names is asked for again with each character that may
/// follow in an address. People hidden from the address lists are not found.
///
/// Errors: of the connection, after its retries
/// Bounds: `limits`; 100 people an answer
Result<DirectoryListing> list_directory(const EwsOptions& options, const std::string& prefix,
                                        const ListingLimits& limits = {});

/// Which mailboxes are meant. Patterns: `*` any characters, `?` one; ASCII letters in either case.
struct MailboxChoice {
  std::vector<std::string>
      mailboxes;  // addresses, taken even when a pattern excludes them or nobody lists them
  std::vector<std::string> include, exclude;  // patterns of addresses
};
/// Each once, sorted by address without regard to case.
std::vector<Person> choose_mailboxes(const std::vector<Person>& people, const MailboxChoice& choice);
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace mk::source
