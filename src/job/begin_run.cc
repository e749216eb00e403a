#include "job/begin_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "job/backup_directory.h"
#include "job/selection.h"

namespace mk::job {
namespace {

/// What the base holds of the folder selection: an incremental goes on with it.
Status continue_selection(const std::vector<model::Folder>& all, const Manifest& base, const BackupOptions& o,
                          Manifest& m) {
  std::vector<std::string> given;
  for (const auto& id : base.selection) {
    const bool alive = std::any_of(all.begin(), all.end(), [&](const auto& f) { return f.id == id; });
    if (alive)
      given.push_back("id:" + id.value);
    else
      m.notes.push_back(fmt::format("the selected folder {} is not there any more", id.value));
  }
  if (given.empty() && !base.selection.empty())
    return Error{Code::kNotFound,
                 "none of the selected folders is there any more; run a full with the folders you want"};
  TRY(select_folders(all, given, m));
  if (o.folders.empty()) return ok;
  Manifest asked;
  TRY(select_folders(all, o.folders, asked));
  if (same_selection(asked, m)) return ok;
  return Error{Code::kInvalid,
               fmt::format("the backup {} selected other folders; leave --folder out to go on with "
                           "them, or run a full (without --incremental) to change them",
                           base.name)};
}

}  // namespace

bool same_selection(const Manifest& a, const Manifest& b) {
  const auto sorted = [](std::vector<model::FolderId> v) { return std::sort(v.begin(), v.end()), v; };
  return sorted(a.selection) == sorted(b.selection);
}

Result<Manifest> new_manifest(model::MailboxSource& source, const std::string& mailbox,
                              const std::vector<std::string>& names, const Manifest* base,
                              const BackupOptions& o) {
  Manifest m;
  m.kind = o.incremental ? Kind::kIncremental : Kind::kFull;
  m.mailbox = mailbox;
  m.started = later_time(names, to_file_time(o.clock->now()));  // as the name says it
  m.verbatim = o.verbatim;
  m.name = fmt::format("{}-{}", time_file_name(m.started), kind_name(m.kind));
  TRY_ASSIGN(const auto all, source.folders());
  if (!o.incremental) {
    TRY(select_folders(all, o.folders, m));
    return m;
  }
  m.base = base->name;
  TRY(continue_selection(all, *base, o, m));
  return m;
}

void carry_over(const Manifest& base, Manifest& m) {
  std::map<std::string, std::size_t> now;
  for (std::size_t i = 0; i < m.folders.size(); ++i) now.emplace(m.folders[i].folder.id.value, i);
  for (const auto& f : base.folders)
    if (const auto it = now.find(f.folder.id.value); it != now.end()) m.folders[it->second].state = f.state;
  for (auto line : base.skipped) {
    const auto it = now.find(base.folders[line.folder].folder.id.value);
    if (it == now.end()) continue;
    line.folder = static_cast<std::uint32_t>(it->second);
    m.skipped.push_back(std::move(line));
  }
}

Status check_same_run(const Manifest& m, const BackupOptions& o) {
  const auto other = [&](std::string_view what) {
    return Error{Code::kInvalid,
                 fmt::format("an interrupted {} backup of {} waits to be continued, {}; continue it by "
                             "the same command as then, or add --restart to throw it away",
                             kind_name(m.kind), format_utc(m.started), what)};
  };
  if (o.incremental != (m.kind == Kind::kIncremental))
    return other(o.incremental ? "this is an incremental one" : "this is a full one");
  if (o.verbatim != m.verbatim)
    return other(m.verbatim ? "this has --no-verbatim" : "this lacks --no-verbatim");
  if (o.folders.empty()) {
    if (m.kind == Kind::kFull && !m.selection.empty()) return other("with folders selected");
    return ok;
  }
  Manifest asked;
  std::vector<model::Folder> then;
  for (const auto& f : m.folders) then.push_back(f.folder);
  auto selected = select_folders(then, o.folders, asked);
  if (!selected || !same_selection(asked, m)) return other("with other folders selected");
  return ok;
}

Result<std::optional<Manifest>> read_run_head(const std::filesystem::path& journal) {
  Manifest m;
  JournalVisitor visitor;
  visitor.on_head = [&](std::string_view json) { return apply_line(m, json); };
  visitor.on_group = [](const auto&, const Commit&) -> Status { return ok; };
  auto length = read_journal(journal, visitor);
  if (!length && length.error().code != Code::kNotFound)
    return std::move(length).error().in("the interrupted run");
  if (!length || *length == 0) return std::optional<Manifest>{};
  return std::optional(std::move(m));
}

Result<Replayed> replay(const std::filesystem::path& journal, Begun& b) {
  Replayed r;
  const std::size_t n = b.state->manifest.folders.size();
  b.lines_of.assign(n, 0);
  JournalVisitor visitor;
  visitor.on_head = [](std::string_view) -> Status { return ok; };
  visitor.on_group = [&](const std::vector<ItemLine>& lines, const Commit& c) -> Status {
    const bool known =
        c.folder < n && std::all_of(lines.begin(), lines.end(), [&](const auto& l) { return l.folder < n; });
    if (!known)
      return Error{Code::kInvalid,
                   "the journal names a folder that it does not list; add --restart to begin anew"};
    for (const auto& line : lines) b.state->apply(line);
    b.state->manifest.folders[c.folder].state = c.state;
    b.lines_of[c.folder] += lines.size();
    r.segment_bytes = std::max(r.segment_bytes, c.segment);
    return ok;
  };
  TRY_ASSIGN(r.journal_bytes, read_journal(journal, visitor));
  return r;
}

Status for_each_journal_line(const std::filesystem::path& journal, const RunOutput::VisitLine& f) {
  std::uint32_t number = 0;
  JournalVisitor visitor;
  visitor.on_head = [](std::string_view) -> Status { return ok; };
  visitor.on_group = [&](const std::vector<ItemLine>& lines, const Commit&) -> Status {
    for (const auto& line : lines) TRY(f(line, number++));
    return ok;
  };
  TRY(read_journal(journal, visitor));
  return ok;
}

}  // namespace mk::job
