#include "vault/node.h"

#include <fmt/format.h>

#include <memory>

namespace mk::vault {
namespace {

constexpr std::size_t kMaxNodeEntries = 1024;

struct NodeHead {
  static constexpr char kName[] = "NODE";
  NodeType type = NodeType::kLeaf;
  std::uint8_t level = 0;
  std::uint16_t reserved = 0;
  std::uint32_t n = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("type", t.type), io("level", t.level), io("reserved", t.reserved), io("n", t.n);
  }
};

struct LeafHead {
  static constexpr char kName[] = "LEAF";
  std::uint16_t key_bytes = 0, attribute_bytes = 0;
  std::uint8_t depth = 0;
  std::array<std::uint8_t, 3> offset{};
  std::uint64_t size = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("key_bytes", t.key_bytes), io("attribute_bytes", t.attribute_bytes), io("depth", t.depth);
    io("offset", t.offset), io("size", t.size);
  }
};

std::array<std::uint8_t, 3> three_bytes(std::uint32_t n) {
  MK_CHECK(n < kMaxChunkBytes);
  return {static_cast<std::uint8_t>(n), static_cast<std::uint8_t>(n >> 8),
          static_cast<std::uint8_t>(n >> 16)};
}

std::uint32_t number_of(const std::array<std::uint8_t, 3>& b) {
  return b[0] | std::uint32_t{b[1]} << 8 | std::uint32_t{b[2]} << 16;
}

struct InnerHead {
  static constexpr char kName[] = "INNER";
  std::uint16_t key_bytes = 0;
  std::array<std::uint8_t, 6> reserved{};
  std::uint64_t entries = 0, bytes = 0;
  static constexpr void fields(auto& io, auto& t) {
    io("key_bytes", t.key_bytes), io("reserved", t.reserved), io("entries", t.entries), io("bytes", t.bytes);
  }
};

Error corrupt(std::string_view what) { return {Code::kCorrupt, fmt::format("NODE: {}", what)}; }

class NodeReader {
 public:
  explicit NodeReader(const Chunk& chunk) : chunk_(chunk), r_(as_bytes(chunk.plain)) {}

  Result<Node> read() {
    NodeHead h;
    NodeHead::fields(r_, h);
    Node node;
    node.type = h.type, node.level = h.level;
    if (chunk_.kind != ChunkKind::kNode || h.reserved != 0 || h.n > kMaxNodeEntries || h.level >= kMaxLevels)
      return corrupt("fields that no node has");
    for (std::uint32_t i = 0; i < h.n && r_.ok(); ++i) TRY(read_one(node));
    if (!r_.ok()) return r_.error("NODE");
    if (r_.left() != 0 || next_ref_ != chunk_.refs.size()) return corrupt("more refs or bytes than entries");
    return node;
  }

 private:
  Status read_one(Node& node) {
    if (node.type == NodeType::kLeaf && node.level == 0) return read_leaf(node);
    if (node.type == NodeType::kInner && node.level > 0) return read_inner(node);
    if (node.type == NodeType::kList && node.level > 0) return read_list(node);
    return corrupt("a type or level that no node has");
  }
  Status read_leaf(Node& node) {
    LeafHead h;
    LeafHead::fields(r_, h);
    Entry e;
    e.key = as_chars(r_.take("key", h.key_bytes));
    e.attributes = as_chars(r_.take("attributes", h.attribute_bytes));
    e.object = {h.size, h.depth, {}, number_of(h.offset)};
    const bool is_in_chunk = h.depth == 0 && e.object.offset < kMaxChunkBytes;
    if (e.object.offset != 0 && !is_in_chunk) return corrupt("an offset where no chunk is");
    if (!node.entries.empty() && e.key <= node.entries.back().key) return corrupt("keys are not sorted");
    if (h.depth != kEmptyObject) TRY(take_ref(e.object.id));
    node.entries.push_back(std::move(e));
    return ok;
  }
  Status read_inner(Node& node) {
    InnerHead h;
    InnerHead::fields(r_, h);
    if (h.reserved != InnerHead{}.reserved) return corrupt("fields that no INNER has");
    Child c{std::string(as_chars(r_.take("first_key", h.key_bytes))), h.entries, h.bytes, {}};
    if (!node.children.empty() && c.first_key <= node.children.back().first_key)
      return corrupt("keys are not sorted");
    TRY(take_ref(c.id));
    node.children.push_back(std::move(c));
    return ok;
  }
  Status read_list(Node& node) {
    Child c;
    r_("bytes", c.bytes);
    TRY(take_ref(c.id));
    node.children.push_back(std::move(c));
    return ok;
  }
  Status take_ref(ChunkId& id) {
    if (next_ref_ == chunk_.refs.size()) return corrupt("fewer refs than entries");
    id = chunk_.refs[next_ref_++];
    return ok;
  }

  const Chunk& chunk_;
  Reader r_;
  std::size_t next_ref_ = 0;
};

void encode_entry(const Entry& e, Chunk& out) {
  LeafHead h;
  h.key_bytes = static_cast<std::uint16_t>(e.key.size());
  h.attribute_bytes = static_cast<std::uint16_t>(e.attributes.size());
  h.depth = e.object.depth, h.size = e.object.size, h.offset = three_bytes(e.object.offset);
  encode_to(out.plain, h);
  out.plain += e.key + e.attributes;
  if (h.depth != kEmptyObject) out.refs.push_back(e.object.id);
}

void encode_child(const Child& c, NodeType type, Chunk& out) {
  if (type == NodeType::kList) {
    append_le(out.plain, c.bytes);
  } else {
    InnerHead h;
    h.key_bytes = static_cast<std::uint16_t>(c.first_key.size());
    h.entries = c.entries, h.bytes = c.bytes;
    encode_to(out.plain, h);
    out.plain += c.first_key;
  }
  out.refs.push_back(c.id);
}

}  // namespace

ChunkSource::Opening ChunkSource::fetch(const ChunkId& id, ChunkKind kind) {
  return [chunk = std::make_shared<Result<Chunk>>(get(id, kind))] { return std::move(*chunk); };
}

Result<ByteString> ChunkSource::part(const ChunkId& id, std::size_t offset, std::size_t bytes) {
  TRY_ASSIGN(const Chunk chunk, get(id, ChunkKind::kData));
  return part_of(chunk, id, offset, bytes);
}

Result<ByteString> part_of(const Chunk& chunk, const ChunkId& id, std::size_t offset, std::size_t bytes) {
  if (offset <= chunk.plain.size() && bytes <= chunk.plain.size() - offset)
    return chunk.plain.substr(offset, bytes);
  return Error{Code::kCorrupt, fmt::format("chunk {}: not what the list above it says", id.brief())};
}

Chunk encode_node(const Node& node) {
  Chunk out{ChunkKind::kNode, {}, {}};
  NodeHead h;
  h.type = node.type, h.level = node.level;
  h.n = static_cast<std::uint32_t>(node.entries.size() + node.children.size());
  encode_to(out.plain, h);
  for (const Entry& e : node.entries) encode_entry(e, out);
  for (const Child& c : node.children) encode_child(c, node.type, out);
  return out;
}

Result<Node> decode_node(const Chunk& chunk) { return NodeReader(chunk).read(); }

std::vector<NodeRef> refs_of(const Node& node) {
  std::vector<NodeRef> refs;
  refs.reserve(node.entries.size() + node.children.size());
  for (const Entry& e : node.entries)
    if (e.object.depth != kEmptyObject)
      refs.push_back({e.object.id, e.object.depth == 0 ? ChunkKind::kData : ChunkKind::kNode});
  const bool above_data = node.type == NodeType::kList && node.level == 1;
  for (const Child& c : node.children)
    refs.push_back({c.id, above_data ? ChunkKind::kData : ChunkKind::kNode});
  return refs;
}

}  // namespace mk::vault
