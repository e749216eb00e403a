#include "vault/pack_proof.h"

namespace mk::vault {

PackProof::PackProof(Store& store, const VaultId& vault, const ChunkIndex& index, std::set<PackId>& proven)
    : store_(store), vault_(vault), index_(index), proven_(proven) {
  for (const auto& pack : index.packs()) chunks_.emplace(pack.id, pack.chunks);
}

Status PackProof::operator()(const PackId& pack) {
  if (proven_.contains(pack)) return ok;
  Status done = read(pack);
  if (!done) return std::move(done).error().in("pack " + pack.brief());
  proven_.insert(pack);
  return ok;
}

Status PackProof::read(const PackId& pack) {
  TRY_ASSIGN(const ByteString bytes, get_whole(store_, pack_name(pack), kMaxPackBytes));
  TRY(check_pack(vault_, pack, as_bytes(bytes)));
  TRY_ASSIGN(const PackIndex there, decode_pack_index(as_bytes(bytes)));
  const auto known = chunks_.find(pack);
  if (known != chunks_.end() && known->second == there.entries.size() && index_.has(pack, there)) return ok;
  return Error{Code::kCorrupt,
               "it does not hold what the index says, which was made of another one of this name"};
}

}  // namespace mk::vault
