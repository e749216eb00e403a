#pragma once
#include "agent/restore/open_state.h"
#include "catalog/query.h"

namespace mk::agent {

/// One question to the vaults of a schedule. Plain directories are not searched: nothing indexes them, and
/// walking all their points would take as long as reading them; the answer names them.
struct Search {
  enum class What { kItems, kDeletedSince, kVersions };
  What what = What::kItems;
  catalog::SearchQuery query;  // kDeletedSince, kVersions: of it only mailbox (must be), before, limit
  FileTime since;              // kDeletedSince
  std::string item;            // kVersions: its id
};
struct Found {
  std::string schedule, destination;
  FileTime as_of;  // of the vault's newest record that the catalog reflects
  std::vector<catalog::VersionRow> versions;
  std::vector<catalog::PointRow> points;  // that the versions name as first and last
  std::optional<std::int64_t> next;       // `before` of the next page
};
struct SearchResult {
  std::vector<Found> found;              // for each vault that was asked
  std::vector<std::string> not_indexed;  // plain directories
  std::vector<std::string> unread;       // vaults that could not be asked, and why
};
/// Brings the catalogs to the newest state before. `place` empty: all destinations. Page by page of one
/// destination: query.before. Errors: kInvalid  the question; kNotFound  no such destination; no point of the
/// mailbox anywhere Bounds: query.limit versions of each vault
Result<SearchResult> search(const Schedule& schedule, const std::string& place, const Search& question,
                            const Workshop& workshop);
/// The same of all schedules, each vault once. No vault is opened: their catalogs answer as the last run or
/// question left them. Those that do not know the mailbox are not among the answers.
Result<SearchResult> search_all(const std::vector<Schedule>& schedules, const Search& question,
                                const Workshop& workshop);

}  // namespace mk::agent
