#include "job/state_export.h"

#include <map>

#include "job/pst_export.h"
#include "job/pst_output.h"
#include "job/selection.h"
#include "mapi/item_reader.h"

namespace mk::job {
namespace {

/// Folders and PSTs of the export.
Result<Manifest> plan(const Manifest& of_state, const std::vector<std::string>& chosen) {
  Manifest m = of_state;
  m.kind = Kind::kFull;  // every folder, whether or not there is an item in it
  if (chosen.empty()) return m;
  std::vector<model::Folder> folders;
  for (const auto& f : m.folders) folders.push_back(f.folder);
  m.sets.clear();
  m.folders.clear();
  m.selection.clear();
  TRY(select_folders(folders, chosen, m));
  return m;
}

class StateExporter {
 public:
  StateExporter(const MailboxState& state, const Manifest& plan, PstOutput& out,
                const StateExportOptions& options)
      : state_(state), out_(out), options_(options) {
    for (std::size_t i = 0; i < plan.folders.size(); ++i)
      if (plan.folders[i].set >= 0) places_.emplace(plan.folders[i].folder.id.value, i);
  }

  Result<StateExportReport> run() {
    TRY(state_.for_each([this](const MailboxState::Held& held) { return add(held); },
                        [this](std::uint64_t n, const Error& why) { skip(n, "", {}, why); }));
    TRY_ASSIGN(const auto written, out_.finish());
    for (const auto& [set, parts] : written)
      for (const auto& part : parts) report_.files.push_back(part.path.filename().string());
    return std::move(report_);
  }

 private:
  Status add(const MailboxState::Held& held) {
    if (options_.cancel != nullptr && *options_.cancel) return Error{Code::kCancelled, "interrupted"};
    if (!options_.items.empty() && !options_.items.contains(held.line.head.id.value)) return ok;
    const auto& folder = state_.manifest().folders[held.folder];
    const auto place = places_.find(folder.folder.id.value);
    if (place == places_.end()) return ok;
    const auto written = write(held, place->second);
    if (!written && stops(written.error())) return written.error();
    if (!written) {
      skip(1, folder.row.path, held.line, written.error());
      return ok;
    }
    ++report_.items;
    if (options_.progress != nullptr) ++options_.progress->items, options_.progress->bytes += held.line.bytes;
    return ok;
  }

  bool stops(const Error& e) const {
    if (writing_) return PstOutput::stops_the_run(e);
    return e.code == Code::kExhausted || e.code == Code::kDenied || e.code == Code::kUnavailable;
  }
  Status write(const MailboxState::Held& held, std::size_t folder) {
    writing_ = false;
    TRY_ASSIGN(const BlobPtr stream, state_.stream(held));
    TRY_ASSIGN(const model::Item item, mapi::read_exported_item(stream));
    writing_ = true;
    TRY(out_.add(folder, item, held.line.head.associated));
    return ok;
  }

  void skip(std::uint64_t n, const std::string& folder, const ItemLine& line, const Error& why) {
    report_.skipped += n;
    if (options_.on_skipped) options_.on_skipped(folder, line, why);
  }

  const MailboxState& state_;
  PstOutput& out_;
  const StateExportOptions& options_;
  std::map<std::string, std::size_t> places_;  // by folder id
  bool writing_ = false;                       // so that an error is of the PST, not of what is read
  StateExportReport report_;
};

}  // namespace

Result<StateExportReport> export_state(const MailboxState& state, const std::filesystem::path& directory,
                                       const StateExportOptions& options) {
  TRY_ASSIGN(const Manifest m, plan(state.manifest(), options.folders));
  TRY(make_empty_directory(directory));
  TRY_ASSIGN(const auto out, PstOutput::create(directory, m, options.max_pst_bytes));
  return StateExporter(state, m, *out, options).run();
}

}  // namespace mk::job
