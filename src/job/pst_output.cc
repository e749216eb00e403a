#include "job/pst_output.h"

#include "model/tags.h"

namespace mk::job {

Error dump_failed(Error e) {
  const bool of_the_disk = e.code == Code::kExhausted || e.code == Code::kDenied || e.code == Code::kNotFound;
  return of_the_disk || e.code == Code::kCancelled ? e : std::move(e).in(kDumpFailed);
}

bool PstOutput::stops_the_run(const Error& e) {
  return e.code == Code::kExhausted || e.code == Code::kDenied || e.code == Code::kInternal ||
         e.code == Code::kNotFound || e.code == Code::kInvalid;
}

std::size_t PstOutput::set_of(std::size_t folder) const {
  return static_cast<std::size_t>(manifest_.folders[folder].set);
}

/// Every PST has a folder for deleted items; that of a whole mailbox is the mailbox's own.
bool PstOutput::is_deleted_items(const FolderRecord& record) const {
  return record.folder.well_known == "deleteditems" &&
         manifest_.sets[static_cast<std::size_t>(record.set)].folder.empty();
}

Result<std::unique_ptr<PstOutput>> PstOutput::create(const std::filesystem::path& dir, const Manifest& m,
                                                     std::uint64_t max_bytes) {
  std::unique_ptr<PstOutput> out(new PstOutput(dir, m, max_bytes));
  for (std::size_t i = 0; i < m.folders.size(); ++i) out->by_id_.emplace(m.folders[i].folder.id.value, i);
  if (auto begun = out->begin(); !begun) return dump_failed(std::move(begun).error());
  return out;
}

Status PstOutput::begin() {
  if (manifest_.kind == Kind::kIncremental) return ok;
  for (std::size_t s = 0; s < manifest_.sets.size(); ++s) TRY(writer(s));
  for (std::size_t i = 0; i < manifest_.folders.size(); ++i)
    if (manifest_.folders[i].set >= 0) TRY(folder_node(i));
  return ok;
}

Result<pst::PartWriter*> PstOutput::writer(std::size_t set) {
  auto& w = writers_[set];
  if (!w) {
    const auto& s = manifest_.sets[set];
    pst::PartOptions options;
    options.max_bytes = max_bytes_;
    options.replace = true;  // of an attempt that was interrupted
    options.writer.store_name = s.label.empty() ? "mailkeep" : s.label;
    for (const auto& f : manifest_.folders)
      if (f.set >= 0 && static_cast<std::size_t>(f.set) == set && is_deleted_items(f))
        options.writer.deleted_items_name = f.folder.name;
    TRY_ASSIGN(w, pst::PartWriter::create(dir_ / s.files.front(), options));
  }
  return w.get();
}

Result<pst::Nid> PstOutput::make_folder(pst::PartWriter& w, std::size_t folder) {
  const auto& record = manifest_.folders[folder];
  const auto& f = record.folder;
  if (f.well_known == "msgfolderroot") return w.ipm_subtree();
  const auto parent = by_id_.find(f.parent.value);
  const bool has_parent = parent != by_id_.end() && parent->second != folder &&
                          manifest_.folders[parent->second].set == record.set;
  pst::Nid above = w.ipm_subtree();
  if (has_parent) {
    TRY_ASSIGN(above, folder_node(parent->second));
  }
  if (is_deleted_items(record)) return w.deleted_items();
  model::PropertyList properties;
  properties.set_text(model::pid::kDisplayName, f.name);
  if (!f.folder_class.empty()) properties.set_text(model::pid::kContainerClass, f.folder_class);
  return w.add_folder(above, properties);
}

Result<pst::Nid> PstOutput::folder_node(std::size_t folder) {
  if (const auto it = nodes_.find(folder); it != nodes_.end()) return it->second;
  TRY_ASSIGN(pst::PartWriter* const w, writer(set_of(folder)));
  // Entered first, so that a circle of parents ends at the top instead of never.
  nodes_.emplace(folder, w->ipm_subtree());
  TRY_ASSIGN(const pst::Nid nid, make_folder(*w, folder));
  nodes_[folder] = nid;
  return nid;
}

Result<pst::PlacedItem> PstOutput::put(std::size_t folder, const model::Item& item, bool associated) {
  TRY_ASSIGN(const pst::Nid parent, folder_node(folder));
  TRY_ASSIGN(pst::PartWriter* const w, writer(set_of(folder)));
  return w->add_item(parent, item, associated);
}

Result<pst::PlacedItem> PstOutput::add(std::size_t folder, const model::Item& item, bool associated) {
  auto placed = put(folder, item, associated);
  if (!placed && stops_the_run(placed.error())) return dump_failed(std::move(placed).error());
  return placed;
}

Status PstOutput::publish_complete(std::size_t set) {
  auto done = writers_.at(set)->publish_complete();
  if (!done) return dump_failed(std::move(done).error());
  return ok;
}

Result<std::map<std::size_t, std::vector<pst::Part>>> PstOutput::finish() {
  std::map<std::size_t, std::vector<pst::Part>> out;
  for (auto& [set, w] : writers_) {
    if (auto done = w->publish(); !done) return dump_failed(std::move(done).error());
    out[set] = w->parts();
  }
  return out;
}

}  // namespace mk::job
