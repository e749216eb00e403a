#include "vault/object.h"

#include <fmt/format.h>

#include <algorithm>

namespace mk::vault {
namespace {

constexpr std::size_t kListEntries = 1024;

class ObjectSource final : public ByteSource {
 public:
  ObjectSource(ChunkSource& chunks, const ObjectRef& object, std::uint64_t offset)
      : chunks_(chunks), object_(object), at_(std::min(offset, object.size)) {}

  Result<std::size_t> read(std::span<std::byte> out) override {
    if (at_ == object_.size || out.empty()) return std::size_t{0};
    if (at_ < begin_ || at_ >= begin_ + chunk_.size()) TRY(find());
    const Bytes rest = as_bytes(chunk_).subspan(at_ - begin_);
    const std::size_t n = std::min(rest.size(), out.size());
    std::copy_n(rest.begin(), n, out.begin());
    at_ += n;
    return n;
  }

 private:
  /// Goes down from the root to the chunk at `at_`; nodes on the way come from the vault's cache.
  Status find() {
    ChunkId id = object_.id;
    std::uint64_t begin = 0, bytes = object_.size;
    for (std::uint8_t level = object_.depth; level > 0; --level) {
      TRY_ASSIGN(const Node* node, list_node(level, id));
      std::uint64_t at = begin;
      const Child* found = nullptr;
      for (const Child& c : node->children) {
        if (at_ - at < c.bytes) {
          found = &c;
          break;
        }
        at += c.bytes;
      }
      if (found == nullptr) return short_of(id);
      id = found->id, begin = at, bytes = found->bytes;
    }
    TRY_ASSIGN(Chunk chunk, chunks_.get(id, ChunkKind::kData));
    const bool is_part = object_.depth == 0 && object_.offset < chunk.plain.size() &&
                         bytes <= chunk.plain.size() - object_.offset;
    if (!is_part && chunk.plain.size() != bytes) return short_of(id);
    chunk_ = is_part ? chunk.plain.substr(object_.offset, bytes) : std::move(chunk.plain);
    begin_ = begin;
    return ok;
  }

  /// The last node of each level is kept, so that reading on reads each once.
  Result<const Node*> list_node(std::uint8_t level, const ChunkId& id) {
    if (level >= kMaxLevels) return short_of(id);
    Kept& kept = kept_[level];
    if (kept.id == id) return &kept.node;
    TRY_ASSIGN(const Chunk chunk, chunks_.get(id, ChunkKind::kNode));
    TRY_ASSIGN(kept.node, decode_node(chunk));
    if (kept.node.type != NodeType::kList || kept.node.level != level) return short_of(id);
    kept.id = id;
    return &kept.node;
  }

  static Error short_of(const ChunkId& id) {
    return {Code::kCorrupt, fmt::format("chunk {}: not what the list above it says", id.brief())};
  }

  struct Kept {
    ChunkId id;
    Node node;
  };
  ChunkSource& chunks_;
  ObjectRef object_;
  std::uint64_t at_, begin_ = 0;
  ByteString chunk_;
  std::array<Kept, kMaxLevels> kept_;
};

}  // namespace

/// Chunks of an object, gathered in list nodes.
class ObjectWriter::Lists {
 public:
  explicit Lists(ChunkSink& out) : out_(out) {}

  Status add(std::size_t level, Child child) {
    if (level >= kMaxLevels) return Error{Code::kExhausted, "the object is longer than objects may be"};
    if (level == levels_.size()) levels_.emplace_back();
    levels_[level].push_back(std::move(child));
    return levels_[level].size() == kListEntries ? close(level) : Status(ok);
  }
  Result<ObjectRef> finish() {
    for (std::size_t i = 0; i < levels_.size(); ++i) {
      if (i + 1 == levels_.size() && levels_[i].size() == 1)
        return ObjectRef{levels_[i][0].bytes, static_cast<std::uint8_t>(i), levels_[i][0].id};
      if (!levels_[i].empty()) TRY(close(i));
    }
    return ObjectRef{};
  }

 private:
  Status close(std::size_t level) {
    Node node;
    node.type = NodeType::kList;
    node.level = static_cast<std::uint8_t>(level + 1);
    node.children = std::exchange(levels_[level], {});
    const Chunk chunk = encode_node(node);
    Child child;
    for (const Child& c : node.children) child.bytes += c.bytes;
    TRY_ASSIGN(child.id, out_.put(ChunkKind::kNode, chunk.refs, as_bytes(chunk.plain)));
    return add(level + 1, std::move(child));
  }
  ChunkSink& out_;
  std::vector<std::vector<Child>> levels_;
};

ObjectWriter::ObjectWriter(ChunkSink& out, const SecretString& cut_key, const ChunkSizes& sizes)
    : out_(out), cut_key_(cut_key), sizes_(sizes), lists_(std::make_unique<Lists>(out)) {}
ObjectWriter::~ObjectWriter() = default;

Status ObjectWriter::add(ByteSource& in) {
  Chunker chunker(in, cut_key_, sizes_);
  for (;;) {
    TRY_ASSIGN(const Bytes bytes, chunker.next());
    if (bytes.empty()) return ok;
    Child child;
    child.bytes = bytes.size();
    TRY_ASSIGN(child.id, out_.put(ChunkKind::kData, {}, bytes));
    TRY(lists_->add(0, std::move(child)));
  }
}

Result<ObjectRef> ObjectWriter::finish() { return lists_->finish(); }

Result<ObjectRef> write_object(ByteSource& in, ChunkSink& out, const SecretString& cut_key,
                               const ChunkSizes& sizes) {
  ObjectWriter object(out, cut_key, sizes);
  TRY(object.add(in));
  return object.finish();
}

std::unique_ptr<ByteSource> open_object(ChunkSource& chunks, const ObjectRef& object, std::uint64_t offset) {
  return std::make_unique<ObjectSource>(chunks, object, offset);
}

}  // namespace mk::vault
