#pragma once
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "vault/index_file.h"

namespace mk::vault {

/// Where each chunk lies. Built from the packs' own entries, never from anything else. Of several places of a
/// chunk the one in the pack that comes last counts.
/// Bounds: 44 bytes a chunk; with a file only those that are new, at most 24 MB before they go into the file
class ChunkIndex {
 public:
  ChunkIndex() = default;
  /// Begins with what the file has, if it is there and good, and writes to it what add() brings.
  ChunkIndex(std::filesystem::path file, const VaultId& vault);

  struct Place {
    PackId pack;
    ChunkKind kind = ChunkKind::kData;
    std::uint32_t offset = 0, length = 0;
    std::size_t row = 0;  // below rows()
  };
  bool has(const PackId& pack) const { return numbers_.contains(pack); }
  /// All entries of a pack; whether there are others, packs() tells.
  bool has(const PackId& pack, const PackIndex& entries) const;
  void add(const PackId& pack, const PackIndex& entries);
  /// From now on these packs count, in this order, and no others.
  void set_packs(std::span<const PackId> packs);
  /// To be called after the last add() and before the first find(). Rows have other numbers afterwards.
  void settle();
  std::optional<Place> find(const ChunkId& id) const;
  std::size_t rows() const { return on_disk().size() + rows_.size(); }
  /// What is known of the packs that count.
  struct PackFacts {
    PackId id;
    ChunkKind kind = ChunkKind::kData;
    std::uint64_t bytes = 0, chunks = 0;
  };
  std::vector<PackFacts> packs() const;
  /// Calls `visit` for the chunks in these packs that others may have too.
  void visit_shared(std::span<const PackId> packs, const std::function<void(const ChunkId&)>& visit) const;
  /// Packs that come from the file, with their lengths.
  std::map<PackId, std::uint64_t> packs_from_file() const;

 private:
  static constexpr std::uint32_t kGone = IndexFile::kGone;
  std::span<const IndexRow> on_disk() const;
  void take_packs_of_file();
  void sort();
  void save();
  std::vector<IndexPack> packs_;
  std::vector<std::uint32_t> order_;  // of packs_; kGone: does not count
  std::map<PackId, std::uint32_t> numbers_;
  std::vector<IndexRow> rows_;  // that are not in the file
  std::filesystem::path path_;  // empty: no file
  VaultId vault_;
  std::optional<IndexFile> file_;
};

/// Reads the entries of packs that the index does not have yet, and lets no others count than `packs`. What
/// cannot be read or is not in the store goes to `damage`, named.
/// Errors: kUnavailable, kDenied  says nothing about the packs
Status update_index(Store& store, std::span<const PackId> packs, ChunkIndex& index,
                    std::vector<std::string>& damage);

/// The record of a chunk, read from its place. `bytes` holds what `record` points into.
struct StoredRecord {
  ByteString bytes;
  Record record;
};
/// Errors: kNotFound  the pack is missing; kCorrupt, kTruncated  damaged, or another chunk lies there
Result<StoredRecord> read_record(Store& store, const ChunkId& id, const ChunkIndex::Place& place);

}  // namespace mk::vault
