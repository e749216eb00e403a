#pragma once
#include "base/io.h"
#include "vault/chunker.h"
#include "vault/node.h"

namespace mk::vault {

/// Cuts streams into chunks and puts them, with the lists that find them again. The object is the streams one
/// after the other; each is cut for itself, so that one that stands in many objects is stored once.
/// Bounds: 2 * sizes.max_bytes and one list node per level.
class ObjectWriter {
 public:
  ObjectWriter(ChunkSink& out, const SecretString& cut_key, const ChunkSizes& sizes = {});
  ~ObjectWriter();
  Status add(ByteSource& in);
  Result<ObjectRef> finish();

 private:
  class Lists;
  ChunkSink& out_;
  const SecretString& cut_key_;
  ChunkSizes sizes_;
  std::unique_ptr<Lists> lists_;
};

/// The object of one stream.
Result<ObjectRef> write_object(ByteSource& in, ChunkSink& out, const SecretString& cut_key,
                               const ChunkSizes& sizes = {});

/// Bytes of an object from `offset` to its end, each chunk verified; a range reads no more chunks than it
/// touches. `chunks` must outlive it.  Errors of read(): kCorrupt, kNotFound  a chunk is damaged or missing;
/// names it
std::unique_ptr<ByteSource> open_object(ChunkSource& chunks, const ObjectRef& object,
                                        std::uint64_t offset = 0);

/// The whole object; while `out` takes one chunk those behind it are opened on `threads` others.
/// Bounds: two chunks for each thread and one
Status copy_object(ChunkSource& chunks, const ObjectRef& object, ByteSink& out, unsigned threads);

}  // namespace mk::vault
