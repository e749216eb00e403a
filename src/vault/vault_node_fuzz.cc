// A metadata node: two bytes for the number of refs, then its plaintext. What decodes is encoded again.
#include "vault/node.h"

using namespace mk;
using namespace mk::vault;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  Chunk chunk{ChunkKind::kNode, std::vector<ChunkId>(std::size_t{data[0]} | std::size_t{data[1]} << 8u), {}};
  chunk.plain.assign(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto node = decode_node(chunk);
  if (node) static_cast<void>(decode_node(encode_node(*node)));
  return 0;
}
