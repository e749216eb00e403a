#include "job/begin_vault.h"

#include <fmt/format.h>

#include <algorithm>

#include "archive/keys.h"
#include "archive/point_names.h"
#include "job/backup_directory.h"
#include "job/vault_output.h"
#include "job/vault_state.h"
#include "vault/object.h"

namespace mk::job {
namespace {

using Pieces = std::vector<archive::Piece>;

std::vector<archive::MailPoint> points_of(VaultPlace& place, const std::string& mailbox) {
  return archive::mail_points(place.vault.points(), mailbox);
}

Status forget(VaultPlace& place, const Pieces& pieces, Clock& clock) {
  for (const auto& p : pieces) TRY(forget(place, p.point.number, clock));
  return ok;
}

/// The pieces of the newest run, when they are all there from the first on. Others lead to nothing.
Pieces take_whole_run(Pieces& pieces) {
  if (pieces.empty()) return {};
  const std::string run = pieces.back().run;
  const auto first = std::find_if(pieces.begin(), pieces.end(), [&](const auto& p) { return p.run == run; });
  Pieces whole(first, pieces.end());
  for (std::size_t i = 0; i < whole.size(); ++i)
    if (whole[i].n != i) return {};
  pieces.erase(first, pieces.end());
  return whole;
}

Status append_journal(VaultPlace& place, const archive::Piece& piece, FileSink& out) {
  std::optional<vault::ObjectRef> journal;
  TRY(vault::visit_tree(place.chunks, piece.point.root, std::string(archive::kJournalKey),
                        [&](const vault::Entry& e) -> Result<bool> {
                          if (e.key == archive::kJournalKey) journal = e.object;
                          return false;
                        }));
  if (!journal)
    return Error{Code::kCorrupt, fmt::format("the vault's point '{}' has no journal", piece.point.name)};
  TRY(copy(*vault::open_object(place.chunks, *journal), out));
  return ok;
}

/// The journal of the pieces as a file.
Status write_journal(VaultPlace& place, const Pieces& pieces, const std::filesystem::path& path) {
  TRY_ASSIGN(File file, File::open(path, File::Mode::kCreate));
  FileSink out(file);
  for (const auto& piece : pieces) TRY(append_journal(place, piece, out));
  return out.flush();
}

Result<std::unique_ptr<VaultState>> open_base(VaultPlace& place, const archive::MailPoint& point) {
  auto state = VaultState::open(place.chunks, point);
  if (!state) return damaged_point(state.error());
  const auto& lost = (*state)->point().lost_folders();
  if (lost.empty()) return state;
  return damaged_point({Code::kCorrupt, "a folder is lost: " + lost.front()});
}

Result<std::unique_ptr<VaultState>> find_base(VaultPlace& place, const std::string& mailbox,
                                              const std::string& name) {
  for (const auto& p : points_of(place, mailbox))
    if (p.name == name) return open_base(place, p);
  return Error{Code::kInvalid,
               fmt::format("the interrupted run builds on {}, which was forgotten; add --restart", name)};
}

/// What a new run goes on from: an incremental has to, a full does if it holds the same folders.
Result<std::unique_ptr<VaultState>> newest_state(VaultPlace& place, const BackupOptions& o) {
  const auto points = points_of(place, o.mailbox);
  if (!points.empty() && (o.incremental || !o.reread)) return open_base(place, points.back());
  if (!o.incremental) return std::unique_ptr<VaultState>();
  return Error{Code::kNotFound, fmt::format("the vault holds no full backup of {} to build on; run once "
                                            "without --incremental",
                                            o.mailbox)};
}

void carry_over_to(Manifest& m, const Manifest& base) {
  if (m.kind == Kind::kIncremental) carry_over(base, m);  // a full lists everything, and so comes by all
}

Result<VaultOutput::Begun> output_of(std::unique_ptr<Journal> journal, const VaultState* base) {
  VaultOutput::Begun begun;
  begun.journal = std::move(journal);
  if (base == nullptr) return begun;
  auto items = base->point().items();
  if (!items) return damaged_point(items.error());
  begun.base = *items;
  return begun;
}

Result<Begun> begin_new(model::MailboxSource& source, VaultPlace& place, const BackupOptions& o,
                        const MakeVaultOutput& make_output) {
  TRY_ASSIGN(auto base, newest_state(place, o));
  std::vector<std::string> names;
  for (const auto& p : points_of(place, o.mailbox)) names.push_back(p.name);
  TRY_ASSIGN(Manifest m, new_manifest(source, o.mailbox, names, base ? &base->manifest() : nullptr, o));
  if (base && !same_selection(base->manifest(), m)) base.reset();
  if (base) m.base = base->manifest().name;
  const auto directory = place.work_directory / "run";
  TRY_ASSIGN(auto journal, Journal::create(directory / kJournalFile, format_head(m)));
  if (base) carry_over_to(m, base->manifest());
  TRY_ASSIGN(auto begun, output_of(std::move(journal), base.get()));
  Begun b;
  b.lines_of.resize(m.folders.size());
  b.state = std::make_unique<RunState>(std::move(m), std::move(base));
  b.output = make_output(*b.state, std::move(begun), false);
  return b;
}

Result<Begun> resume(VaultPlace& place, Manifest m, const Pieces& pieces, const BackupOptions& o,
                     const MakeVaultOutput& make_output) {
  std::unique_ptr<VaultState> base;
  if (!m.base.empty()) {
    TRY_ASSIGN(base, find_base(place, o.mailbox, m.base));
    carry_over_to(m, base->manifest());
  }
  const auto path = place.work_directory / "run" / kJournalFile;
  const VaultState* const before = base.get();
  Begun b;
  b.resumed = true;
  b.state = std::make_unique<RunState>(std::move(m), std::move(base));
  TRY_ASSIGN(const Replayed replayed, replay(path, b));
  const std::uint64_t bytes = std::filesystem::file_size(path);
  if (replayed.journal_bytes != bytes)
    return Error{Code::kCorrupt, "the pieces of the interrupted run make no journal; add --restart"};
  TRY_ASSIGN(auto journal, Journal::resume(path, bytes));
  TRY_ASSIGN(auto begun, output_of(std::move(journal), before));
  for (const auto& p : pieces) begun.pieces.push_back(p.point.number);
  begun.saved_bytes = bytes;
  b.output = make_output(*b.state, std::move(begun), true);
  return b;
}

}  // namespace

Result<std::optional<Manifest>> complete_interrupted_end(VaultPlace& place, const BackupOptions& o) {
  const Pieces pieces = archive::pieces_of(place.vault.points(), o.mailbox);
  std::optional<Manifest> completed;
  for (const auto& point : points_of(place, o.mailbox)) {
    Pieces left;
    std::copy_if(pieces.begin(), pieces.end(), std::back_inserter(left),
                 [&](const auto& p) { return p.run == point.name; });
    if (left.empty()) continue;
    TRY_ASSIGN(const auto state, VaultState::open(place.chunks, point));
    TRY(forget(place, left, *o.clock));
    completed = state->manifest();
  }
  return completed;
}

Result<Begun> begin_backup(model::MailboxSource& source, VaultPlace& place, const BackupOptions& o,
                           const MakeVaultOutput& make_output) {
  const auto directory = place.work_directory / "run";
  TRY(remove_tree(directory));
  TRY(mk::create_directories(directory));
  Pieces useless = archive::pieces_of(place.vault.points(), o.mailbox);
  const Pieces pieces = o.restart ? Pieces{} : take_whole_run(useless);
  if (!pieces.empty()) {
    TRY(write_journal(place, pieces, directory / kJournalFile));
    TRY_ASSIGN(auto m, read_run_head(directory / kJournalFile));
    if (!m) return Error{Code::kCorrupt, "the pieces of the interrupted run make no journal; add --restart"};
    TRY(check_same_run(*m, o));
    TRY(forget(place, useless, *o.clock));
    return resume(place, *std::move(m), pieces, o, make_output);
  }
  TRY(forget(place, useless, *o.clock));
  return begin_new(source, place, o, make_output);
}

}  // namespace mk::job
