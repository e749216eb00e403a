#include "job/finish_point.h"

#include <fmt/format.h>

#include <map>
#include <unordered_map>

#include "job/backup_directory.h"
#include "job/begin_run.h"
#include "job/item_index.h"
#include "job/lines.h"
#include "job/segment.h"
#include "mapi/item_reader.h"

namespace mk::job {
namespace {

constexpr std::size_t kMaxListed = 1000;

/// Where an item of a moved pair is: the other side's folder and id.
struct Side {
  model::FolderId folder;
  model::ItemId item;
};

class Finisher {
 public:
  Finisher(const std::filesystem::path& dir, RunState& state, const BackupOptions& options,
           BackupReport& report)
      : dir_(dir), state_(state), m_(state.manifest), options_(options), report_(report) {}

  Status write_psts(std::unique_ptr<PstOutput> live) {
    if (!live || state_.superseded()) {
      live.reset();
      TRY(remove_psts());
      places_.resize(state_.lines());
      TRY_ASSIGN(live, PstOutput::create(dir_, m_, options_.max_pst_bytes));
      TRY(rebuild(*live));
    }
    TRY_ASSIGN(const auto written, live->finish());
    for (const auto& [set, parts] : written) take_parts(m_.sets[set], parts);
    return ok;
  }

  Status find_moves() {
    std::unordered_map<std::string, Side> deleted;
    TRY(each([&](const ItemLine& line, std::uint32_t) -> Status {
      if (line.kind == ItemLine::Kind::kDeleted && !line.hash.empty()) deleted.emplace(line.hash, side(line));
      return ok;
    }));
    if (deleted.empty()) return ok;
    return each([&](const ItemLine& line, std::uint32_t) -> Status {
      if (!line.is_item() || line.was != Was::kNothing || line.hash.empty()) return ok;
      const auto it = deleted.find(line.hash);
      if (it == deleted.end()) return ok;
      from_.emplace(side(line).item.value, it->second);
      to_.emplace(it->second.item.value, side(line));
      deleted.erase(it);
      return ok;
    });
  }

  Status write_items() {
    TRY_ASSIGN(auto out, LineWriter::create(dir_ / "items.jsonl"));
    index_.reserve(state_.lines());
    for (const bool reads : {true, false})
      TRY(each([&](const ItemLine& line, std::uint32_t number) {
        return (line.kind == ItemLine::Kind::kRead) == reads ? write_line(*out, line, number) : Status(ok);
      }));
    TRY(out->finish());
    m_.files.push_back({"items.jsonl", out->bytes(), out->digest()});
    const std::uint64_t n = index_.size();
    TRY_ASSIGN(auto digest, write_index(dir_ / "items.index", std::move(index_)));
    m_.files.push_back({"items.index", 16 + n * 16, std::move(digest)});
    return ok;
  }

  Status list_files() {
    auto names = psts_;
    if (m_.verbatim) names.emplace_back(kSegmentFile);
    for (const auto& name : names) {
      TRY_ASSIGN(const File file, File::open(dir_ / name, File::Mode::kRead));
      TRY_ASSIGN(const std::uint64_t bytes, file.size());
      m_.files.push_back({name, bytes, {}});
    }
    return ok;
  }

 private:
  /// Lines that count at the end.
  Status each(const std::function<Status(const ItemLine&, std::uint32_t)>& f) {
    return for_each_journal_line(dir_ / kJournalFile,
                                 [&](const ItemLine& line, std::uint32_t number) -> Status {
                                   return state_.counts(line, number) ? f(line, number) : Status(ok);
                                 });
  }

  /// PSTs of an attempt that was given up, of which another may have fewer.
  Status remove_psts() {
    std::error_code failed;
    std::vector<std::filesystem::path> old;
    for (std::filesystem::directory_iterator it(dir_, failed), end; !failed && it != end;
         it.increment(failed))
      if (const auto kind = it->path().extension(); kind == ".pst" || kind == ".partial")
        old.push_back(it->path());
    for (auto it = old.begin(); !failed && it != old.end(); ++it) std::filesystem::remove(*it, failed);
    if (failed)
      return Error{Code::kDenied,
                   fmt::format("cannot remove an unfinished PST in {}: {}", dir_.string(), failed.message())};
    return ok;
  }

  void take_parts(PstSet& set, const std::vector<pst::Part>& parts) {
    set.files.clear();
    for (const auto& part : parts) {
      set.files.push_back(part.path.filename().string());
      psts_.push_back(set.files.back());
      if (part.is_oversized)
        m_.notes.push_back(fmt::format("{}: its one item is larger than --split", set.files.back()));
    }
  }

  Side side(const ItemLine& line) const { return {m_.folders[line.folder].folder.id, line.head.id}; }

  Status rebuild(PstOutput& pst) {
    TRY_ASSIGN(const auto segment, SegmentReader::open(dir_ / kSegmentFile));
    return each([&](const ItemLine& line, std::uint32_t number) -> Status {
      if (!line.is_item()) return ok;
      TRY_ASSIGN(const SegmentRecord record, segment->record(line.segment));
      TRY_ASSIGN(const BlobPtr stream, segment->stream(record));
      TRY_ASSIGN(const model::Item item, mapi::read_exported_item(stream));
      auto placed = pst.add(line.folder, item, line.head.associated);
      if (!placed && PstOutput::stops_the_run(placed.error())) return std::move(placed).error();
      if (placed)
        places_[number] = *placed;
      else
        pst_errors_[number] = std::move(placed).error().what;
      return ok;
    });
  }

  Status write_line(LineWriter& out, ItemLine line, std::uint32_t number) {
    if (line.kind == ItemLine::Kind::kSkipped) return m_.skipped.push_back(std::move(line)), ok;
    if (!places_.empty() && line.is_item()) {
      line.pst = places_[number].nid.value;
      line.part = places_[number].part;
      line.pst_error = pst_errors_[number];
    }
    if (line.is_item() && line.pst == 0) {
      ++report_.n_not_in_pst;
      if (report_.not_in_pst.size() < kMaxListed) report_.not_in_pst.push_back(line);
    }
    if (!m_.verbatim) line.segment = 0;
    const auto& moves = line.is_item() ? from_ : to_;
    if (const auto it = moves.find(line.head.id.value);
        it != moves.end() && line.kind != ItemLine::Kind::kRead) {
      line.moved_folder = it->second.folder;
      line.moved_item = it->second.item;
    }
    const std::uint64_t key = item_key(m_.folders[line.folder].folder.id, line.head.id);
    TRY_ASSIGN(const std::uint64_t at, out.write(format_line(line)));
    index_.push_back({key, at});
    return ok;
  }

  const std::filesystem::path& dir_;
  RunState& state_;
  Manifest& m_;
  const BackupOptions& options_;
  BackupReport& report_;
  std::vector<pst::PlacedItem> places_;  // by line number, of PSTs that were written anew
  std::map<std::uint32_t, std::string> pst_errors_;
  std::vector<std::string> psts_;
  std::vector<IndexEntry> index_;
  std::unordered_map<std::string, Side> from_, to_;
};

}  // namespace

Status finish_point(const std::filesystem::path& dir, RunState& state, std::unique_ptr<PstOutput> pst,
                    const BackupOptions& options, BackupReport& report) {
  Finisher f(dir, state, options, report);
  TRY(f.write_psts(std::move(pst)));
  TRY(f.find_moves());
  TRY(f.write_items());
  TRY(f.list_files());
  state.close_folders();
  state.manifest.finished = to_file_time(options.clock->now());
  return write_manifest(state.manifest, dir);
}

}  // namespace mk::job
