#pragma once
#include <map>

#include "vault/sealed_chunk.h"
#include "vault/store.h"

namespace mk::vault {

/// Packs: many records in one immutable object, named by its SHA-256.  docs/formats/vault.md

inline constexpr std::size_t kPackBytes = 16 * 1024 * 1024;     // a pack is written when it has so many
inline constexpr std::size_t kMaxPackBytes = 64 * 1024 * 1024;  // no pack is longer

struct PackHeader {
  static constexpr char kName[] = "PACKHEADER";
  std::array<char, 8> magic{'M', 'K', 'P', 'A', 'C', 'K', '0', '1'};
  ChunkKind kind = ChunkKind::kData;
  std::array<std::uint8_t, 7> reserved{};
  VaultId vault;
  static constexpr void fields(auto& io, auto& t) {
    io("magic", t.magic), io("kind", t.kind), io("reserved", t.reserved), io("vault", t.vault);
  }
};
static_assert(wire_size<PackHeader>() == 32);

struct PackEntry {
  static constexpr char kName[] = "ENTRY";
  ChunkId id;
  std::uint32_t offset = 0, length = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("id", t.id), io("offset", t.offset), io("length", t.length);
  }
  auto operator<=>(const PackEntry&) const = default;
};

struct PackTrailer {
  static constexpr char kName[] = "TRAILER";
  std::array<char, 8> magic{'M', 'K', 'P', 'A', 'C', 'K', 'N', 'D'};
  std::uint32_t n_entries = 0, entries_at = 0;
  std::uint64_t entries_xxh3 = 0;
  ChunkKind kind = ChunkKind::kData;
  std::array<std::uint8_t, 7> reserved{};
  static constexpr void fields(auto& io, auto& t) {
    io("magic", t.magic), io("n_entries", t.n_entries), io("entries_at", t.entries_at);
    io("entries_xxh3", t.entries_xxh3), io("kind", t.kind), io("reserved", t.reserved);
  }
};
static_assert(wire_size<PackTrailer>() == 32);

/// Collects records of one kind. Bounds: holds the pack, pack_bytes and one record.
class PackBuilder {
 public:
  PackBuilder(const VaultId& vault, ChunkKind kind, std::size_t pack_bytes = kPackBytes);
  void add(const ChunkId& id, Bytes record);
  bool empty() const { return entries_.empty(); }
  bool full() const { return bytes_.size() >= pack_bytes_; }
  struct Pack {
    PackId id;
    ByteString bytes;
    std::vector<PackEntry> entries;
  };
  /// The finished pack; begins a new one.
  Pack finish();
  /// Builds in the memory of a pack that was written: the kernel would have to zero as much for the next one.
  void reuse(ByteString memory);

 private:
  void begin();
  PackHeader header_;
  std::size_t pack_bytes_;
  ByteString bytes_;
  std::vector<PackEntry> entries_;
};

std::string pack_name(const PackId& id);
/// Nothing happens when the store has it already.  Errors: kCorrupt  what is there under its name is damaged
Status put_pack(Store& store, const PackBuilder::Pack& pack, FileTime locked_until = {});

/// The packs in a store, with their lengths. Other objects below packs/ are left out.
Result<std::map<PackId, std::uint64_t>> list_packs(Store& store);

struct PackIndex {
  ChunkKind kind = ChunkKind::kData;
  std::vector<PackEntry> entries;
  std::uint64_t bytes = 0;  // of the whole pack
};
/// The entries of a pack, without the records. Nothing but checksums stands for them: whoever can write the
/// store can forge them.
/// Errors: kNotFound; kCorrupt, kTruncated  not sorted, outside of the pack, wrong checksum
Result<PackIndex> read_pack_index(Store& store, const PackId& id);
/// The same of the bytes of a whole pack.
Result<PackIndex> decode_pack_index(Bytes pack);

/// Errors: kNotFound; kCorrupt, kTruncated  no pack, of another vault or kind
Status check_pack_header(Store& store, const VaultId& vault, const PackId& id, ChunkKind kind);

/// Checks a whole pack as far as this goes without a key: name, header, each record, and that the entries are
/// those of the records. `visit`, if given, gets each record.
/// Errors: kCorrupt, kTruncated
Status check_pack(const VaultId& vault, const PackId& id, Bytes bytes,
                  const std::function<Status(const Record&)>& visit = nullptr);

}  // namespace mk::vault
