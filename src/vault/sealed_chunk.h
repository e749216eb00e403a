#pragma once
#include <vector>

#include "vault/compress.h"
#include "vault/keys.h"

namespace mk::vault {

enum class ChunkKind : std::uint8_t { kData = 1, kNode = 2 };

inline constexpr std::size_t kMaxChunkBytes = 4 * 1024 * 1024;
inline constexpr std::size_t kMaxSealedBytes = 8 * 1024 * 1024;
inline constexpr std::size_t kMaxRefs = 65'536;

/// RECORD: what stands before a chunk in a pack.  docs/formats/vault.md
struct RecordHead {
  static constexpr char kName[] = "RECORD";
  ChunkId id;
  ChunkKind kind = ChunkKind::kData;
  std::array<std::uint8_t, 3> reserved{};
  std::uint32_t n_refs = 0, sealed_bytes = 0;
  Nonce nonce{};
  static constexpr void fields(auto& io, auto& t) {
    io("id", t.id), io("kind", t.kind), io("reserved", t.reserved), io("n_refs", t.n_refs);
    io("sealed_bytes", t.sealed_bytes), io("nonce", t.nonce);
  }
};
static_assert(wire_size<RecordHead>() == 56);

/// What a record says without a key; `sealed` lies in the bytes it was decoded from.
struct Record {
  RecordHead head;
  std::vector<ChunkId> refs;
  Bytes sealed;
  std::size_t bytes = 0;  // of the whole record
};
/// The record at the front of `in`.  Errors: kCorrupt, kTruncated; they name field and offset
Result<Record> decode_record(Bytes in, std::uint64_t at = 0);

/// A chunk and the ids it refers to.
struct Chunk {
  ChunkKind kind = ChunkKind::kData;
  std::vector<ChunkId> refs;
  ByteString plain;
};

ChunkId chunk_id(const Keys& keys, ChunkKind kind, std::span<const ChunkId> refs, Bytes plain);
/// The id of a chunk that is to be stored, and the XXH3 of the same bytes, taken before it.
struct ChunkName {
  ChunkId id;
  std::uint64_t plain_xxh3 = 0;
};
ChunkName name_chunk(const Keys& keys, ChunkKind kind, std::span<const ChunkId> refs, Bytes plain);
/// The whole record: compressed where that helps, padded, encrypted, and opened again before it is given:
/// what comes back is what `name` was given to.  `room`: memory to use again.
/// Errors: kInternal  it does not come back: bad memory
Result<ByteString> seal_chunk(const VaultId& vault, const Keys& keys, const ChunkName& name, ChunkKind kind,
                              std::span<const ChunkId> refs, Bytes plain,
                              Compression how = Compression::kNormal, ByteString room = {});
/// Errors: kCorrupt  another key or vault, or changed; the id is not that of the content
Result<Chunk> open_record(const VaultId& vault, const Keys& keys, const Record& record);

}  // namespace mk::vault
