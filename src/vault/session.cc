#include "vault/session.h"

#include <fmt/format.h>

#include "vault/object.h"

namespace mk::vault {

Session::Session(Vault& vault)
    : vault_(vault), data_(vault.id(), ChunkKind::kData), nodes_(vault.id(), ChunkKind::kNode) {}

Result<ChunkId> Session::put(ChunkKind kind, std::span<const ChunkId> refs, Bytes plain) {
  const ChunkId id = chunk_id(vault_.keys(), kind, refs, plain);
  ++counts_.chunks;
  if (new_.contains(id)) return id;
  if (const auto place = vault_.index().find(id); place && place->kind == kind) return id;
  TRY_ASSIGN(const ByteString record, seal_chunk(vault_.id(), vault_.keys(), id, kind, refs, plain));
  PackBuilder& builder = kind == ChunkKind::kData ? data_ : nodes_;
  builder.add(id, as_bytes(record));
  new_.insert(id);
  ++counts_.new_chunks;
  counts_.raw_bytes += plain.size();
  counts_.stored_bytes += record.size();
  if (builder.full()) TRY(flush(builder));
  return id;
}

Result<ObjectRef> Session::put_object(ByteSource& in) { return write_object(in, *this, vault_.keys().cut); }

Status Session::flush(PackBuilder& builder) {
  if (builder.empty()) return ok;
  const auto pack = builder.finish();
  TRY(vault_.store().put(pack_name(pack.id), as_bytes(pack.bytes)));
  packs_.push_back(pack.id);
  return ok;
}

Result<LogNumber> Session::commit(const std::string& name, const TreeWriter::Root& root, FileTime now) {
  if (name.empty() || name.size() > kMaxPointName)
    return Error{Code::kInvalid, fmt::format("the name of a restore point has 1 to {} bytes", kMaxPointName)};
  TRY(flush(data_));
  TRY(flush(nodes_));
  LogHead head;
  head.type = LogType::kCommit;
  head.root = root.id;
  TRY_ASSIGN(const LogNumber number,
             vault_.append(head, packs_, {root.level, root.entries, root.bytes, name}, now));
  packs_.clear();
  return number;
}

}  // namespace mk::vault
