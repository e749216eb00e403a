#include "agent/restore/search.h"

#include <set>

#include "agent/restore/vault_catalog.h"
#include "base/safe_name.h"

namespace mk::agent {
namespace {

/// From the newest readable point begun at or before the time on, or from the first one.
Result<std::vector<catalog::VersionRow>> find_deleted(catalog::Database& db, const Search& s,
                                                      const std::string& mailbox) {
  TRY_ASSIGN(const auto points, catalog::points(db, mailbox));
  catalog::DeletedQuery q{mailbox, {}, s.query.before, s.query.limit + 1};
  for (const auto& p : points)
    if (p.problem.empty() && (q.since.value == 0 || p.started <= s.since)) q.since = p.number;
  if (q.since.value == 0) return std::vector<catalog::VersionRow>{};
  return catalog::deleted(db, q);
}

Result<std::vector<catalog::VersionRow>> ask(catalog::Database& db, const Search& s) {
  const std::string mailbox = lower_ascii(s.query.mailbox);
  if (s.what == Search::What::kDeletedSince) return find_deleted(db, s, mailbox);
  if (s.what == Search::What::kVersions) return catalog::versions_of(db, mailbox, {s.item});
  catalog::SearchQuery query = s.query;
  query.mailbox = mailbox;
  ++query.limit;
  return catalog::search(db, query);
}

/// The points that versions name, so that nobody has to know numbers of a log.
Status add_points(catalog::Database& db, Found& found) {
  std::set<vault::LogNumber> named;
  for (const auto& v : found.versions) named.insert({v.first, v.last});
  named.erase(vault::LogNumber{});
  for (const auto number : named) {
    TRY_ASSIGN(auto point, catalog::find_point(db, number));
    if (point) found.points.push_back(*std::move(point));
  }
  return ok;
}

Result<Found> ask(catalog::Catalog& catalog, const Schedule& schedule, const Destination& destination,
                  const Search& s) {
  Found found{schedule.name, destination.place, {}, {}, {}, {}};
  TRY_ASSIGN(found.as_of, catalog.as_of());
  TRY_ASSIGN(found.versions, ask(catalog.database(), s));
  if (s.what != Search::What::kVersions && found.versions.size() > s.query.limit) {
    found.versions.resize(s.query.limit);
    found.next = found.versions.back().id;
  }
  TRY(add_points(catalog.database(), found));
  return found;
}

Result<std::optional<Found>> search_vault(const Schedule& schedule, const Destination& destination,
                                          const Search& s, const Workshop& workshop) {
  TRY_ASSIGN(const auto door, open_door(schedule, destination, workshop));
  TRY_ASSIGN(const auto catalog, open_catalog(*door, workshop));
  TRY_ASSIGN(auto found, ask(*catalog, schedule, destination, s));
  return std::optional(std::move(found));
}

/// Nothing: it does not know the mailbox.
Result<std::optional<Found>> search_catalog(const Schedule& schedule, const Destination& destination,
                                            const Search& s, const Workshop& workshop) {
  TRY_ASSIGN(const auto catalog, open_catalog_as_it_is(destination, workshop));
  auto found = ask(*catalog, schedule, destination, s);
  if (!found && found.error().code == Code::kNotFound) return std::optional<Found>();
  if (!found) return std::move(found).error();
  return std::optional(*std::move(found));
}

/// A vault that cannot be asked is part of the answer; a question that is none is not.
Status note(SearchResult& result, const Destination& d, Result<std::optional<Found>> found) {
  if (found && *found) result.found.push_back(**std::move(found));
  if (found) return ok;
  if (found.error().code == Code::kInvalid) return std::move(found).error();
  result.unread.push_back(d.place + ": " + found.error().what);
  return ok;
}

Status check(const Search& s) {
  if (s.what != Search::What::kItems && s.query.mailbox.empty())
    return Error{Code::kInvalid,
                 "mailbox: is missing; what was deleted and versions are asked of one mailbox"};
  if (s.what == Search::What::kVersions && s.item.empty()) return Error{Code::kInvalid, "item: is missing"};
  return ok;
}

}  // namespace

Result<SearchResult> search(const Schedule& schedule, const std::string& place, const Search& question,
                            const Workshop& workshop) {
  TRY(check(question));
  SearchResult result;
  bool known = place.empty();
  for (const auto& d : schedule.destinations) {
    if (!place.empty() && d.place != place) continue;
    known = true;
    if (d.is_directory()) {
      result.not_indexed.push_back(d.place);
      continue;
    }
    TRY(note(result, d, search_vault(schedule, d, question, workshop)));
  }
  if (known) return result;
  return Error{Code::kNotFound, "schedule " + schedule.name + " has no destination " + place};
}

Result<SearchResult> search_all(const std::vector<Schedule>& schedules, const Search& question,
                                const Workshop& workshop) {
  TRY(check(question));
  SearchResult result;
  std::set<std::pair<std::string, std::string>> asked;
  for (const auto& schedule : schedules)
    for (const auto& d : schedule.destinations) {
      if (!asked.emplace(d.place, d.s3_endpoint).second) continue;
      if (d.is_directory()) {
        result.not_indexed.push_back(d.place);
        continue;
      }
      TRY(note(result, d, search_catalog(schedule, d, question, workshop)));
    }
  return result;
}

}  // namespace mk::agent
