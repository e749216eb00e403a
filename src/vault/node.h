#pragma once
#include <functional>

#include "vault/sealed_chunk.h"

namespace mk::vault {

/// The metadata tree.  docs/formats/vault.md, "The tree"

inline constexpr std::size_t kMaxKeyBytes = 1024;
inline constexpr std::size_t kMaxAttributeBytes = 4096;
inline constexpr std::size_t kMaxLevels = 16;
inline constexpr std::uint8_t kEmptyObject = 255;
inline constexpr std::uint8_t kTreeObject = 128;

/// Where an object's bytes are: in a chunk (depth 0), or below a list node of level `depth`. An object may be
/// a tree, too, whose root has the level `depth` - kTreeObject.
struct ObjectRef {
  std::uint64_t size = 0;
  std::uint8_t depth = kEmptyObject;
  ChunkId id;
  std::uint32_t offset = 0;  // where it begins in its chunk, which others may share
  bool operator==(const ObjectRef&) const = default;
};

struct Entry {
  std::string key;
  ByteString attributes;  // the caller's own
  ObjectRef object;
};

struct Child {
  std::string first_key;  // of an inner node; empty in a list node
  std::uint64_t entries = 0, bytes = 0;
  ChunkId id;
};

/// One decoded node: a leaf has entries, an inner or list node children.
enum class NodeType : std::uint8_t { kLeaf = 1, kInner = 2, kList = 3 };
struct Node {
  NodeType type = NodeType::kLeaf;
  std::uint8_t level = 0;
  std::vector<Entry> entries;
  std::vector<Child> children;
};

/// The node as a chunk: what is encrypted, and its refs in order.
Chunk encode_node(const Node& node);
/// Errors: kCorrupt, kTruncated  not a node, not sorted, refs too many or too few
Result<Node> decode_node(const Chunk& chunk);

/// What a node refers to, in order, and of what kind it is.
struct NodeRef {
  ChunkId id;
  ChunkKind kind;
};
std::vector<NodeRef> refs_of(const Node& node);

/// Takes chunks; one that is there already costs nothing.
class ChunkSink {
 public:
  virtual ~ChunkSink() = default;
  virtual Result<ChunkId> put(ChunkKind kind, std::span<const ChunkId> refs, Bytes plain) = 0;
};
/// Gives chunks, verified.
class ChunkSource {
 public:
  virtual ~ChunkSource() = default;
  virtual Result<Chunk> get(const ChunkId& id, ChunkKind kind) = 0;
  /// get() in two steps: what is stored is read now, and opened by the call of what this gives, on any
  /// thread, at most once.
  using Opening = std::function<Result<Chunk>()>;
  virtual Opening fetch(const ChunkId& id, ChunkKind kind);
  /// Bytes of a data chunk that many objects share.  Errors: kCorrupt  it is shorter
  virtual Result<ByteString> part(const ChunkId& id, std::size_t offset, std::size_t bytes);
};

/// Errors: kCorrupt  the chunk is shorter; names it
Result<ByteString> part_of(const Chunk& chunk, const ChunkId& id, std::size_t offset, std::size_t bytes);

/// Writes a tree from entries in the order of their keys. Equal entries give equal nodes.
/// Bounds: one node per level.
class TreeWriter {
 public:
  TreeWriter(ChunkSink& out, const SecretString& tree_cut_key) : out_(out), cut_key_(tree_cut_key) {}
  /// Errors: kInvalid  not behind the key before, empty or too long a key
  Status add(Entry entry);
  /// True when a node of `level` of another tree, one that does not end its tree, may stand here as it is:
  /// written anew from its entries it would be the same.
  bool takes_node(std::uint8_t level) const;
  /// The whole node instead of its entries; takes_node() is true, and its keys come behind all so far.
  Status add_node(std::uint8_t level, Child node);
  struct Root {
    ChunkId id;  // zero: nothing was added
    std::uint8_t level = 0;
    std::uint64_t entries = 0, bytes = 0;
  };
  Result<Root> finish();

 private:
  struct Level {
    Node node;
    std::size_t bytes = 0;
  };
  bool cuts_after(const Level& level, const std::string& key) const;
  Status close(std::size_t level);
  Status open_level();
  Status add_child(std::size_t level, Child child);

  ChunkSink& out_;
  const SecretString& cut_key_;
  std::vector<Level> levels_{1};
  std::string last_key_;
};

/// A tree as the object of an entry in another tree, and back, without the number of its entries.
ObjectRef tree_object(const TreeWriter::Root& root);
/// Errors: kCorrupt  the object is no tree
Result<TreeWriter::Root> tree_of(const ObjectRef& object);

/// The node of a tree at `level`, decoded.
/// Errors: those of the source; kCorrupt  it is of another level, or a list
Result<Node> read_node(ChunkSource& in, const ChunkId& id, std::uint8_t level);

/// Calls `visit` for the entries from `from` on, in order, until it says false.
/// Errors: kCorrupt, kNotFound  a node is damaged or missing; the error names it. With `damaged` that is
/// called instead, with what the node above says of the lost one, and the entries behind it follow.
using DamagedNode = std::function<void(const Child& lost, const Error& error)>;
Status visit_tree(ChunkSource& in, const TreeWriter::Root& root, const std::string& from,
                  const std::function<Result<bool>(const Entry&)>& visit,
                  const DamagedNode& damaged = nullptr);

}  // namespace mk::vault
