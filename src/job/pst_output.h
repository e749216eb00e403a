#pragma once
#include <map>

#include "job/manifest.h"
#include "model/item.h"
#include "pst/part_writer.h"

namespace mk::job {

/// What keeps a PST from being written, and is not the disk's room, rights or presence, is told as such:
/// What the text of an error begins with that is of a PST file as a whole.
inline constexpr std::string_view kDumpFailed = "the PST file could not be made";
/// The error with these words, unless it is one of the disk.
Error dump_failed(Error e);

/// Writes items into the PSTs of a point: one per set with its parts, folders made when needed.
///
/// Errors:  kExhausted, kDenied, kInternal, kNotFound  of the disk, kInvalid  a limit that the folders alone
///          pass: stop, told as dump_failed() does; any other code concerns the item only
/// Threads: one
class PstOutput {
 public:
  /// A full writes every PST with all its folders, an incremental only what gets an item.
  static Result<std::unique_ptr<PstOutput>> create(const std::filesystem::path& dir, const Manifest& m,
                                                   std::uint64_t max_bytes);
  Result<pst::PlacedItem> add(std::size_t folder, const model::Item& item, bool associated);
  /// All PSTs are whole and on the medium; gives those that were written, by set.
  Result<std::map<std::size_t, std::vector<pst::Part>>> finish();
  /// Parts of a set behind which others have begun have their names, and stay as they are.
  Status publish_complete(std::size_t set);
  static bool stops_the_run(const Error& e);

 private:
  Status begin();
  Result<pst::PlacedItem> put(std::size_t folder, const model::Item& item, bool associated);
  PstOutput(std::filesystem::path dir, const Manifest& m, std::uint64_t max_bytes)
      : dir_(std::move(dir)), manifest_(m), max_bytes_(max_bytes) {}
  std::size_t set_of(std::size_t folder) const;
  bool is_deleted_items(const FolderRecord& record) const;
  Result<pst::PartWriter*> writer(std::size_t set);
  Result<pst::Nid> folder_node(std::size_t folder);
  Result<pst::Nid> make_folder(pst::PartWriter& w, std::size_t folder);
  std::filesystem::path dir_;
  const Manifest& manifest_;
  std::uint64_t max_bytes_;  // of one file
  std::map<std::string, std::size_t> by_id_;
  std::map<std::size_t, std::unique_ptr<pst::PartWriter>> writers_;
  std::map<std::size_t, pst::Nid> nodes_;
};

}  // namespace mk::job
