#include "job/directory_output.h"

#include <fmt/format.h>

#include "job/begin_run.h"
#include "job/finish_point.h"

namespace mk::job {
namespace {

/// The last steps of a run: journal away, segment away if not wanted, `unfinished` becomes the point.
Status publish(const BackupDirectory& dir, const Manifest& m) {
  TRY(remove_tree(dir.unfinished() / kJournalFile));
  if (!m.verbatim) TRY(remove_tree(dir.unfinished() / kSegmentFile));
  TRY(sync_directory(dir.unfinished()));
  TRY(rename_durably(dir.unfinished(), dir.point(m.name)));
  return sync_directory(dir.path());
}

}  // namespace

Status DirectoryOutput::store(ItemLine& line, const Fetched& item) {
  SegmentRecord record;
  record.folder = manifest_.folders[line.folder].folder.id;
  record.item = line.head.id;
  record.change_key = line.head.change_key;
  record.associated = line.head.associated;
  TRY_ASSIGN(line.segment, segment_->append(record, *item.stream));
  if (!pst_) return ok;
  auto placed = pst_->add(line.folder, *item.item, line.head.associated);
  if (!placed && PstOutput::stops_the_run(placed.error())) return std::move(placed).error();
  if (placed)
    line.pst = placed->nid.value, line.part = placed->part;
  else
    line.pst_error = std::move(placed).error().what;
  return ok;
}

Status DirectoryOutput::commit(std::vector<Group> groups) {
  TRY_ASSIGN(const std::uint64_t end, segment_->sync());
  for (const Group& g : groups) journal_->append(g.lines, {g.folder, g.state, end});
  return journal_->sync();
}

Status DirectoryOutput::for_each_line(const VisitLine& f) const {
  return for_each_journal_line(unfinished_ / kJournalFile, f);
}

Status DirectoryOutput::finish(RunState& state, const BackupOptions& options, BackupReport& report) {
  TRY(finish_point(unfinished_, state, std::move(pst_), options, report));
  return publish(dir_, state.manifest);
}

Result<std::optional<Manifest>> complete_interrupted_end(const BackupDirectory& dir) {
  auto m = read_manifest(dir.unfinished());
  if (!m) return std::optional<Manifest>{};
  TRY(publish(dir, *m));
  return std::optional(*std::move(m));
}

}  // namespace mk::job
