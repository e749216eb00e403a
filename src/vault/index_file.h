#pragma once
#include <filesystem>
#include <optional>

#include "vault/pack.h"

namespace mk::vault {

/// Where a chunk lies: `pack` is a number in the table of packs.
struct IndexRow {
  ChunkId id;
  std::uint32_t pack = 0, offset = 0, length = 0;
};
static_assert(sizeof(IndexRow) == 44);  // as it lies in the file

struct IndexPack {
  static constexpr char kName[] = "INDEXPACK";
  PackId id;
  ChunkKind kind = ChunkKind::kData;
  std::array<std::uint8_t, 7> reserved{};
  std::uint64_t bytes = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("id", t.id), io("kind", t.kind), io("reserved", t.reserved), io("bytes", t.bytes);
  }
};
static_assert(wire_size<IndexPack>() == 48);

/// What an index file holds; `rows` lie in the bytes it was decoded from, sorted by id.
struct IndexTable {
  std::vector<IndexPack> packs;
  std::span<const IndexRow> rows;
};
/// `bytes` begin where an IndexRow may.  Errors: kCorrupt, kTruncated
Result<IndexTable> decode_index(Bytes bytes, const VaultId& vault);

/// An index of chunks in a file of the client, mapped: what was read of packs once need not be read again,
/// nor kept in memory. It holds nothing that is not in the packs.  docs/formats/vault.md, "Index file"
class IndexFile {
 public:
  /// Errors: kNotFound; kCorrupt, kTruncated  not such a file, damaged, of another vault: throw it away
  static Result<IndexFile> open(const std::filesystem::path& path, const VaultId& vault);

  /// Merges two sorted lists into a new file, which takes the place of an old one in one step. `numbers` has
  /// the new number of each old pack; rows of packs with kGone are left out.
  static constexpr std::uint32_t kGone = ~std::uint32_t{0};
  struct Content {
    std::span<const IndexPack> packs;
    std::span<const std::uint32_t> numbers;
    std::span<const IndexRow> a, b;
  };
  static Status write(const std::filesystem::path& path, const VaultId& vault, const Content& content);

  IndexFile(IndexFile&& other) noexcept;
  IndexFile& operator=(IndexFile&& other) noexcept;
  ~IndexFile();

  const std::vector<IndexPack>& packs() const { return table_.packs; }
  std::span<const IndexRow> rows() const { return table_.rows; }

 private:
  explicit IndexFile(Bytes mapped) : mapped_(mapped) {}
  Bytes mapped_;
  IndexTable table_;
};

}  // namespace mk::vault
