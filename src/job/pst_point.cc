#include "job/pst_point.h"

#include "archive/entries.h"
#include "archive/item_stream.h"
#include "archive/keys.h"
#include "archive/point_names.h"
#include "job/backup_directory.h"
#include "job/pst_regenerate.h"
#include "job/vault_records.h"
#include "job/vault_state.h"
#include "vault/object.h"

namespace mk::job {
namespace {

using archive::PstKept;
using archive::PstPart;

Result<vault::ObjectRef> put_file(const std::filesystem::path& path, vault::ChunkSink& sink,
                                  const SecretString& cut) {
  TRY_ASSIGN(File opened, File::open(path, File::Mode::kRead));
  const auto file = std::make_shared<const File>(std::move(opened));
  TRY_ASSIGN(const std::uint64_t size, file->size());
  const auto in = make_file_source(file, 0, size);
  return vault::write_object(*in, sink, cut);
}

bool is_damage(const Error& e) {
  return e.code == Code::kCorrupt || e.code == Code::kTruncated || e.code == Code::kUnsupported ||
         e.code == Code::kInvalid;
}

}  // namespace

Result<std::unique_ptr<PstPoint>> PstPoint::create(VaultPlace& place, Manifest& manifest,
                                                   const Options& options) {
  std::unique_ptr<PstPoint> point(new PstPoint(place, manifest, options));
  TRY(mk::create_directories(options.directory));
  TRY_ASSIGN(point->edits_, PointEdits::create(manifest, options.directory / "lines.jsonl"));
  return point;
}

Status PstPoint::store(ItemLine& line, const Blob& stream) {
  TRY_ASSIGN(line.stored, archive::write_item_stream(stream, sink_, place_.vault.keys().cut));
  line.bytes = stream.size();
  return ok;
}

Status PstPoint::take(const PstToExamine& pst) {
  TRY_ASSIGN(ExaminedPst examined, examine_pst(pst, options_.directory, options_.cancel));
  return take(std::move(examined));
}

Status PstPoint::take(ExaminedPst examined) {
  const SecretString& cut = place_.vault.keys().cut;
  Taken taken{std::move(examined.path), std::move(examined.record), {}, {}, {}};
  TRY_ASSIGN(taken.order, put_file(examined.order, sink_, cut));
  TRY_ASSIGN(taken.layout, put_file(examined.layout, sink_, cut));
  for (const auto& path : {examined.order, examined.layout}) TRY(remove_tree(path));
  taken_.push_back(std::move(taken));
  return ok;
}

Result<vault::Entry> PstPoint::layout_entry(std::size_t i) const {
  vault::Entry entry{archive::pst_key(static_cast<std::uint32_t>(i), PstPart::kLayout), {}, taken_[i].layout};
  TRY_ASSIGN(entry.attributes, archive::encode(taken_[i].record));
  return entry;
}

Result<vault::TreeWriter::Root> PstPoint::write_tree() {
  if (options_.before != nullptr) edits_->drop_gone(*options_.before);
  TRY(edits_->close());
  const auto& keys = place_.vault.keys();
  TRY_ASSIGN(const auto items, vault::update_tree({place_.chunks, sink_, keys.tree_cut}, options_.base,
                                                  [&] { return edits_->next(); }));
  archive::PointRecord record = record_of(manifest_);
  record.form = archive::PointForm::kPstFiles;
  std::vector<vault::Entry> psts;
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    TRY_ASSIGN(vault::Entry layout, layout_entry(i));
    psts.push_back(std::move(layout));
    psts.push_back({archive::pst_key(static_cast<std::uint32_t>(i), PstPart::kOrder), {}, taken_[i].order});
  }
  return write_point_tree(manifest_, record, items, std::move(psts), {sink_, keys});
}

Result<vault::LogNumber> PstPoint::commit(const std::string& name, const vault::TreeWriter::Root& root) {
  const std::lock_guard lock(place_.mutex);
  TRY_ASSIGN(const auto number, session_.commit(name, root, to_file_time(options_.clock.now())));
  TRY(place_.vault.refresh());
  return number;
}

/// Whether the vault gives the same file, as it is now.
Result<bool> PstPoint::comes_back(const vault::TreeWriter::Root& root, std::size_t i) {
  TRY_ASSIGN(const auto point, archive::RestorePoint::open(place_.chunks, root));
  TRY_ASSIGN(const auto psts, archive::stored_psts(place_.chunks, root));
  const auto written = regenerate(place_.chunks, *point, psts.at(i), options_.directory / "again.pst",
                                  {nullptr, options_.cancel, options_.threads});
  if (!written && is_damage(written.error())) return false;
  if (!written) return written.error();
  TRY(remove_tree(written->partial));
  return written->is_original;
}

Status PstPoint::settle(Taken& taken) {
  taken.record.kept = PstKept::kContent;
  if (!options_.keep_bytes) return ok;
  TRY_ASSIGN(taken.bytes, put_file(taken.path, sink_, place_.vault.keys().cut));
  taken.record.kept = PstKept::kBytes;
  return ok;
}

/// The tree with what is true of each PST.
Result<vault::TreeWriter::Root> PstPoint::check(const vault::TreeWriter::Root& root) {
  std::map<std::string, vault::Entry> changed;
  for (std::size_t i = 0; i < taken_.size(); ++i) {
    Taken& taken = taken_[i];
    if (taken.record.kept == PstKept::kRegenerated) {
      TRY_ASSIGN(const bool same, comes_back(root, i));
      if (same) continue;
    }
    TRY(settle(taken));
    TRY_ASSIGN(vault::Entry layout, layout_entry(i));
    changed.emplace(layout.key, layout);
    if (taken.record.kept == PstKept::kBytes) {
      const auto key = archive::pst_key(static_cast<std::uint32_t>(i), PstPart::kBytes);
      changed.emplace(key, vault::Entry{key, {}, taken.bytes});
    }
  }
  if (changed.empty()) return root;
  return vault::update_tree({place_.chunks, sink_, place_.vault.keys().tree_cut}, root,
                            [&]() -> Result<std::optional<vault::TreeEdit>> {
                              if (changed.empty()) return std::optional<vault::TreeEdit>{};
                              auto entry = std::move(changed.extract(changed.begin()).mapped());
                              vault::TreeEdit edit{entry.key, {}, {}};
                              edit.change = [entry](const vault::Entry*) { return std::optional(entry); };
                              return std::optional(std::move(edit));
                            });
}

Result<PstPoint::Done> PstPoint::finish() {
  manifest_.finished = to_file_time(options_.clock.now());
  auto root = write_tree();
  if (!root) return damaged_point(root.error());
  const std::string name = archive::point_name(manifest_.mailbox, manifest_.name);
  TRY_ASSIGN(const auto unchecked, commit(archive::unchecked_name(manifest_.mailbox, manifest_.name), *root));
  TRY_ASSIGN(*root, check(*root));
  TRY(commit(name, *root));
  TRY(forget(place_, unchecked, options_.clock));
  Done done;
  for (const auto& taken : taken_) done.psts.push_back(taken.record);
  done.vault_bytes = session_.counts().stored_bytes;
  return done;
}

Status forget_unchecked(VaultPlace& place, const std::string& mailbox, Clock& clock) {
  for (const auto& p : archive::unchecked_points(place.vault.points(), mailbox))
    TRY(forget(place, p.number, clock));
  return ok;
}

}  // namespace mk::job
