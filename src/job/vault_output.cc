#include "job/vault_output.h"

#include <fmt/format.h>

#include "archive/entries.h"
#include "archive/item_stream.h"
#include "archive/keys.h"
#include "archive/point_names.h"
#include "job/backup_directory.h"
#include "job/begin_run.h"
#include "job/point_edits.h"
#include "job/vault_records.h"
#include "job/vault_state.h"
#include "vault/forget.h"
#include "vault/object.h"

namespace mk::job {
namespace {

constexpr std::uint64_t kPieceLines = 20'000;

}  // namespace

Status forget(VaultPlace& place, vault::LogNumber point, Clock& clock) {
  const std::lock_guard lock(place.mutex);
  return vault::forget(place.vault, point, to_file_time(clock.now()));
}

VaultOutput::VaultOutput(VaultPlace& place, const RunState& state, Clock& clock, Begun begun,
                         Short short_streams)
    : place_(place),
      state_(state),
      clock_(clock),
      directory_(place.work_directory / "run"),
      journal_(std::move(begun.journal)),
      pieces_(std::move(begun.pieces)),
      base_(begun.base),
      session_(place.vault, mk::system_clock(), {.compression = place.compression}),
      sink_(session_, place.mutex),
      short_(short_streams),
      saved_journal_bytes_(begun.saved_bytes) {}

Status VaultOutput::store(ItemLine& line, const Fetched& item) {
  const bool is_short = short_ == Short::kGrouped && item.stream->size() < archive::kGroupedStreams;
  if (is_short && !short_streams_.is_full()) {
    TRY_ASSIGN(line.stored, short_streams_.add(*item.stream));
  } else {
    TRY_ASSIGN(line.stored, archive::write_item_stream(*item.stream, sink_, place_.vault.keys().cut));
    streams_[line.stored.object.id] = line.stored.object;
  }
  // an item that no entry can hold has to be known before its line is
  TRY(archive::encode(record_of(line)));
  new_bytes_ += line.bytes;
  return ok;
}

Status VaultOutput::commit(std::vector<Group> groups) {
  for (Group& g : groups) {
    TRY(short_streams_.write(g.lines, sink_, place_.vault.keys().cut));
    for (const ItemLine& line : g.lines)
      if (line.is_item()) streams_[line.stored.object.id] = line.stored.object;
    journal_->append(g.lines, {g.folder, g.state, 0});
    new_lines_ += g.lines.size();
  }
  TRY(journal_->sync());
  return new_bytes_ >= place_.piece_bytes || new_lines_ >= kPieceLines ? save_piece() : Status(ok);
}

Status VaultOutput::for_each_line(const VisitLine& f) const {
  return for_each_journal_line(directory_ / kJournalFile, f);
}

Result<vault::LogNumber> VaultOutput::commit(const std::string& name, const vault::TreeWriter::Root& root) {
  const std::lock_guard lock(place_.mutex);
  return session_.commit(name, root, to_file_time(clock_.now()));
}

Status VaultOutput::suspend() { return new_lines_ > 0 ? save_piece() : Status(ok); }

Status VaultOutput::save_piece() {
  TRY_ASSIGN(const auto root, write_piece());
  const Manifest& m = state_.manifest;
  TRY_ASSIGN(const auto number, commit(archive::piece_name(m.mailbox, m.name, pieces_.size()), root));
  pieces_.push_back(number);
  streams_.clear();
  saved_journal_bytes_ = journal_->bytes();
  new_bytes_ = new_lines_ = 0;
  return ok;
}

Result<vault::TreeWriter::Root> VaultOutput::write_piece() {
  vault::TreeWriter tree(sink_, place_.vault.keys().tree_cut);
  TRY_ASSIGN(vault::Entry point, archive::point_entry(record_of(state_.manifest), {}));
  TRY(tree.add(std::move(point)));
  TRY_ASSIGN(File file, File::open(directory_ / kJournalFile, File::Mode::kRead));
  const auto source = make_file_source(std::make_shared<const File>(std::move(file)), saved_journal_bytes_,
                                       journal_->bytes() - saved_journal_bytes_);
  vault::Entry journal{std::string(archive::kJournalKey), {}, {}};
  TRY_ASSIGN(journal.object, vault::write_object(*source, sink_, place_.vault.keys().cut));
  TRY(tree.add(std::move(journal)));
  for (const auto& [id, object] : streams_)
    TRY(tree.add({std::string(archive::kStreamPrefix) + std::string(as_chars(id.view())), {}, object}));
  return tree.finish();
}

Status VaultOutput::finish(RunState& state, const BackupOptions&, BackupReport& report) {
  state.close_folders();
  state.manifest.finished = to_file_time(clock_.now());
  const auto root = write_point(state);
  if (!root) return damaged_point(root.error());
  TRY(commit(archive::point_name(state.manifest.mailbox, state.manifest.name), *root));
  report.vault_bytes = stored_bytes();
  return finish_pieces();
}

Status VaultOutput::finish_pieces() {
  for (const auto piece : pieces_) TRY(forget(place_, piece, clock_));
  return remove_tree(directory_);
}

Status VaultOutput::for_each_edit(RunState& state, const std::function<Status(const ItemLine&)>& f) const {
  return for_each_line([&](const ItemLine& line, std::uint32_t number) -> Status {
    if (!state.counts(line, number)) return ok;
    if (line.kind != ItemLine::Kind::kSkipped) return f(line);
    state.manifest.skipped.push_back(line);
    return ok;
  });
}

Result<vault::TreeWriter::Root> VaultOutput::write_point(RunState& state) {
  Manifest& m = state.manifest;
  TRY_ASSIGN(const auto edits, PointEdits::create(m, directory_ / "lines.jsonl"));
  TRY(for_each_edit(state, [&](const ItemLine& line) { return edits->add(line); }));
  if (state.base() != nullptr) edits->drop_gone(state.base()->manifest());
  TRY(edits->close());
  TRY_ASSIGN(const auto items, vault::update_tree({place_.chunks, sink_, place_.vault.keys().tree_cut}, base_,
                                                  [&] { return edits->next(); }));
  return write_point_tree(m, record_of(m), items, {}, {sink_, place_.vault.keys()});
}

}  // namespace mk::job
