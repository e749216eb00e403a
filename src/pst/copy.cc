#include "pst/copy.h"

#include <algorithm>
#include <thread>

#include "model/tags.h"

namespace mk::pst {
namespace {

namespace pid = model::pid;

constexpr std::uint16_t kWastebasket = 0x35E3, kCommonViews = 0x35E6, kFinder = 0x35E7;  // PidTag...EntryId
constexpr std::size_t kEntryIdBytes = 24, kEntryIdNidAt = 20;

/// The folder that an entry id of the store points to.  [MS-PST] 2.4.3.2
std::optional<Nid> folder_of(const model::PropertyList& store, std::uint16_t id) {
  const auto entry_id = store.get_binary(id);
  if (!entry_id || entry_id->size() != kEntryIdBytes) return {};
  return Nid(load_le<std::uint32_t>(entry_id->data() + kEntryIdNidAt));
}

/// Whose fault it is: an item's own, or that of the file that is written.
bool concerns_file(const Error& e) {
  return e.code == Code::kExhausted || e.code == Code::kDenied || e.code == Code::kInternal ||
         e.code == Code::kConflict;
}

class Copier {
 public:
  Copier(const PstFile& from, PstWriter& to, const CopyOptions& options)
      : from_(from), to_(to), options_(options) {
    const auto& store = from.store_properties();
    subtree_ = from.ipm_subtree();
    finder_ = folder_of(store, kFinder);
    wastebasket_ = folder_of(store, kWastebasket);
    views_ = folder_of(store, kCommonViews);
  }

  Result<CopyReport> run() {
    TRY(to_.set_store_properties(from_.store_properties()));
    TRY_ASSIGN(const auto folders, from_.folders());
    places_[from_.root_folder()] = {to_.root(), ""};
    TRY(to_.set_properties(to_.root(), from_.root_entry().properties));
    TRY(copy_items(from_.root_folder()));
    for (const auto& f : folders) {
      TRY(copy_folder(f));
      TRY(copy_items(f.nid));
    }
    TRY(to_.drain());
    return std::move(report_);
  }

 private:
  struct Place {
    Nid nid;
    std::string path;
  };

  /// Folders that every store has are the same ones here; only their properties are taken over.
  std::optional<Nid> standing(const FolderEntry& f) {
    const bool below_root = f.parent == from_.root_folder();
    if (f.nid == subtree_) return to_.ipm_subtree();
    if (below_root && finder_ == f.nid) return to_.search_root();
    if (below_root && views_ == f.nid) return to_.common_views();
    if (f.parent == subtree_ && is_wastebasket(f)) return to_.deleted_items();
    return {};
  }

  /// A store that does not name its wastebasket (an OST) has it under the usual name.
  bool is_wastebasket(const FolderEntry& f) {
    if (!wastebasket_ && f.name == WriterOptions().deleted_items_name) wastebasket_ = f.nid;
    return wastebasket_ == f.nid;
  }

  Status copy_folder(const FolderEntry& f) {
    const auto parent = places_.find(f.parent);
    const Place above = parent == places_.end() ? Place{to_.root(), ""} : parent->second;
    const std::string path = above.path.empty() ? f.name : above.path + "/" + f.name;
    ++report_.folders;
    if (const auto there = standing(f)) {
      places_[f.nid] = {*there, path};
      return to_.set_properties(*there, f.properties);
    }
    TRY_ASSIGN(const Nid nid, to_.add_folder(above.nid, f.properties));
    places_[f.nid] = {nid, path};
    return ok;
  }

  Status copy_items(Nid folder) {
    for (const bool associated : {false, true}) {
      auto ids = from_.items(folder, associated);
      if (!ids) {
        report_.skipped.push_back({folder, places_[folder].path, std::move(ids).error()});
        continue;
      }
      for (const Nid id : *ids) TRY(copy_item(folder, id, associated));
    }
    return ok;
  }

  Status copy_item(Nid folder, Nid id, bool associated) {
    const Place& place = places_[folder];
    IncompleteItem damaged{id, place.path, {}};
    auto item = from_.read_item(id, options_.partial ? &damaged.lost : nullptr);
    if (!item) {
      TRY(to_.drain());  // so that the report has all in the order of the original
      return skip(id, place, std::move(item).error());
    }
    return to_.submit_item(
        place.nid, *std::move(item), associated,
        [this, &place, associated, damaged = std::move(damaged)](Result<Nid> added) mutable {
          if (!added) return skip(damaged.nid, place, std::move(added).error());
          return count(place, associated, std::move(damaged));
        });
  }

  Status count(const Place& place, bool associated, IncompleteItem damaged) {
    ++(associated ? report_.associated : report_.items);
    ++report_.copied[place.path];
    if (!damaged.lost.empty()) report_.incomplete.push_back(std::move(damaged));
    if (options_.progress) options_.progress(report_);
    return ok;
  }

  Status skip(Nid id, const Place& place, Error error) {
    if (concerns_file(error)) return error;
    report_.skipped.push_back({id, place.path, std::move(error)});
    return ok;
  }

  const PstFile& from_;
  PstWriter& to_;
  const CopyOptions& options_;
  Nid subtree_;
  std::optional<Nid> finder_, wastebasket_, views_;
  std::map<Nid, Place> places_;  // where the original's folders are here
  CopyReport report_;
};

}  // namespace

unsigned encoder_threads() {
  constexpr unsigned kEnough = 4;  // reading, in one thread, takes as long as encoding
  const unsigned cores = std::thread::hardware_concurrency();
  return cores > 1 ? std::min(cores - 1, kEnough) : 0;
}

Result<CopyReport> copy_pst(const PstFile& from, const std::filesystem::path& to,
                            const CopyOptions& options) {
  WriterOptions writer;
  writer.store_name = from.store_properties().get_text(pid::kDisplayName).value_or(writer.store_name);
  writer.permute = options.permute;
  writer.spill_directory = options.spill_directory;
  writer.threads = options.threads;
  TRY_ASSIGN(const auto pst, PstWriter::create(to, writer));
  TRY_ASSIGN(CopyReport report, Copier(from, *pst, options).run());
  TRY(pst->finish());
  return report;
}

}  // namespace mk::pst
