#pragma once
#include "archive/records.h"
#include "base/io.h"

namespace mk::archive {

/// Values of this size and more are cut for themselves, so that equal ones are stored once.
inline constexpr std::uint32_t kOwnChunks = 32 * 1024;

/// Stores an exported item (record framing around a FastTransfer stream) as an object.
///
/// Format:  docs/formats/archive.md, "Items"
/// Shape:   reads `stream` twice: what is in it, then its bytes. What does not have the framing is kept as it
/// is Errors:  those of `stream` and `out` Bounds:  8 MiB and a list node per level; 8 bytes for each change
/// of the buffers' length
Result<StoredStream> write_item_stream(const Blob& stream, vault::ChunkSink& out,
                                       const SecretString& cut_key);

/// Streams shorter than this lie in a chunk with others: see ItemGroup.
inline constexpr std::uint32_t kGroupedStreams = 32 * 1024;

/// A short stream as it lies in a chunk.
struct PackedStream {
  ByteString bytes;
  Sha256Digest sha256{};  // of the stream as it came
};
Result<PackedStream> pack_item_stream(const Blob& stream);

/// Writes the stream back, byte for byte as it came.
/// Errors: kCorrupt  the framing or the SHA-256 is wrong (what was written is void then); kNotFound, kCorrupt
/// of `chunks`; those of `out`
Status read_item_stream(vault::ChunkSource& chunks, const StoredStream& stream, ByteSink& out);

}  // namespace mk::archive
