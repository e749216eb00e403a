#pragma once
#include "job/point_edits.h"
#include "job/pst_examine.h"
#include "job/vault_output.h"

namespace mk::job {

/// Writes a restore point that keeps PST files: as their items, with a layout each.
///
/// Spec:    docs/formats/archive.md, "PST files"
/// Shape:   items and PSTs, then finish(): the point is written under another name, every PST that is to be
///          had again byte for byte is written anew from what the vault has now and compared, and then the
///          point is committed
/// Errors:  those of the vault and of the disk
/// Bounds:  16 bytes a line; those of regenerate()
/// Threads: one      Owns: nothing; place and manifest must outlive it
class PstPoint {
 public:
  struct Options {
    std::filesystem::path directory;  // for temporary files
    Clock& clock;
    bool keep_bytes = false;           // of files that cannot be had again otherwise
    vault::TreeWriter::Root base;      // the tree of items to begin with; zero: nothing
    const Manifest* before = nullptr;  // of the base
    const std::atomic<bool>* cancel = nullptr;
    unsigned threads = pst::encoder_threads();
  };
  static Result<std::unique_ptr<PstPoint>> create(VaultPlace& place, Manifest& manifest,
                                                  const Options& options);

  /// Stores the stream of an item; says in `line` where.
  Status store(ItemLine& line, const Blob& stream);
  /// A line that counts.
  Status add(const ItemLine& line) { return edits_->add(line); }

  Status take(const PstToExamine& pst);
  /// The files that it names are removed.
  Status take(ExaminedPst examined);

  /// Errors: also kCancelled
  struct Done {
    std::vector<archive::PstRecord> psts;
    std::uint64_t vault_bytes = 0;
  };
  Result<Done> finish();

 private:
  struct Taken {
    std::filesystem::path path;
    archive::PstRecord record;
    vault::ObjectRef layout, order, bytes;
  };
  PstPoint(VaultPlace& place, Manifest& manifest, const Options& options)
      : place_(place),
        manifest_(manifest),
        options_(options),
        session_(place.vault, options.clock, {.compression = place.compression}),
        sink_(session_, place.mutex) {}
  Result<vault::TreeWriter::Root> write_tree();
  Result<vault::TreeWriter::Root> check(const vault::TreeWriter::Root& root);
  Result<bool> comes_back(const vault::TreeWriter::Root& root, std::size_t i);
  Status settle(Taken& taken);
  Result<vault::LogNumber> commit(const std::string& name, const vault::TreeWriter::Root& root);
  Result<vault::Entry> layout_entry(std::size_t i) const;

  VaultPlace& place_;
  Manifest& manifest_;
  Options options_;
  std::unique_ptr<PointEdits> edits_;
  std::vector<Taken> taken_;
  vault::Session session_;
  LockedSink sink_;
};

/// Lets go what runs of a mailbox that were killed left unchecked.
Status forget_unchecked(VaultPlace& place, const std::string& mailbox, Clock& clock);

}  // namespace mk::job
