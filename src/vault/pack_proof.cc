#include "vault/pack_proof.h"

namespace mk::vault {
namespace {

class PackProof {
 public:
  PackProof(Vault& vault, std::set<PackId>& proven) : vault_(vault), proven_(proven) {
    for (const auto& pack : vault.index().packs()) chunks_.emplace(pack.id, pack.chunks);
  }

  Status operator()(const PackId& pack) {
    if (proven_.contains(pack)) return ok;
    Status done = read(pack);
    if (!done) return std::move(done).error().in("pack " + pack.brief());
    proven_.insert(pack);
    return ok;
  }

 private:
  Status read(const PackId& pack) {
    TRY_ASSIGN(const ByteString bytes, get_whole(vault_.store(), pack_name(pack), kMaxPackBytes));
    TRY(check_pack(vault_.id(), pack, as_bytes(bytes)));
    TRY_ASSIGN(const PackIndex there, decode_pack_index(as_bytes(bytes)));
    const auto n = chunks_.find(pack);
    if (n != chunks_.end() && n->second == there.entries.size() && vault_.index().has(pack, there)) return ok;
    return Error{Code::kCorrupt,
                 "it does not hold what the index says, which was made of another one of this name"};
  }

  Vault& vault_;
  std::set<PackId>& proven_;
  std::map<PackId, std::uint64_t> chunks_;  // in the index
};

/// In which points find what `unneeded` have too.
std::set<PackId> packs_instead(const ChunkIndex& index, const Marks& marks,
                               std::span<const PackId> unneeded) {
  std::set<PackId> packs;
  index.visit_shared(unneeded, [&](const ChunkId& id) {
    const auto place = index.find(id);
    if (place && marks.rows[place->row]) packs.insert(place->pack);
  });
  return packs;
}

std::set<PackId> packs_with_marks(const Marks& marks) {
  std::set<PackId> packs;
  for (const auto& [pack, bytes] : marks.bytes) packs.insert(pack);
  return packs;
}

}  // namespace

Status prove_unneeded(Vault& vault, const Marks& marks, std::span<const PackId> unneeded,
                      std::set<PackId>& proven) {
  PackProof proof(vault, proven);
  bool whole = true;
  for (const PackId& pack : unneeded) {
    const Status done = proof(pack);
    if (!done && says_nothing(done.error())) return done;
    whole = whole && done;
  }
  const auto relied_on = whole ? packs_instead(vault.index(), marks, unneeded) : packs_with_marks(marks);
  for (const PackId& pack : relied_on) TRY(proof(pack));
  return ok;
}

}  // namespace mk::vault
