#pragma once
// For tests only: chunks in memory, and trees of them.
#include "vault/fixture_test.h"

namespace mk::vault {

inline const VaultId kVault{{7}};
inline const Keys kKeys = derive_keys(kVault, SecretString(ByteString(32, 'm')));

struct Nodes final : ChunkSink, ChunkSource {
  std::map<ChunkId, Chunk> all;
  std::set<ChunkId> added;
  std::size_t n_read = 0;
  Result<ChunkId> put(ChunkKind kind, std::span<const ChunkId> refs, Bytes plain) override {
    const auto id = chunk_id(kKeys, kind, refs, plain);
    if (all.emplace(id, Chunk{kind, {refs.begin(), refs.end()}, ByteString(as_chars(plain))}).second)
      added.insert(id);
    return id;
  }
  Result<Chunk> get(const ChunkId& id, ChunkKind) override {
    ++n_read;
    if (all.contains(id)) return all[id];
    return Error{Code::kNotFound, id.brief()};
  }
  TreeWriter::Root tree(const std::map<std::string, std::string>& entries) {
    TreeWriter w(*this, kKeys.tree_cut);
    for (const auto& [key, attributes] : entries) EXPECT_TRUE(w.add({key, attributes, {10, 0, {{1, 1}}}}));
    return *w.finish();
  }
  TreeWriter::Root tree(int n, int changed = -1) {
    std::map<std::string, std::string> entries;
    for (int i = 0; i < n; ++i) entries["key" + std::to_string(1'000'000 + i)] = i == changed ? "new" : "old";
    return tree(entries);
  }
};

}  // namespace mk::vault
