#pragma once
#include <array>
#include <memory>
#include <optional>

#include "base/io.h"
#include "base/secret.h"

namespace mk::vault {

struct ChunkSizes {
  std::size_t min_bytes = 256 * 1024, mean_bytes = 1024 * 1024, max_bytes = 4 * 1024 * 1024;
};

/// Cuts a stream where its content says so (FastCDC, normalized), by a table that follows from a key: who
/// does not have it cannot tell from sizes of chunks what was cut. Equal content is cut equally again after
/// an insertion. Bounds: holds 2 * max_bytes, for a short stream 64 KiB.  Threads: one at a time.
class Chunker {
 public:
  /// `cut_key` must outlive it.
  Chunker(ByteSource& in, const SecretString& cut_key, const ChunkSizes& sizes = {});
  /// The next chunk, empty at the end; valid until the next call.  Errors: those of the stream
  Result<Bytes> next();

 private:
  std::size_t cut(Bytes window);
  Status fill();

  ByteSource& in_;
  const SecretString& cut_key_;
  ChunkSizes sizes_;
  std::optional<std::array<std::uint64_t, 256>> gear_;  // made when the first cut is looked for
  std::uint64_t mask_before_mean_, mask_after_mean_;
  std::size_t room_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t begin_ = 0, end_ = 0;
  bool at_end_ = false;
};

}  // namespace mk::vault
