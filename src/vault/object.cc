#include "vault/object.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "base/ahead.h"

namespace mk::vault {
namespace {

constexpr std::size_t kListEntries = 1024;

Error short_of(const ChunkId& id) {
  return {Code::kCorrupt, fmt::format("chunk {}: not what the list above it says", id.brief())};
}

/// Finds the chunks of an object by the lists above them.
class ChunkFinder {
 public:
  ChunkFinder(ChunkSource& chunks, const ObjectRef& object) : chunks_(chunks), object_(object) {}

  struct Place {
    ChunkId id;
    std::uint64_t begin = 0, bytes = 0;  // of it in the object
  };
  /// The chunk with the byte `at`, which is one of the object's.
  Result<Place> find(std::uint64_t at) {
    Place place{object_.id, 0, object_.size};
    for (std::uint8_t level = object_.depth; level > 0; --level) {
      TRY_ASSIGN(const Node* node, list_node(level, place.id));
      const Child* found = nullptr;
      for (const Child& c : node->children) {
        if (at - place.begin < c.bytes) {
          found = &c;
          break;
        }
        place.begin += c.bytes;
      }
      if (found == nullptr) return short_of(place.id);
      place.id = found->id, place.bytes = found->bytes;
    }
    return place;
  }

 private:
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

  struct Kept {
    ChunkId id;
    Node node;
  };
  ChunkSource& chunks_;
  ObjectRef object_;
  std::array<Kept, kMaxLevels> kept_;
};

class ObjectSource final : public ByteSource {
 public:
  ObjectSource(ChunkSource& chunks, const ObjectRef& object, std::uint64_t offset)
      : chunks_(chunks), object_(object), finder_(chunks, object), at_(std::min(offset, object.size)) {}

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
  Status find() {
    TRY_ASSIGN(const auto place, finder_.find(at_));
    if (object_.depth == 0) {
      TRY_ASSIGN(chunk_, chunks_.part(place.id, object_.offset, object_.size));
    } else {
      TRY_ASSIGN(Chunk chunk, chunks_.get(place.id, ChunkKind::kData));
      if (chunk.plain.size() != place.bytes) return short_of(place.id);
      chunk_ = std::move(chunk.plain);
    }
    begin_ = place.begin;
    return ok;
  }

  ChunkSource& chunks_;
  ObjectRef object_;
  ChunkFinder finder_;
  std::uint64_t at_, begin_ = 0;
  ByteString chunk_;
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

Status copy_object(ChunkSource& chunks, const ObjectRef& object, ByteSink& out, unsigned threads) {
  if (object.depth == 0 || object.depth == kEmptyObject || threads == 0) {
    TRY(copy(*open_object(chunks, object), out));
    return ok;
  }
  ChunkFinder finder(chunks, object);
  Ahead<Result<Chunk>> ahead(threads);
  std::deque<ChunkFinder::Place> places;
  for (std::uint64_t at = 0; at < object.size || ahead.size() > 0;) {
    while (at < object.size && ahead.size() <= std::size_t{2} * threads) {
      TRY_ASSIGN(const auto place, finder.find(at));
      at = place.begin + place.bytes;
      places.push_back(place);
      ahead.add(chunks.fetch(place.id, ChunkKind::kData));
    }
    TRY_ASSIGN(const Chunk chunk, ahead.take());
    if (chunk.plain.size() != places.front().bytes) return short_of(places.front().id);
    places.pop_front();
    TRY(out.write(as_bytes(chunk.plain)));
  }
  return ok;
}

}  // namespace mk::vault
