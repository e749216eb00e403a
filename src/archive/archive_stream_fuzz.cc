// The object of an item's stream: its first 8 bytes say how long the stream is said to be; and the same bytes
// as a stream that is stored and comes back.
#include "archive/item_stream.h"

#include <map>

#include "base/wire.h"
#include "vault/object.h"

using namespace mk;
using namespace mk::archive;

namespace {

/// Chunks in memory, by number.
struct Chunks final : vault::ChunkSink, vault::ChunkSource {
  std::map<vault::ChunkId, vault::Chunk> all;
  Result<vault::ChunkId> put(vault::ChunkKind kind, std::span<const vault::ChunkId> refs,
                             Bytes plain) override {
    const auto id = vault::ChunkId::of(sha256(plain));
    all[id] = {kind, {refs.begin(), refs.end()}, ByteString(as_chars(plain))};
    return id;
  }
  Result<vault::Chunk> get(const vault::ChunkId& id, vault::ChunkKind) override { return all.at(id); }
};

/// Forgets what it gets, and gets no more than an input can be made of.
struct Nowhere final : ByteSink {
  std::uint64_t n = 0;
  Status write(Bytes bytes) override {
    n += bytes.size();
    return n < (std::uint64_t{1} << 24) ? Status(ok) : Error{Code::kExhausted, "enough"};
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 8) return 0;
  static const SecretString key("fuzz");
  const Bytes in = std::as_bytes(std::span(data, size)).subspan(8);
  Chunks chunks;
  const auto object = vault::write_object(*make_memory_source(in), chunks, key);
  Nowhere nowhere;
  static_cast<void>(read_item_stream(chunks, {*object, load_le<std::uint64_t>(data), {}}, nowhere));
  const auto stored = write_item_stream(*make_memory_blob(ByteString(as_chars(in))), chunks, key);
  ByteString back;
  StringSink sink(back);
  MK_CHECK(stored && read_item_stream(chunks, *stored, sink) && back == as_chars(in));
  return 0;
}
