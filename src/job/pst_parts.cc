#include "job/pst_parts.h"

#include "base/file.h"
#include "job/backup_directory.h"

namespace mk::job {

Result<std::unique_ptr<PstParts>> PstParts::create(const std::filesystem::path& directory, const Manifest& m,
                                                   std::uint64_t max_bytes, const std::atomic<bool>* cancel) {
  TRY(remove_tree(directory));  // of an attempt that was killed
  TRY(mk::create_directories(directory));
  std::unique_ptr<PstParts> parts(new PstParts(directory, m, cancel));
  TRY_ASSIGN(parts->out_, PstOutput::create(directory, m, max_bytes));
  return parts;
}

Result<pst::PlacedItem> PstParts::add(std::size_t folder, const model::Item& item, bool associated,
                                      std::string key) {
  TRY_ASSIGN(const pst::PlacedItem placed, out_->add(folder, item, associated));
  const PartId part{static_cast<std::size_t>(manifest_.folders[folder].set), placed.part};
  for (PartId whole{part.first, 1}; whole < part; ++whole.second) {
    if (examined_.contains(whole) || (result_.valid() && examining_ == whole)) continue;
    TRY(out_->publish_complete(whole.first));
    TRY(begin_examining(whole));
  }
  placed_[part].emplace(placed.nid.value, std::move(key));
  return placed;
}

Status PstParts::begin_examining(const PartId& part) {
  TRY(end_examining());
  examining_ = part;
  auto examine = [path = pst::part_path(directory_ / manifest_.sets[part.first].files.front(), part.second),
                  keys = std::move(placed_[part]), directory = directory_,
                  cancel = cancel_]() -> Result<ExaminedPst> {
    auto examined = examine_written_pst(path, keys, directory, cancel);
    if (!examined) return dump_failed(std::move(examined).error());
    TRY(remove_tree(path));
    return examined;
  };
  placed_.erase(part);
  result_ = std::async(std::launch::async, std::move(examine));
  return ok;
}

Status PstParts::end_examining() {
  if (!result_.valid()) return ok;
  TRY_ASSIGN(ExaminedPst examined, result_.get());
  examined_.emplace(examining_, std::move(examined));
  return ok;
}

Result<PstParts::Written> PstParts::finish() {
  Written written;
  TRY_ASSIGN(written.parts, out_->finish());
  TRY(end_examining());
  for (const auto& [set, parts] : written.parts)
    for (std::uint32_t n = 1; n <= parts.size(); ++n)
      if (!examined_.contains({set, n})) TRY(begin_examining({set, n}));
  TRY(end_examining());
  for (auto& [part, examined] : examined_) written.examined.push_back(std::move(examined));
  return written;
}

}  // namespace mk::job
