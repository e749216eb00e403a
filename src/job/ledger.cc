#include "job/ledger.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace mk::job {
namespace {

void add(model::FolderCounts& to, const model::FolderCounts& n) {
  to.items += n.items;
  to.associated += n.associated;
}

std::string_view verdict(const LedgerRow& row) {
  switch (row.status) {
    case LedgerRow::Status::kGone:
      return "deleted during the run";
    case LedgerRow::Status::kUnreadable:
      return "unreadable";
    case LedgerRow::Status::kCompared:
      break;
  }
  return row.balanced() ? "balanced" : "NOT BALANCED";
}

std::string format_row(const LedgerRow& row) {
  const std::int64_t off = row.balance(false) + row.balance(true);
  return fmt::format("{:>10} {:>8} {:>8} {:>10} {:>8} {:>8}  {:<13} {}\n", sum(row.on_server),
                     row.drift() == 0 ? "" : fmt::format("{:+}", row.drift()), sum(row.stored),
                     sum(row.unchanged), sum(row.skipped), off == 0 ? "" : fmt::format("{:+}", off),
                     verdict(row), printable(row.path));
}

}  // namespace

std::uint64_t sum(const model::FolderCounts& counts) { return counts.items + counts.associated; }

std::int64_t LedgerRow::balance(bool associated) const {
  const auto pick = [&](const model::FolderCounts& c) {
    return static_cast<std::int64_t>(associated ? c.associated : c.items);
  };
  return pick(stored) + pick(unchanged) + pick(skipped) - pick(on_server);
}

bool LedgerRow::balanced() const {
  return status != Status::kCompared || (balance(false) == 0 && balance(true) == 0);
}

std::int64_t LedgerRow::drift() const {
  return static_cast<std::int64_t>(sum(on_server)) - static_cast<std::int64_t>(sum(before));
}

LedgerRow Ledger::total() const {
  LedgerRow total;
  total.path = "total";
  for (const auto& row : rows) {
    if (row.status == LedgerRow::Status::kGone) continue;
    add(total.before, row.before);
    add(total.on_server, row.on_server);
    add(total.stored, row.stored);
    add(total.unchanged, row.unchanged);
    add(total.skipped, row.skipped);
  }
  return total;
}

bool Ledger::balanced() const {
  return std::all_of(rows.begin(), rows.end(), [](const LedgerRow& row) { return row.balanced(); });
}

std::uint64_t Ledger::skipped() const { return sum(total().skipped); }

std::string format_table(const Ledger& ledger) {
  std::string out = fmt::format("{:>10} {:>8} {:>8} {:>10} {:>8} {:>8}  {:<13} {}\n", "on server", "drift",
                                "stored", "unchanged", "skipped", "off by", "", "folder");
  for (const auto& row : ledger.rows)
    if (sum(row.before) + sum(row.on_server) + sum(row.stored) + sum(row.unchanged) + sum(row.skipped) > 0 ||
        row.status != LedgerRow::Status::kCompared)
      out += format_row(row);
  LedgerRow total = ledger.total();
  std::string line = format_row(total);
  // The total of unbalanced rows may cancel out; the word must not.
  if (!ledger.balanced() && total.balanced()) line.replace(line.find("balanced"), 12, "NOT BALANCED");
  return out + line;
}

}  // namespace mk::job
