#pragma once
#include <map>

#include "archive/item_group.h"
#include "job/item_line.h"

namespace mk::job {

/// Short streams that were fetched and whose lines are not committed yet. They come in any order, and lie in
/// the vault in that of the lines. Bounds: kMaxBytes; when is_full(), streams are to be stored each for
/// itself
class ShortStreams {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{32} << 20;
  bool is_full() const { return bytes_ >= kMaxBytes; }
  /// Where it lies is not known yet.
  Result<archive::StoredStream> add(const Blob& stream);
  /// Stores those of a folder's lines and says in the lines where they lie.
  Status write(std::vector<ItemLine>& lines, vault::ChunkSink& out, const SecretString& cut_key);

 private:
  struct Waiting {
    archive::PackedStream stream;
    std::size_t lines = 0;  // that it is the stream of
  };
  std::map<Sha256Digest, Waiting> waiting_;
  std::size_t bytes_ = 0;
};

}  // namespace mk::job
