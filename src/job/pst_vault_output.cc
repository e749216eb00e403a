#include "job/pst_vault_output.h"

#include <fmt/format.h>

#include "archive/item_stream.h"
#include "archive/keys.h"
#include "job/backup_directory.h"
#include "job/pst_point.h"
#include "job/spool.h"
#include "mapi/item_reader.h"

namespace mk::job {
namespace {

constexpr std::size_t kMaxListed = 1000;

}  // namespace

Status PstVaultOutput::begin_parts() {
  not_in_pst_.clear();
  n_not_in_pst_ = 0;
  TRY_ASSIGN(parts_, PstParts::create(directory(), manifest_, options_.max_pst_bytes, options_.cancel));
  return ok;
}

Status PstVaultOutput::store(ItemLine& line, const Fetched& item) {
  TRY(VaultOutput::store(line, item));
  if (at_end_) return ok;
  if (!parts_) TRY(begin_parts());
  return dump(line, *item.item);
}

Status PstVaultOutput::dump(const ItemLine& line, const model::Item& item) {
  auto key = archive::item_key(manifest_.folders[line.folder].folder.id, line.head.id);
  const auto placed = parts_->add(line.folder, item, line.head.associated, std::move(key));
  if (placed) return ok;
  if (PstOutput::stops_the_run(placed.error())) return placed.error();
  ++n_not_in_pst_;
  if (not_in_pst_.size() == kMaxListed) return ok;
  not_in_pst_.push_back(line);
  not_in_pst_.back().pst_error = placed.error().what;
  return ok;
}

Status PstVaultOutput::dump_again(RunState& state) {
  parts_.reset();
  TRY(begin_parts());
  return for_each_line([&](const ItemLine& line, std::uint32_t number) -> Status {
    if (!line.is_item() || !state.counts(line, number)) return ok;
    Spool spool(directory());
    TRY(archive::read_item_stream(place().chunks, line.stored, spool));
    TRY_ASSIGN(const BlobPtr stream, spool.finish());
    TRY_ASSIGN(const model::Item item, mapi::read_exported_item(stream));
    return dump(line, item);
  });
}

Result<PstParts::Written> PstVaultOutput::finish_parts(RunState& state) {
  TRY(suspend());  // so that all is in the vault
  {
    const std::lock_guard lock(place().mutex);
    TRY(place().vault.refresh());
  }
  if (at_end_ || state.superseded()) TRY(dump_again(state));
  if (!parts_) TRY(begin_parts());
  TRY_ASSIGN(PstParts::Written written, parts_->finish());
  for (const auto& [set, parts] : written.parts) {
    auto& files = manifest_.sets[set].files;
    files.clear();
    for (const auto& part : parts) {
      files.push_back(part.path.filename().string());
      if (part.is_oversized)
        manifest_.notes.push_back(fmt::format("{}: its one item is larger than --split", files.back()));
    }
  }
  return written;
}

Status PstVaultOutput::finish(RunState& state, const BackupOptions& options, BackupReport& report) {
  state.close_folders();
  TRY_ASSIGN(PstParts::Written written, finish_parts(state));
  const Manifest* before = state.base() != nullptr ? &state.base()->manifest() : nullptr;
  TRY_ASSIGN(const auto point, PstPoint::create(place(), manifest_,
                                                {.directory = directory(),
                                                 .clock = *options.clock,
                                                 .base = base(),
                                                 .before = before,
                                                 .cancel = options.cancel,
                                                 .threads = options.encoder_threads}));
  TRY(for_each_edit(state, [&](const ItemLine& line) { return point->add(line); }));
  for (ExaminedPst& examined : written.examined) {
    manifest_.notes.insert(manifest_.notes.end(), examined.notes.begin(), examined.notes.end());
    TRY(point->take(std::move(examined)));
  }
  TRY_ASSIGN(auto done, point->finish());
  psts_ = std::move(done.psts);
  report.vault_bytes = stored_bytes() + done.vault_bytes;
  report.not_in_pst = std::move(not_in_pst_);
  report.n_not_in_pst = n_not_in_pst_;
  parts_.reset();
  TRY(remove_tree(directory()));
  return finish_pieces();
}

}  // namespace mk::job
