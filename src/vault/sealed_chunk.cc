#include "vault/sealed_chunk.h"

#include <fmt/format.h>

#include <bit>

namespace mk::vault {
namespace {

constexpr std::string_view kAadName = "mailkeep record1";

/// FRAME: what is encrypted.
struct Frame {
  static constexpr char kName[] = "FRAME";
  Codec codec = Codec::kStored;
  std::array<std::uint8_t, 3> reserved{};
  std::uint32_t raw_bytes = 0, payload_bytes = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("codec", t.codec), io("reserved", t.reserved), io("raw_bytes", t.raw_bytes);
    io("payload_bytes", t.payload_bytes);
  }
};
static_assert(wire_size<Frame>() == 12);

/// The Padme length: as many leading digits as the length of the length, the rest zero. At most 12 % more.
std::size_t padded(std::size_t n) {
  const auto exponent = static_cast<unsigned>(std::bit_width(n) - 1);
  const auto digits = static_cast<unsigned>(std::bit_width(exponent));
  if (exponent <= digits) return n;
  const std::size_t low = (std::size_t{1} << (exponent - digits)) - 1;
  return (n + low) & ~low;
}

SecretString key_of(const Keys& keys, const ChunkId& id) {
  return hkdf_expand(keys.data, {as_bytes("mailkeep chunk"), id.view()});
}

ByteString aad_of(const VaultId& vault, const RecordHead& head, std::span<const ChunkId> refs) {
  ByteString aad(kAadName);
  encode_to(aad, vault);
  RecordHead without_nonce = head;
  without_nonce.nonce = {};
  encode_to(aad, without_nonce);
  for (const ChunkId& r : refs) encode_to(aad, r);
  return aad;
}

/// What each chunk needs for a moment, kept for the next: fresh memory for large buffers costs more than
/// encrypting does. No chunk has more than kMaxChunkBytes.
struct Rooms {
  ByteString compressed, opened, plain;
};
Rooms& rooms() {
  thread_local Rooms rooms;
  return rooms;
}

/// What a frame says.
struct Framed {
  Frame frame;
  Bytes payload;
};

/// `room`: where the payload lies if it is compressed.
Framed make_frame(Bytes plain, Compression how, ByteString& room) {
  const auto compressed = compress(plain, room, how);
  const Bytes payload = compressed ? *compressed : plain;
  return {{compressed ? Codec::kZstd : Codec::kStored,
           {},
           static_cast<std::uint32_t>(plain.size()),
           static_cast<std::uint32_t>(payload.size())},
          payload};
}

/// Lies in `in`, or in `room`.
Result<Bytes> open_frame(Bytes in, ByteString& room) {
  Reader r(in);
  Frame frame;
  Frame::fields(r, frame);
  const Bytes payload = r.take("payload", frame.payload_bytes);
  if (!r.ok()) return r.error("FRAME");
  if (frame.raw_bytes > kMaxChunkBytes || frame.reserved != Frame{}.reserved)
    return Error{Code::kCorrupt, fmt::format("FRAME.raw_bytes {}: no chunk is that long", frame.raw_bytes)};
  if (frame.codec == Codec::kStored && frame.raw_bytes == payload.size()) return payload;
  if (frame.codec != Codec::kZstd)
    return Error{Code::kCorrupt, "FRAME.codec: not one of this version of mailkeep"};
  TRY_ASSIGN(room, decompress(payload, frame.raw_bytes, std::move(room)));
  return as_bytes(room);
}

/// Whatever its id. Lies in rooms(), or in `room` if it was compressed.
Result<Bytes> open_sealed(const VaultId& vault, const Keys& keys, const Record& record, ByteString& room) {
  const RecordHead& h = record.head;
  TRY_ASSIGN(rooms().opened,
             unseal(keys.technique, key_of(keys, h.id), h.nonce, as_bytes(aad_of(vault, h, record.refs)),
                    record.sealed, std::move(rooms().opened)));
  return open_frame(as_bytes(rooms().opened), room);
}

/// Refs are in no checksum, and nodes are short: of those the id is worked out again.
bool comes_back(const VaultId& vault, const Keys& keys, const ChunkName& name, Bytes bytes) {
  const auto record = decode_record(bytes);
  if (!record || record->head.id != name.id) return false;
  const auto plain = open_sealed(vault, keys, *record, rooms().plain);
  if (!plain) return false;
  if (record->head.kind == ChunkKind::kData && record->refs.empty()) return xxh3(*plain) == name.plain_xxh3;
  return chunk_id(keys, record->head.kind, record->refs, *plain) == name.id;
}

}  // namespace

Result<Record> decode_record(Bytes in, std::uint64_t at) {
  Reader r(in, at);
  Record record;
  RecordHead& h = record.head;
  RecordHead::fields(r, h);
  if (r.ok() && (h.reserved != RecordHead{}.reserved || h.n_refs > kMaxRefs ||
                 h.sealed_bytes > kMaxSealedBytes || h.kind < ChunkKind::kData || h.kind > ChunkKind::kNode))
    return Error{Code::kCorrupt, fmt::format("RECORD at offset {}: fields that no record has", at)};
  r.list("refs", h.n_refs, record.refs);
  record.sealed = r.take("sealed", h.sealed_bytes);
  const std::size_t body = r.pos();
  std::uint64_t sum = 0;
  r("xxh3", sum);
  if (!r.ok()) return r.error("RECORD");
  if (sum != xxh3(in.first(body)))
    return Error{Code::kCorrupt, fmt::format("RECORD.xxh3 at offset {}: the record is damaged", at)};
  record.bytes = r.pos();
  return record;
}

ChunkId chunk_id(const Keys& keys, ChunkKind kind, std::span<const ChunkId> refs, Bytes plain) {
  ByteString domain(1, static_cast<char>(kind));
  append_le(domain, static_cast<std::uint32_t>(refs.size()));
  for (const ChunkId& r : refs) encode_to(domain, r);
  const Mac mac = hmac(as_bytes(keys.dedup.reveal()), {as_bytes(domain), plain});
  ChunkId id;
  id.bytes[0] = 1;
  std::copy_n(mac.begin(), id.bytes.size() - 1, id.bytes.begin() + 1);
  return id;
}

ChunkName name_chunk(const Keys& keys, ChunkKind kind, std::span<const ChunkId> refs, Bytes plain) {
  const std::uint64_t sum = xxh3(plain);
  return {chunk_id(keys, kind, refs, plain), sum};
}

Result<ByteString> seal_chunk(const VaultId& vault, const Keys& keys, const ChunkName& name, ChunkKind kind,
                              std::span<const ChunkId> refs, Bytes plain, Compression how, ByteString room) {
  MK_CHECK(plain.size() <= kMaxChunkBytes && refs.size() <= kMaxRefs);
  const Framed framed = make_frame(plain, how, rooms().compressed);
  const std::size_t frame_bytes = padded(wire_size<Frame>() + framed.payload.size());
  RecordHead head;
  head.id = name.id, head.kind = kind, head.nonce = random_nonce();
  head.n_refs = static_cast<std::uint32_t>(refs.size());
  head.sealed_bytes = static_cast<std::uint32_t>(sealed_bytes(keys.technique, frame_bytes));
  ByteString out = std::move(room);
  out.clear();
  out.reserve(wire_size<RecordHead>() + refs.size_bytes() + head.sealed_bytes + sizeof(std::uint64_t));
  encode_to(out, head);
  for (const ChunkId& r : refs) encode_to(out, r);
  const std::size_t frame_at = out.size();
  encode_to(out, framed.frame);
  out.append(as_chars(framed.payload));
  out.resize(frame_at + frame_bytes, '\0');
  seal_from(frame_at, keys.technique, key_of(keys, name.id), head.nonce, as_bytes(aad_of(vault, head, refs)),
            out);
  append_le(out, xxh3(as_bytes(out)));
  if (comes_back(vault, keys, name, as_bytes(out))) return out;
  return Error{Code::kInternal,
               "a chunk does not come back from its record; is the memory of this machine bad?"};
}

Result<Chunk> open_record(const VaultId& vault, const Keys& keys, const Record& record) {
  ByteString room;
  const auto plain = open_sealed(vault, keys, record, room);
  if (!plain) return Error(plain.error()).in("chunk " + record.head.id.brief());
  if (chunk_id(keys, record.head.kind, record.refs, *plain) != record.head.id)
    return Error{Code::kCorrupt, "chunk " + record.head.id.brief() + ": its content is not that of its id"};
  if (plain->data() != as_bytes(room).data()) room.assign(as_chars(*plain));
  return Chunk{record.head.kind, record.refs, std::move(room)};
}

}  // namespace mk::vault
