#include "source/mailbox_directory.h"

#include <algorithm>

#include "base/text.h"
#include "ews/resolve_names.h"
#include "source/ews_connection.h"

namespace mk::source {
namespace {

/// What may follow in an address. Names have other characters, but everybody has an address too.
constexpr std::string_view kFollowing = "abcdefghijklmnopqrstuvwxyz0123456789.-_'+@";
constexpr std::string_view kFirst = kFollowing.substr(0, 36);

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

/// Asks for one beginning after the other.
class Listing {
 public:
  Listing(EwsConnection& connection, const ListingLimits& limits)
      : connection_(connection), limits_(limits) {}

  Status ask(const std::string& prefix) {
    waiting_ = prefix.empty() ? longer("", kFirst) : std::vector<std::string>{prefix};
    while (!waiting_.empty()) {
      const std::string next = std::move(waiting_.back());
      waiting_.pop_back();
      if (found.requests == limits_.max_requests) {
        found.incomplete.push_back(next);
        continue;
      }
      TRY(ask_once(next));
    }
    return ok;
  }
  DirectoryListing found;

 private:
  static std::vector<std::string> longer(const std::string& prefix, std::string_view by) {
    std::vector<std::string> all;
    for (auto c = by.rbegin(); c != by.rend(); ++c)
      all.push_back(prefix + *c);  // the last is asked for first
    return all;
  }

  Status ask_once(const std::string& prefix) {
    ++found.requests;
    auto answer = connection_.retry.run(connection_.session,
                                        [&] { return ews::resolve_names(connection_.session, prefix); });
    if (!answer && answer.error().code == Code::kNotFound) return ok;
    if (!answer) return std::move(answer).error();
    for (const auto& one : answer->found)
      if (is_address(one.address)) found.people.push_back({one.address, printable(one.name)});
    if (answer->complete) return ok;
    if (prefix.size() >= limits_.max_prefix_bytes) {
      found.incomplete.push_back(prefix);
      return ok;
    }
    const auto more = longer(prefix, kFollowing);
    waiting_.insert(waiting_.end(), more.begin(), more.end());
    return ok;
  }

  EwsConnection& connection_;
  ListingLimits limits_;
  std::vector<std::string> waiting_;
};

}  // namespace

void MailboxDirectory::add(const std::vector<Person>& people) {
  for (const Person& person : people) {
    const auto [it, is_new] = people_.try_emplace(lower(person.address), person);
    if (!is_new && it->second.name.empty()) it->second.name = person.name;
  }
}

std::vector<Person> MailboxDirectory::people() const {
  std::vector<Person> all;
  for (const auto& [key, person] : people_) all.push_back(person);
  return all;
}

Result<DirectoryListing> list_directory(const EwsOptions& options, const std::string& prefix,
                                        const ListingLimits& limits) {
  EwsOptions own = options;  // the directory is asked as ourselves
  own.mailbox.clear();
  own.impersonate = false;
  TRY_ASSIGN(const auto connection, EwsConnection::create(own, "", ews::ServerVersion::kExchange2010Sp1));
  Listing listing(*connection, limits);
  TRY(listing.ask(prefix));
  MailboxDirectory once;
  once.add(listing.found.people);
  listing.found.people = once.people();
  return std::move(listing.found);
}

bool matches_pattern(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, star_text = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++, star_text = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || lower(pattern[p]) == lower(text[t]))) {
      ++p, ++t;
      // `?` is a character, not a byte
      if (pattern[p - 1] == '?')
        while (t < text.size() && (static_cast<unsigned char>(text[t]) & 0xC0) == 0x80) ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1, t = ++star_text;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<Person> choose_mailboxes(const std::vector<Person>& people, const MailboxChoice& choice) {
  const auto any = [](const std::vector<std::string>& patterns, const std::string& address) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& p) { return matches_pattern(p, address); });
  };
  MailboxDirectory chosen;
  for (const auto& address : choice.mailboxes) chosen.add({{address, ""}});
  for (const auto& person : people)
    if (any(choice.include, person.address) && !any(choice.exclude, person.address)) chosen.add({person});
  return chosen.people();
}

}  // namespace mk::source
