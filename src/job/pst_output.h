#pragma once
#include <map>

#include "job/manifest.h"
#include "model/item.h"
#include "pst/writer.h"

namespace mk::job {

/// Writes items into the PSTs of a point: one per set, folders made when needed.
///
/// Errors:  kExhausted, kDenied, kInternal, kNotFound  of the disk: stop; any other code concerns the item
/// only Threads: one
class PstOutput {
 public:
  /// A full writes every PST with all its folders, an incremental only what gets an item.
  static Result<std::unique_ptr<PstOutput>> create(const std::filesystem::path& dir, const Manifest& m);
  /// Gives the item's node id.
  Result<std::uint32_t> add(std::size_t folder, const model::Item& item, bool associated);
  /// All PSTs are whole and on the medium; gives their names.
  Result<std::vector<std::string>> finish();
  static bool stops_the_run(const Error& e);

 private:
  PstOutput(std::filesystem::path dir, const Manifest& m) : dir_(std::move(dir)), manifest_(m) {}
  bool is_deleted_items(const FolderRecord& record) const;
  Result<pst::PstWriter*> writer(int set);
  Result<pst::Nid> folder_node(std::size_t folder);
  Result<pst::Nid> make_folder(pst::PstWriter& w, std::size_t folder);
  std::filesystem::path dir_;
  const Manifest& manifest_;
  std::map<std::string, std::size_t> by_id_;
  std::map<int, std::unique_ptr<pst::PstWriter>> writers_;
  std::map<std::size_t, pst::Nid> nodes_;
};

}  // namespace mk::job
