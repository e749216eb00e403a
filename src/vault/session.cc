#include "vault/session.h"

#include <fmt/format.h>

#include "vault/object.h"

namespace mk::vault {
namespace {

/// Far shorter than the hour that a session may be silent.
constexpr std::chrono::minutes kRenewEvery{10};

}  // namespace

Session::Session(Vault& vault, Clock& clock, const SessionOptions& options)
    : vault_(vault),
      clock_(clock),
      compression_(options.compression),
      data_(vault.id(), ChunkKind::kData, options.pack_bytes),
      nodes_(vault.id(), ChunkKind::kNode, options.pack_bytes),
      locks_(vault) {}

Status Session::open() {
  const auto decide = [&]() -> Result<Draft> {
    if (vault_.state().horizon() > vault_.view())
      return Error{Code::kConflict, "packs were deleted since the vault was opened; open it again"};
    Draft draft;
    draft.head.type = LogType::kOpen;
    draft.head.target = vault_.view();
    return draft;
  };
  const bool others = !vault_.state().sessions().empty();
  TRY_ASSIGN(number_, vault_.append(decide, to_file_time(clock_.now())));
  renewed_ = clock_.steady();
  return others ? find_left_packs() : Status(ok);
}

Status Session::check_open() const {
  if (vault_.state().sessions().contains(number_)) return ok;
  return Error{Code::kConflict,
               "prune has ended this session, since nothing was heard of it for long; run it again: what it "
               "stored is used as far as it is still there"};
}

Status Session::renew() {
  const auto decide = [&]() -> Result<Draft> {
    TRY(check_open());
    Draft draft;
    draft.head.type = LogType::kRenew;
    draft.head.target = number_;
    return draft;
  };
  TRY(vault_.append(decide, to_file_time(clock_.now())));
  renewed_ = clock_.steady();
  return ok;
}

Result<ChunkId> Session::put(ChunkKind kind, std::span<const ChunkId> refs, Bytes plain) {
  if (number_.value == 0) TRY(open());
  if (clock_.steady() - renewed_ >= kRenewEvery) TRY(renew());
  const ChunkName name = name_chunk(vault_.keys(), kind, refs, plain);
  const ChunkId& id = name.id;
  ++counts_.chunks;
  if (new_.contains(id)) return id;
  if (const auto place = vault_.index().find(id); place && place->kind == kind) return id;
  TRY_ASSIGN(const bool left, take_left(id));
  if (left) return id;
  TRY_ASSIGN(record_, seal_chunk(vault_.id(), vault_.keys(), name, kind, refs, plain, compression_,
                                 std::move(record_)));
  PackBuilder& builder = kind == ChunkKind::kData ? data_ : nodes_;
  builder.add(id, as_bytes(record_));
  new_.insert(id);
  ++counts_.new_chunks;
  counts_.raw_bytes += plain.size();
  counts_.stored_bytes += record_.size();
  if (builder.full()) TRY(flush(builder));
  return id;
}

Result<ObjectRef> Session::put_object(ByteSource& in) { return write_object(in, *this, vault_.keys().cut); }

Status Session::flush(PackBuilder& builder) {
  if (builder.empty()) return ok;
  auto pack = builder.finish();
  const FileTime locked_until = locks_.for_new_pack(to_file_time(clock_.now()));
  TRY(put_pack(vault_.store(), pack, locked_until));
  locks_.put(pack.id, locked_until);
  packs_.push_back(pack.id);
  builder.reuse(std::move(pack.bytes));
  return ok;
}

/// Only where a session is open that did not commit there can be any that are of use.
Status Session::find_left_packs() {
  TRY_ASSIGN(const auto unknown, unknown_packs(vault_.store(), vault_.state()));
  for (const auto& [pack, bytes] : unknown) {
    const auto index = read_pack_index(vault_.store(), pack);
    if (!index) continue;  // nobody needs it
    for (const PackEntry& e : index->entries) left_.emplace(e.id, pack);
  }
  return ok;
}

/// True when a pack that a killed session left has the chunk: the pack is this session's from now on.
Result<bool> Session::take_left(const ChunkId& id) {
  const auto found = left_.find(id);
  if (found == left_.end()) return false;
  const PackId pack = found->second;
  std::vector<ChunkId> opened;
  const auto open = [&](const Record& r) -> Status {
    TRY(open_record(vault_.id(), vault_.keys(), r));
    opened.push_back(r.head.id);
    return ok;
  };
  const auto bytes = get_whole(vault_.store(), pack_name(pack), kMaxPackBytes);
  if (!bytes && bytes.error().code == Code::kUnavailable) return bytes.error();
  if (!bytes || !check_pack(vault_.id(), pack, as_bytes(*bytes), open)) {
    std::erase_if(left_, [&](const auto& left) { return left.second == pack; });
    return false;
  }
  TRY(vault_.store().sync(pack_name(pack)));
  packs_.push_back(pack);
  for (const ChunkId& taken : opened) {
    new_.insert(taken);
    left_.erase(taken);
  }
  return true;
}

/// Its own, and those that were condemned while it may have come to rely on them.
std::vector<PackId> Session::packs_to_name() const {
  std::vector<PackId> packs = packs_;
  for (const auto& [pack, state] : vault_.state().packs())
    if (state.is == PackState::Is::kCondemned && state.was_live && state.condemned > vault_.view())
      packs.push_back(pack);
  return packs;
}

Result<LogNumber> Session::commit(const std::string& name, const TreeWriter::Root& root, FileTime now) {
  if (name.empty() || name.size() > kMaxPointName)
    return Error{Code::kInvalid, fmt::format("the name of a restore point has 1 to {} bytes", kMaxPointName)};
  if (number_.value == 0) TRY(open());
  TRY(flush(data_));
  TRY(flush(nodes_));
  TRY(vault_.renew_locks(now));
  const auto decide = [&]() -> Result<Draft> {
    TRY(check_open());
    Draft draft;
    draft.head.type = LogType::kCommit;
    draft.head.root = root.id;
    draft.head.target = number_;
    draft.packs = packs_to_name();
    TRY(locks_.lock(now, draft.packs));
    draft.facts = {root.level, root.entries, root.bytes, name};
    return draft;
  };
  TRY_ASSIGN(const LogNumber number, vault_.append(decide, now));
  packs_.clear();
  number_ = {};
  return number;
}

Result<std::map<PackId, std::uint64_t>> unknown_packs(Store& store, const LogState& state) {
  TRY_ASSIGN(auto packs, list_packs(store));
  std::erase_if(packs, [&](const auto& p) { return state.find(p.first) != nullptr; });
  return packs;
}

}  // namespace mk::vault
