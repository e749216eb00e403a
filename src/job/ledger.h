#pragma once
#include <string>
#include <vector>

#include "model/mailbox.h"

namespace mk::job {

/// One row of the ledger; normal and associated items are counted apart (docs/formats/ledger.md).
struct LedgerRow {
  enum class Status { kCompared, kGone, kUnreadable };
  std::string path;  // for people; `/` within a name is written `\/`
  Status status = Status::kCompared;
  std::string why;  // of kUnreadable
  model::FolderCounts before, on_server, stored, unchanged, skipped;

  /// stored + unchanged + skipped − on server; 0 in both kinds: balanced.
  std::int64_t balance(bool associated) const;
  bool balanced() const;
  std::int64_t drift() const;
};

struct Ledger {
  std::vector<LedgerRow> rows;
  /// Sum of all rows that are not gone.
  LedgerRow total() const;
  bool balanced() const;
  std::uint64_t skipped() const;
};

std::uint64_t sum(const model::FolderCounts& counts);
/// A table for people, one row per folder that holds or held anything, and the total.
std::string format_table(const Ledger& ledger);

}  // namespace mk::job
