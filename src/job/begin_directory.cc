#include "job/begin_directory.h"

#include <fmt/format.h>

#include "job/chain.h"
#include "job/directory_output.h"

namespace mk::job {
namespace {

Result<std::unique_ptr<MailboxState>> open_base(const BackupDirectory& dir) {
  TRY_ASSIGN(const auto points, dir.points());
  if (points.empty())
    return Error{Code::kNotFound,
                 fmt::format("{} holds no full backup to build on; run once without --incremental",
                             dir.path().string())};
  TRY_ASSIGN(Chain chain, Chain::open(dir));
  return std::unique_ptr<MailboxState>(std::make_unique<Chain>(std::move(chain)));
}

Result<Begun> begin_new(model::MailboxSource& source, const BackupDirectory& dir, const PointsBefore& before,
                        const BackupOptions& o) {
  TRY(remove_tree(dir.unfinished()));
  std::unique_ptr<MailboxState> base;
  if (o.incremental) {
    TRY_ASSIGN(base, before.newest());
  }
  TRY_ASSIGN(Manifest m,
             new_manifest(source, dir.mailbox(), before.names, base ? &base->manifest() : nullptr, o));
  TRY(mk::create_directories(dir.unfinished()));
  TRY(mk::create_directories(dir.path() / "points"));
  TRY_ASSIGN(auto segment, SegmentWriter::create(dir.unfinished() / kSegmentFile));
  TRY(segment->sync());
  TRY_ASSIGN(auto journal, Journal::create(dir.unfinished() / kJournalFile, format_head(m)));
  if (base) carry_over(base->manifest(), m);
  Begun b;
  b.lines_of.resize(m.folders.size());
  b.state = std::make_unique<RunState>(std::move(m), std::move(base));
  const Manifest& manifest = b.state->manifest;
  TRY_ASSIGN(auto pst, PstOutput::create(dir.unfinished(), manifest, o.max_pst_bytes));
  b.output = std::make_unique<DirectoryOutput>(dir, manifest, std::move(segment), std::move(journal),
                                               std::move(pst));
  return b;
}

Result<std::unique_ptr<SegmentWriter>> resume_segment(const BackupDirectory& dir, std::uint64_t bytes) {
  const auto path = dir.unfinished() / kSegmentFile;
  return bytes == 0 ? SegmentWriter::create(path) : SegmentWriter::resume(path, bytes);
}

Result<Begun> resume(const BackupDirectory& dir, const PointsBefore& before, Manifest m) {
  std::unique_ptr<MailboxState> base;
  if (m.kind == Kind::kIncremental) {
    TRY_ASSIGN(base, before.newest());
    if (base->manifest().name != m.base)
      return Error{Code::kInvalid,
                   fmt::format("the interrupted run builds on {}, the newest point is {}; add --restart",
                               m.base, base->manifest().name)};
    carry_over(base->manifest(), m);
  }
  Begun b;
  b.resumed = true;
  b.state = std::make_unique<RunState>(std::move(m), std::move(base));
  TRY_ASSIGN(const Replayed replayed, replay(dir.unfinished() / kJournalFile, b));
  TRY_ASSIGN(auto segment, resume_segment(dir, replayed.segment_bytes));
  TRY_ASSIGN(auto journal, Journal::resume(dir.unfinished() / kJournalFile, replayed.journal_bytes));
  b.output = std::make_unique<DirectoryOutput>(dir, b.state->manifest, std::move(segment), std::move(journal),
                                               nullptr);
  return b;
}

}  // namespace

Result<PointsBefore> points_before(const BackupDirectory& dir) {
  TRY_ASSIGN(auto names, dir.points());
  return PointsBefore{std::move(names), [&dir] { return open_base(dir); }};
}

Result<Begun> begin_backup(model::MailboxSource& source, const BackupDirectory& dir,
                           const PointsBefore& before, const BackupOptions& o) {
  if (o.restart) return begin_new(source, dir, before, o);
  TRY_ASSIGN(auto m, read_run_head(dir.unfinished() / kJournalFile));
  // Without a whole head nothing was stored yet.
  if (!m) return begin_new(source, dir, before, o);
  TRY(check_same_run(*m, o));
  return resume(dir, before, *std::move(m));
}

}  // namespace mk::job
