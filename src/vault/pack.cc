#include "vault/pack.h"

#include <fmt/format.h>

#include <algorithm>

namespace mk::vault {
namespace {

constexpr std::size_t kEntryBytes = wire_size<PackEntry>();

Error corrupt(std::string_view what) { return {Code::kCorrupt, std::string(what)}; }

/// The trailer of a pack of `size` bytes.
Result<PackTrailer> decode_trailer(Bytes bytes, std::uint64_t size) {
  TRY_ASSIGN(const PackTrailer t, decode<PackTrailer>(bytes, size - bytes.size()));
  if (t.magic != PackTrailer{}.magic || t.reserved != PackTrailer{}.reserved || t.kind < ChunkKind::kData ||
      t.kind > ChunkKind::kNode)
    return corrupt("TRAILER: not the end of a pack; is it cut?");
  const std::uint64_t end =
      t.entries_at + std::uint64_t{t.n_entries} * kEntryBytes + wire_size<PackTrailer>();
  if (t.entries_at < wire_size<PackHeader>() || end != size)
    return corrupt(fmt::format("TRAILER.n_entries {}: does not fit a pack of {} bytes", t.n_entries, size));
  return t;
}

Result<std::vector<PackEntry>> decode_entries(const PackTrailer& t, Bytes bytes) {
  if (xxh3(bytes) != t.entries_xxh3) return corrupt("TRAILER.entries_xxh3: the entries are damaged");
  Reader r(bytes, t.entries_at);
  std::vector<PackEntry> entries;
  r.list("entries", t.n_entries, entries);
  if (!r.ok()) return r.error("ENTRY");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const PackEntry& e = entries[i];
    if (e.offset < wire_size<PackHeader>() || std::uint64_t{e.offset} + e.length > t.entries_at)
      return corrupt(fmt::format("ENTRY {} points out of the pack", e.id.brief()));
    if (i > 0 && !(entries[i - 1].id < e.id)) return corrupt("ENTRY: not sorted");
  }
  return entries;
}

Status check_header(const PackHeader& header, const VaultId& vault, ChunkKind kind) {
  if (header.magic != PackHeader{}.magic || header.reserved != PackHeader{}.reserved || header.vault != vault)
    return corrupt("PACKHEADER: of another vault");
  return header.kind == kind ? Status(ok) : corrupt("PACKHEADER.kind: not that of the TRAILER");
}

Status check_size(std::uint64_t size) {
  if (size > kMaxPackBytes || size < wire_size<PackHeader>() + wire_size<PackTrailer>())
    return corrupt(fmt::format("{} bytes: no pack has such a length", size));
  return ok;
}

}  // namespace

std::string pack_name(const PackId& id) { return "packs/" + id.hex().substr(0, 2) + "/" + id.hex(); }

PackBuilder::PackBuilder(const VaultId& vault, ChunkKind kind, std::size_t pack_bytes)
    : pack_bytes_(pack_bytes) {
  header_.vault = vault;
  header_.kind = kind;
  begin();
}

void PackBuilder::begin() {
  bytes_ = encode(header_);
  entries_.clear();
}

void PackBuilder::add(const ChunkId& id, Bytes record) {
  // once it is large it will be full, and growing by doubling would touch each page twice
  if (bytes_.size() + record.size() > pack_bytes_ / 16) bytes_.reserve(pack_bytes_ + kMaxSealedBytes);
  entries_.push_back(
      {id, static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(record.size())});
  bytes_.append(as_chars(record));
}

PackBuilder::Pack PackBuilder::finish() {
  std::sort(entries_.begin(), entries_.end());
  PackTrailer t;
  t.kind = header_.kind;
  t.n_entries = static_cast<std::uint32_t>(entries_.size());
  t.entries_at = static_cast<std::uint32_t>(bytes_.size());
  for (const PackEntry& e : entries_) encode_to(bytes_, e);
  t.entries_xxh3 = xxh3(as_bytes(bytes_).subspan(t.entries_at));
  encode_to(bytes_, t);
  const auto id = PackId::of(sha256(as_bytes(bytes_)));
  Pack pack{id, std::move(bytes_), std::move(entries_)};
  begin();
  return pack;
}

void PackBuilder::reuse(ByteString memory) {
  memory.assign(bytes_);
  bytes_ = std::move(memory);
}

Status put_pack(Store& store, const PackBuilder::Pack& pack, FileTime locked_until) {
  const std::string name = pack_name(pack.id);
  Status done = put_until(store, name, as_bytes(pack.bytes), locked_until);
  if (done || done.error().code != Code::kConflict) return done;
  TRY_ASSIGN(const ByteString there, get_whole(store, name, kMaxPackBytes));
  if (there == pack.bytes) return locked_until == FileTime{} ? Status(ok) : store.lock(name, locked_until);
  return corrupt(fmt::format("{}: damaged, and in the way of the same pack", name));
}

Result<std::map<PackId, std::uint64_t>> list_packs(Store& store) {
  std::map<PackId, std::uint64_t> packs;
  TRY(store.list("packs/", [&](const std::string& name, std::uint64_t bytes) -> Status {
    const auto id = parse_id<PackTag>(name.substr(name.rfind('/') + 1));
    if (id && pack_name(*id) == name) packs.emplace(*id, bytes);
    return ok;
  }));
  return packs;
}

Result<PackIndex> read_pack_index(Store& store, const PackId& id) {
  const auto read = [&]() -> Result<PackIndex> {
    TRY_ASSIGN(const std::uint64_t size, store.head(pack_name(id)));
    TRY(check_size(size));
    const std::size_t n = wire_size<PackTrailer>();
    TRY_ASSIGN(const ByteString tail, store.get(pack_name(id), size - n, n));
    TRY_ASSIGN(const PackTrailer t, decode_trailer(as_bytes(tail), size));
    TRY_ASSIGN(const ByteString bytes, store.get(pack_name(id), t.entries_at, size - n - t.entries_at));
    TRY_ASSIGN(auto entries, decode_entries(t, as_bytes(bytes)));
    return PackIndex{t.kind, std::move(entries), size};
  };
  auto index = read();
  if (!index) return std::move(index).error().in("pack " + id.brief());
  return index;
}

Result<PackIndex> decode_pack_index(Bytes pack) {
  TRY(check_size(pack.size()));
  const std::size_t n = wire_size<PackTrailer>();
  TRY_ASSIGN(const PackTrailer t, decode_trailer(pack.last(n), pack.size()));
  TRY_ASSIGN(auto entries, decode_entries(t, pack.subspan(t.entries_at, pack.size() - n - t.entries_at)));
  return PackIndex{t.kind, std::move(entries), pack.size()};
}

Status check_pack_header(Store& store, const VaultId& vault, const PackId& id, ChunkKind kind) {
  const auto check = [&]() -> Status {
    TRY_ASSIGN(const ByteString bytes, store.get(pack_name(id), 0, wire_size<PackHeader>()));
    TRY_ASSIGN(const PackHeader header, decode<PackHeader>(as_bytes(bytes)));
    return check_header(header, vault, kind);
  };
  Status done = check();
  return done ? done : std::move(done).error().in("pack " + id.brief());
}

Status check_pack(const VaultId& vault, const PackId& id, Bytes bytes,
                  const std::function<Status(const Record&)>& visit) {
  if (PackId::of(sha256(bytes)) != id) return corrupt("its content is not that of its name");
  TRY_ASSIGN(const PackHeader header, decode<PackHeader>(bytes));
  TRY_ASSIGN(const PackIndex index, decode_pack_index(bytes));
  TRY(check_header(header, vault, index.kind));
  const Bytes records =
      bytes.first(bytes.size() - wire_size<PackTrailer>() - index.entries.size() * kEntryBytes);
  std::vector<PackEntry> found;
  for (std::size_t at = wire_size<PackHeader>(); at < records.size();) {
    TRY_ASSIGN(const Record record, decode_record(records.subspan(at), at));
    if (record.head.kind != index.kind) return corrupt("RECORD.kind: not the pack's");
    found.push_back(
        {record.head.id, static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(record.bytes)});
    if (visit) TRY(visit(record));
    at += record.bytes;
  }
  std::sort(found.begin(), found.end());
  if (found != index.entries) return corrupt("ENTRY: the entries are not those of the records");
  return ok;
}

}  // namespace mk::vault
