#include "job/backup_begin.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "job/selection.h"

namespace mk::job {
namespace {

constexpr std::string_view kJournal = "journal.jsonl", kSegment = "items.segment";

Status remove_tree(const std::filesystem::path& path) {
  std::error_code failed;
  std::filesystem::remove_all(path, failed);
  if (failed)
    return Error{Code::kDenied,
                 fmt::format("cannot remove {}: {}; check its permissions", path.string(), failed.message())};
  return ok;
}

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
  const auto sorted = [](std::vector<model::FolderId> v) { return std::sort(v.begin(), v.end()), v; };
  if (sorted(asked.selection) != sorted(m.selection))
    return Error{Code::kInvalid,
                 fmt::format("the backup {} selected other folders; leave --folder out to go on with "
                             "them, or run a full (without --incremental) to change them",
                             base.name)};
  return ok;
}

/// What the base leaves to a new run: sync states, and skipped items that are tried again.
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

Result<std::unique_ptr<Chain>> open_base(const BackupDirectory& dir) {
  TRY_ASSIGN(const auto points, dir.points());
  if (points.empty())
    return Error{Code::kNotFound,
                 fmt::format("{} holds no full backup to build on; run once without --incremental",
                             dir.path().string())};
  TRY_ASSIGN(Chain chain, Chain::open(dir));
  return std::make_unique<Chain>(std::move(chain));
}

Result<Manifest> new_manifest(model::MailboxSource& source, const BackupDirectory& dir, const Chain* base,
                              const BackupOptions& o) {
  Manifest m;
  m.kind = base != nullptr ? Kind::kIncremental : Kind::kFull;
  m.mailbox = dir.mailbox();
  m.started = to_file_time(o.clock->now());
  m.verbatim = o.verbatim;
  TRY_ASSIGN(m.name, dir.new_point_name(m.started, kind_name(m.kind)));
  TRY_ASSIGN(const auto all, source.folders());
  if (base == nullptr) {
    TRY(select_folders(all, o.folders, m));
    return m;
  }
  m.base = base->newest().manifest().name;
  TRY(continue_selection(all, base->newest().manifest(), o, m));
  return m;
}

Result<Begun> begin_new(model::MailboxSource& source, const BackupDirectory& dir, const BackupOptions& o) {
  TRY(remove_tree(dir.unfinished()));
  std::unique_ptr<Chain> base;
  if (o.incremental) {
    TRY_ASSIGN(base, open_base(dir));
  }
  TRY_ASSIGN(Manifest m, new_manifest(source, dir, base.get(), o));
  TRY(mk::create_directories(dir.unfinished()));
  TRY(mk::create_directories(dir.path() / "points"));
  Begun b;
  TRY_ASSIGN(b.segment, SegmentWriter::create(dir.unfinished() / kSegment));
  TRY(b.segment->sync());
  TRY_ASSIGN(b.journal, Journal::create(dir.unfinished() / kJournal, format_head(m)));
  if (base) carry_over(base->newest().manifest(), m);
  b.lines_of.resize(m.folders.size());
  b.state = std::make_unique<RunState>(std::move(m), std::move(base));
  TRY_ASSIGN(b.pst, PstOutput::create(dir.unfinished(), b.state->manifest, o.max_pst_bytes));
  return b;
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
  const auto sorted = [](std::vector<model::FolderId> v) { return std::sort(v.begin(), v.end()), v; };
  if (!selected || sorted(asked.selection) != sorted(m.selection))
    return other("with other folders selected");
  return ok;
}

Result<Begun> resume(const BackupDirectory& dir, Manifest m) {
  std::unique_ptr<Chain> base;
  if (m.kind == Kind::kIncremental) {
    TRY_ASSIGN(base, open_base(dir));
    if (base->newest().manifest().name != m.base)
      return Error{Code::kInvalid,
                   fmt::format("the interrupted run builds on {}, the newest point is {}; add --restart",
                               m.base, base->newest().manifest().name)};
    carry_over(base->newest().manifest(), m);
  }
  Begun b;
  b.resumed = true;
  b.lines_of.resize(m.folders.size());
  b.state = std::make_unique<RunState>(std::move(m), std::move(base));
  std::uint64_t segment_end = 0;
  JournalVisitor visitor;
  visitor.on_head = [](std::string_view) -> Status { return ok; };
  visitor.on_group = [&](const std::vector<ItemLine>& lines, const Commit& c) -> Status {
    const std::size_t n = b.state->manifest.folders.size();
    const bool known =
        c.folder < n && std::all_of(lines.begin(), lines.end(), [&](const auto& l) { return l.folder < n; });
    if (!known)
      return Error{Code::kInvalid,
                   "the journal names a folder that it does not list; add --restart to begin anew"};
    for (const auto& line : lines) b.state->apply(line);
    b.state->manifest.folders[c.folder].state = c.state;
    b.lines_of[c.folder] += lines.size();
    segment_end = std::max(segment_end, c.segment);
    return ok;
  };
  TRY_ASSIGN(const std::uint64_t length, read_journal(dir.unfinished() / kJournal, visitor));
  if (segment_end == 0) {
    TRY_ASSIGN(b.segment, SegmentWriter::create(dir.unfinished() / kSegment));
  } else {
    TRY_ASSIGN(b.segment, SegmentWriter::resume(dir.unfinished() / kSegment, segment_end));
  }
  TRY_ASSIGN(b.journal, Journal::resume(dir.unfinished() / kJournal, length));
  return b;
}

}  // namespace

Status publish(const BackupDirectory& dir, const Manifest& m) {
  TRY(remove_tree(dir.unfinished() / kJournal));
  if (!m.verbatim) TRY(remove_tree(dir.unfinished() / kSegment));
  TRY(sync_directory(dir.unfinished()));
  TRY(rename_durably(dir.unfinished(), dir.point(m.name)));
  return sync_directory(dir.path());
}

Result<std::optional<Manifest>> complete_interrupted_end(const BackupDirectory& dir) {
  auto m = read_manifest(dir.unfinished());
  if (!m) return std::optional<Manifest>{};
  TRY(publish(dir, *m));
  return std::optional(*std::move(m));
}

Result<Begun> begin_backup(model::MailboxSource& source, const BackupDirectory& dir, const BackupOptions& o) {
  if (o.restart) return begin_new(source, dir, o);
  Manifest m;
  JournalVisitor visitor;
  visitor.on_head = [&](std::string_view json) { return apply_line(m, json); };
  visitor.on_group = [](const auto&, const Commit&) -> Status { return ok; };
  auto length = read_journal(dir.unfinished() / kJournal, visitor);
  if (!length && length.error().code != Code::kNotFound)
    return std::move(length).error().in("the interrupted run");
  // Without a whole head nothing was stored yet.
  if (!length || *length == 0) return begin_new(source, dir, o);
  TRY(check_same_run(m, o));
  return resume(dir, std::move(m));
}

}  // namespace mk::job
