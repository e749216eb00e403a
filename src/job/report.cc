#include "job/report.h"

#include <fmt/format.h>

#include "job/json.h"

namespace mk::job {
namespace {

constexpr std::size_t kMaxPrinted = 50;

Object counts(const model::FolderCounts& c) { return {{"items", c.items}, {"associated", c.associated}}; }

Object row_json(const LedgerRow& row) {
  Object o{{"folder", valid_utf8(row.path)},     {"before", counts(row.before)},
           {"on_server", counts(row.on_server)}, {"drift", row.drift()},
           {"stored", counts(row.stored)},       {"unchanged", counts(row.unchanged)},
           {"skipped", counts(row.skipped)},     {"balanced", row.balanced()}};
  if (row.status == LedgerRow::Status::kGone) o["status"] = "gone";
  if (row.status == LedgerRow::Status::kUnreadable) o["status"] = "unreadable";
  put(o, "why", row.why);
  return o;
}

Object skipped_json(const Manifest& m, const ItemLine& line) {
  Object o{{"folder", valid_utf8(m.folders[line.folder].row.path)},
           {"id", valid_utf8(line.head.id.value)},
           {"reason", valid_utf8(line.reason)}};
  put(o, "subject", line.label.subject);
  put(o, "sender", line.label.sender);
  put(o, "received", line.label.received);
  return o;
}

std::string label(const ItemLine& line) {
  const auto subject =
      line.label.subject.empty() ? "(no subject)" : fmt::format("\"{}\"", printable(line.label.subject));
  if (line.label.received.ticks == 0) return subject;
  return fmt::format("{} of {}", subject, format_utc(line.label.received));
}

template <class List, class Format>
std::string listed(const List& list, Format format) {
  std::string out;
  for (std::size_t i = 0; i < list.size() && i < kMaxPrinted; ++i) out += format(list[i]);
  if (list.size() > kMaxPrinted)
    out += fmt::format("  ... and {} more (--json lists them)\n", list.size() - kMaxPrinted);
  return out;
}

std::string line_of(const std::string& text) { return "  " + printable(text) + "\n"; }

}  // namespace

Outcome outcome_of(const BackupReport& r) {
  const auto ledger = r.manifest.ledger();
  if (!ledger.balanced()) return Outcome::kUnbalanced;
  bool unreadable = false;
  for (const auto& row : ledger.rows) unreadable = unreadable || row.status == LedgerRow::Status::kUnreadable;
  return ledger.skipped() > 0 || unreadable || r.n_not_in_pst > 0 ? Outcome::kSkipped : Outcome::kBalanced;
}

std::string format_text(const BackupReport& r) {
  const auto& m = r.manifest;
  const auto ledger = m.ledger();
  std::string out = format_table(ledger);
  for (const auto& row : ledger.rows)
    if (row.status == LedgerRow::Status::kUnreadable)
      out += fmt::format("unreadable: {}: {}\n", printable(row.path), printable(row.why));
  if (!m.skipped.empty()) out += "skipped items:\n";
  out += listed(m.skipped, [&](const ItemLine& line) {
    return fmt::format("  {} in {}: {} (id {})\n", label(line), printable(m.folders[line.folder].row.path),
                       printable(line.reason), line.head.id.value);
  });
  if (r.n_not_in_pst > 0)
    out += fmt::format("{} items are stored verbatim but could not be written into their PST:\n",
                       r.n_not_in_pst);
  out += listed(r.not_in_pst, [&](const ItemLine& line) {
    return fmt::format("  {}: {}\n", label(line), printable(line.pst_error));
  });
  for (const auto& note : m.notes) out += "note: " + printable(note) + "\n";
  if (r.resumed) out += "continued an interrupted run\n";
  out += fmt::format("{} items, {} bytes stored; throttled {:.1f} s\n", r.items, r.bytes,
                     static_cast<double>(r.throttled.count()) / 1000);
  if (r.vault_bytes) out += fmt::format("the vault grew by {} bytes\n", *r.vault_bytes);
  switch (outcome_of(r)) {
    case Outcome::kBalanced:
      return out + fmt::format("restore point {}: the ledger balances\n", m.name);
    case Outcome::kSkipped:
      return out + fmt::format("restore point {}: the ledger balances, but not everything could be stored\n",
                               m.name);
    case Outcome::kUnbalanced:
      break;
  }
  return out + fmt::format(
                   "restore point {}: THE LEDGER DOES NOT BALANCE: the server counts items that its listing "
                   "did not "
                   "give; run `mailkeep backup --incremental` to list those folders anew\n",
                   m.name);
}

std::string format_json(const BackupReport& r) {
  const auto& m = r.manifest;
  const auto ledger = m.ledger();
  boost::json::array rows, skipped, sets, files;
  for (const auto& row : ledger.rows) rows.emplace_back(row_json(row));
  for (const auto& line : m.skipped) skipped.emplace_back(skipped_json(m, line));
  for (const auto& s : m.sets)
    sets.emplace_back(Object{{"files", json_texts(s.files)},
                             {"label", valid_utf8(s.label)},
                             {"folder", valid_utf8(s.folder.value)}});
  for (const auto& f : m.files) files.emplace_back(Object{{"name", valid_utf8(f.name)}, {"bytes", f.bytes}});
  Object o{
      {"point", m.name}, {"kind", kind_name(m.kind)}, {"base", m.base}, {"mailbox", valid_utf8(m.mailbox)}};
  o["resumed"] = r.resumed;
  o["balanced"] = ledger.balanced();
  o["items"] = r.items;
  o["bytes"] = r.bytes;
  if (r.vault_bytes) o["vault_bytes"] = *r.vault_bytes;
  o["throttled_ms"] = r.throttled.count();
  o["not_in_pst"] = r.n_not_in_pst;
  o["total"] = row_json(ledger.total());
  o["ledger"] = std::move(rows);
  o["skipped"] = std::move(skipped);
  o["notes"] = json_texts(m.notes);
  o["psts"] = std::move(sets);
  o["files"] = std::move(files);
  return boost::json::serialize(o);
}

std::string format_text(const RestoreReport& r) {
  std::string out = fmt::format("{} items in the state of {}\n", r.in_state, r.point);
  out += fmt::format("{:>10} {}\n", r.created, r.dry_run ? "would be created" : "created");
  if (r.updated > 0) out += fmt::format("{:>10} {}\n", r.updated, r.dry_run ? "would be updated" : "updated");
  out += fmt::format("{:>10} there already ({} by id, {} by marker, {} by content)\n",
                     r.present_by_id + r.present_by_marker + r.present_by_content, r.present_by_id,
                     r.present_by_marker, r.present_by_content);
  if (r.read_finished > 0)
    out += fmt::format("{:>10} of these {} their read state, which an interrupted restore left unset\n",
                       r.read_finished, r.dry_run ? "would get" : "got");
  if (r.too_large > 0) out += fmt::format("{:>10} too large for this server\n", r.too_large);
  if (r.failed > 0) out += fmt::format("{:>10} failed\n", r.failed);
  if (r.not_in_state > 0)
    out += fmt::format("{:>10} that were asked for are not in this state\n", r.not_in_state);
  if (r.folders_created > 0)
    out += fmt::format("{:>10} folders {}\n", r.folders_created, r.dry_run ? "would be created" : "created");
  if (!r.left.empty()) out += "left as they are:\n";
  out += listed(r.left, line_of);
  for (const auto& note : r.notes) out += "note: " + printable(note) + "\n";
  return out;
}

std::string format_json(const RestoreReport& r) {
  Object o{{"point", r.point},
           {"dry_run", r.dry_run},
           {"in_state", r.in_state},
           {"created", r.created},
           {"updated", r.updated},
           {"bytes", r.bytes},
           {"present_by_id", r.present_by_id},
           {"present_by_marker", r.present_by_marker},
           {"present_by_content", r.present_by_content},
           {"read_finished", r.read_finished},
           {"too_large", r.too_large},
           {"failed", r.failed},
           {"not_in_state", r.not_in_state},
           {"folders_created", r.folders_created}};
  o["left"] = json_texts(r.left);
  o["notes"] = json_texts(r.notes);
  return boost::json::serialize(o);
}

std::string format_text(const VerifyReport& r) {
  std::string out = fmt::format("{} restore points, {} items, {} bytes read\n", r.points, r.items, r.bytes);
  out += r.n_problems == 0 ? std::string("everything decodes, and what is kept twice agrees\n")
                           : fmt::format("{} problems:\n", r.n_problems);
  out += listed(r.problems, line_of);
  if (!r.compared) return out;
  out += fmt::format(
      "against the mailbox: {} the same, {} changed since, {} only in the mailbox, {} only in the backup",
      r.same, r.changed, r.only_live, r.only_backup);
  out += r.content_differs == 0 ? "\n" : fmt::format(", {} with other content\n", r.content_differs);
  return out + listed(r.differences, line_of);
}

std::string format_json(const VerifyReport& r) {
  Object o{{"points", r.points},
           {"items", r.items},
           {"bytes", r.bytes},
           {"n_problems", r.n_problems},
           {"compared", r.compared},
           {"same", r.same},
           {"changed", r.changed},
           {"only_live", r.only_live},
           {"only_backup", r.only_backup},
           {"content_differs", r.content_differs}};
  o["problems"] = json_texts(r.problems);
  o["differences"] = json_texts(r.differences);
  return boost::json::serialize(o);
}

std::string format_event(const RestoreEvent& e) {
  constexpr std::string_view kVerbs[] = {"create", "update", "present", "too large", "failed"};
  std::string out = fmt::format("{} {} in {}", kVerbs[static_cast<std::size_t>(e.action)], label(e.line),
                                printable(e.folder));
  if (!e.why.empty()) out += ": " + printable(e.why);
  return out;
}

}  // namespace mk::job
