#pragma once
#include "base/io.h"
#include "vault/chunker.h"
#include "vault/node.h"

namespace mk::vault {

/// Cuts a stream into chunks and puts them, with the lists that find them again.
/// Bounds: 2 * sizes.max_bytes and one list node per level.
Result<ObjectRef> write_object(ByteSource& in, ChunkSink& out, const SecretString& cut_key,
                               const ChunkSizes& sizes = {});

/// Bytes of an object from `offset` to its end, each chunk verified; a range reads no more chunks than it
/// touches. `chunks` must outlive it.  Errors of read(): kCorrupt, kNotFound  a chunk is damaged or missing;
/// names it
std::unique_ptr<ByteSource> open_object(ChunkSource& chunks, const ObjectRef& object,
                                        std::uint64_t offset = 0);

}  // namespace mk::vault
