#pragma once
#include <filesystem>

#include "archive/pst_layout.h"
#include "archive/restore_point.h"
#include "job/progress.h"

namespace mk::job {

/// A PST that was written anew from a restore point, or out of its bytes.
struct WrittenPst {
  std::filesystem::path partial;  // the whole file, still under this name
  std::uint64_t bytes = 0, items = 0, left_out = 0;
  Sha256Digest sha256{};
  bool is_original = false;  // the same bytes as the file that was taken in
};

struct RegenerateOptions {
  Progress* progress = nullptr;
  const std::atomic<bool>* cancel = nullptr;
  unsigned threads = pst::encoder_threads();  // any number gives the same bytes
};

/// Writes a PST of a point anew: its items, in their order, through the writer, into `path`.partial.
///
/// Shape:   an item that the writer does not take is left out and counted
/// Errors:  kCorrupt, kNotFound  an item, node or chunk is damaged or missing: names it; kCancelled; those of
///          PstWriter that concern the file. Nothing is left then
/// Bounds:  those of PstWriter; 4 MiB of items under way for each thread that encodes; larger ones are
/// streamed
Result<WrittenPst> regenerate(vault::ChunkSource& chunks, const archive::RestorePoint& point,
                              const archive::StoredPst& pst, const std::filesystem::path& path,
                              const RegenerateOptions& options = {});

/// The same from the bytes, where they are kept.
Result<WrittenPst> copy_bytes(vault::ChunkSource& chunks, const archive::StoredPst& pst,
                              const std::filesystem::path& path);

/// A PST of a point as `path`: out of its bytes where they are kept, else written anew.
///
/// Shape:   is_original says whether it is byte for byte what was taken in. It has to be where that was
///          proven then, unless a writer of another version made the file: that content is equal is all that
///          is known then
/// Errors:  those of regenerate(); kCorrupt  it has to be the same bytes, and is not
Result<WrittenPst> get_pst(vault::ChunkSource& chunks, const archive::RestorePoint& point,
                           const archive::StoredPst& pst, const std::filesystem::path& path,
                           const RegenerateOptions& options = {});

/// SHA-256 of all that is left, of a file.
Result<Sha256Digest> sha256_of(ByteSource& in);
Result<Sha256Digest> sha256_of(const std::filesystem::path& path);

}  // namespace mk::job
