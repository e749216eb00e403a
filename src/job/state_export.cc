#include "job/state_export.h"

#include <algorithm>
#include <map>

#include "base/ahead.h"
#include "job/pst_export.h"
#include "job/pst_output.h"
#include "job/selection.h"
#include "job/spool.h"
#include "mapi/item_reader.h"

namespace mk::job {
namespace {

constexpr std::uint64_t kBatchBytes = 128 * 1024, kMostBytes = std::uint64_t{8} << 20;
constexpr std::size_t kMostBatches = 16;

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
      : state_(state), out_(out), options_(options), ahead_(pst::encoder_threads() + 1) {
    for (std::size_t i = 0; i < plan.folders.size(); ++i)
      if (plan.folders[i].set >= 0) places_.emplace(plan.folders[i].folder.id.value, i);
  }

  Result<StateExportReport> run() {
    TRY(state_.for_each([this](const MailboxState::Held& held) { return add(held); },
                        [this](std::uint64_t n, const Error& why) { skip(n, "", {}, why); }));
    begin_batch();
    while (ahead_.size() > 0) TRY(write_batch());
    TRY_ASSIGN(const auto written, out_.finish());
    for (const auto& [set, parts] : written)
      for (const auto& part : parts) report_.files.push_back(part.path.filename().string());
    return std::move(report_);
  }

 private:
  /// Items that are read by one thread, one after the other.
  struct Wanted {
    MailboxState::Held held;
    std::size_t place;
  };
  using Batch = std::vector<Wanted>;

  Status add(const MailboxState::Held& held) {
    if (options_.cancel != nullptr && *options_.cancel) return Error{Code::kCancelled, "interrupted"};
    if (!options_.items.empty() && !options_.items.contains(held.line.head.id.value)) return ok;
    const auto place = places_.find(state_.manifest().folders[held.folder].folder.id.value);
    if (place == places_.end()) return ok;
    // those that share a chunk stay together
    const bool shares =
        !batch_.empty() && batch_.back().held.line.stored.object.id == held.line.stored.object.id;
    if (batch_bytes_ >= kBatchBytes && !shares) begin_batch();
    while (pending_.size() > kMostBatches || pending_bytes_ > kMostBytes) TRY(write_batch());
    batch_.push_back({held, place->second});
    batch_bytes_ += std::min<std::uint64_t>(held.line.bytes, Spool::kSpoolMemoryBytes);
    return ok;
  }

  void begin_batch() {
    if (batch_.empty()) return;
    const auto batch = std::make_shared<const Batch>(std::exchange(batch_, {}));
    pending_.push_back({batch, batch_bytes_});
    pending_bytes_ += std::exchange(batch_bytes_, 0);
    ahead_.add([this, batch] {
      std::vector<Result<model::Item>> items;
      for (const Wanted& w : *batch) items.push_back(read(w.held));
      return items;
    });
  }

  Result<model::Item> read(const MailboxState::Held& held) const {
    TRY_ASSIGN(const BlobPtr stream, state_.stream(held));
    return mapi::read_exported_item(stream);
  }

  Status write_batch() {
    auto items = ahead_.take();
    const auto [batch, bytes] = pending_.front();
    pending_.pop_front();
    for (std::size_t i = 0; i < items.size(); ++i) TRY(write((*batch)[i], items[i]));
    pending_bytes_ -= bytes;
    return ok;
  }

  Status write(const Wanted& wanted, const Result<model::Item>& item) {
    const ItemLine& line = wanted.held.line;
    const auto written = item ? out_.add(wanted.place, *item, line.head.associated) : item.error();
    if (!written && (item ? PstOutput::stops_the_run(written.error()) : is_of_the_place(written.error())))
      return written.error();
    if (!written) {
      skip(1, state_.manifest().folders[wanted.held.folder].row.path, line, written.error());
      return ok;
    }
    ++report_.items;
    if (options_.progress != nullptr) ++options_.progress->items, options_.progress->bytes += line.bytes;
    return ok;
  }

  /// Of reading: not of the item alone.
  static bool is_of_the_place(const Error& e) {
    return e.code == Code::kExhausted || e.code == Code::kDenied || e.code == Code::kUnavailable;
  }

  void skip(std::uint64_t n, const std::string& folder, const ItemLine& line, const Error& why) {
    report_.skipped += n;
    if (options_.on_skipped) options_.on_skipped(folder, line, why);
  }

  const MailboxState& state_;
  PstOutput& out_;
  const StateExportOptions& options_;
  std::map<std::string, std::size_t> places_;  // by folder id
  StateExportReport report_;
  Batch batch_;
  std::uint64_t batch_bytes_ = 0, pending_bytes_ = 0;  // that lie in memory
  struct Pending {
    std::shared_ptr<const Batch> batch;
    std::uint64_t bytes;
  };
  std::deque<Pending> pending_;                    // what ahead_ reads, in order
  Ahead<std::vector<Result<model::Item>>> ahead_;  // last, so that it ends first
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
