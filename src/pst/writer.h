#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/item.h"
#include "pst/ids.h"

namespace mk::pst {

/// Raised whenever the same calls come to give other bytes; writer_test.cc pins them.
inline constexpr std::uint32_t kWriterVersion = 1;

/// Threads that encode while one reads and writes: none on a machine with one core, four at most.
unsigned encoder_threads();

struct WriterOptions {
  std::string store_name = "mailkeep";  // what Outlook shows for the file
  std::string subtree_name = "Top of Outlook data file";
  std::string deleted_items_name = "Deleted Items";
  bool permute = true;                     // the encoding that Outlook uses; without it files are as good
  std::filesystem::path spill_directory;   // for temporary files; empty: beside the file
  std::vector<model::PropertyName> names;  // named properties that get their ids first, in this order
  unsigned threads = 0;  // that encode what submit_item() is given; any number, the same bytes
};

/// Writes a new Unicode PST, in one pass and in the order of the calls.
///
/// Spec:    [MS-PST]; docs/formats/pst-writer.md says what is written, left out and filled in
/// Shape:   in: folders and items; out: PATH.partial, which begins with zeros and is no PST, until finish()
/// gives it
///          a header and the name PATH. Same calls, same bytes: no clock, no random
/// Errors:  add_item: kCorrupt, kTruncated, kUnsupported  this item: the file stays as if it had not been
/// tried
///          kNotFound  no such folder
///          kUnsupported  also a limit of the format, named
///          kExhausted  disk full: try again, or give up
/// Bounds:  memory does not grow with the number of items: about 7 MiB, the folders, the names of named
/// properties,
///          and what the item at hand keeps inline
/// Threads: one at a time      Owns: PATH.partial, removed when finish() was not reached
/// Example: TRY_ASSIGN(auto pst, PstWriter::create("x.pst", {})); TRY_ASSIGN(const Nid inbox,
///          pst->add_folder(pst->ipm_subtree(), list)); TRY(pst->add_item(inbox, item, false));
///          TRY(pst->finish());
class PstWriter {
 public:
  static Result<std::unique_ptr<PstWriter>> create(const std::filesystem::path& path,
                                                   const WriterOptions& options);
  ~PstWriter();

  Nid root() const;  // above the folders that a user sees
  Nid ipm_subtree() const;
  Nid search_root() const;
  Nid deleted_items() const;  // exists from the start, as Outlook's empty store has it
  /// The folder of shared views beside the subtree, made when first asked for.
  Nid common_views();

  /// PidTagDisplayName, PidTagContainerClass and any others; what the PST counts itself is left out.
  Result<Nid> add_folder(Nid parent, const model::PropertyList& properties);
  /// Adds to or replaces the properties of a folder, also of those that exist from the start.
  Status set_properties(Nid folder, const model::PropertyList& properties);
  /// Properties of the store itself; those that the writer sets (names, entry ids, password) stay as they
  /// are.
  Status set_store_properties(const model::PropertyList& properties);
  /// Folders may be interleaved at will; a failed item leaves the file usable.
  Result<Nid> add_item(Nid folder, const model::Item& item, bool associated);
  /// add_item() for many: the item is encoded on one of WriterOptions::threads while others are added. `done`
  /// hears what add_item() would have given, in the order of submission, from within submit_item(), drain(),
  /// add_item() or finish(); an error that it gives ends that call with it. Bounds: 16 items a thread and 64
  /// MiB are held back.
  using ItemDone = std::function<Status(Result<Nid>)>;
  Status submit_item(Nid folder, model::Item item, bool associated, ItemDone done);
  /// Waits for everything that was submitted.
  Status drain();
  /// Ids of nodes of `last`'s type up to this one count as given, so that a file that is written again has
  /// the gaps that failed items left.  Errors: kInvalid  so high that none would be left
  Status skip_ids(Nid last);
  /// The same, but nothing is added and given when the finished file could come to have more than
  /// `max_bytes`.
  Result<std::optional<Nid>> add_item_within(std::uint64_t max_bytes, Nid folder, const model::Item& item,
                                             bool associated);
  /// The most that the file can come to have when nothing more is added.
  std::uint64_t size_bound() const;
  /// Everything on disk, synced, renamed to PATH. Nothing may be called after it.
  Status finish();
  /// As finish(), but the whole file stays PATH.partial, which is the caller's from then on.
  Status seal();

 private:
  struct State;
  explicit PstWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mk::pst
