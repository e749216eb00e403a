#pragma once
#include <optional>
#include <variant>
#include <vector>

#include "mapi/element.h"
#include "model/property.h"

namespace mk::mapi {

struct Node;
using Part = std::variant<model::Property, Node>;

/// A decoded stream: an element with its properties and elements, in stream order, meta-properties included.
/// Holds everything that makes up the bytes, so that write_tree() gives them back.
struct Node {
  Element element{};
  std::vector<Part> parts;
};

/// Decodes a whole stream; large values stay in it as blobs.
/// Errors: as parse() and PropertyReader. Bounds: 4,194,304 properties, 64 MiB of values in memory
Result<Node> read_tree(const BlobPtr& stream, Root root);           // bare FastTransfer
Result<Node> read_exported_tree(const BlobPtr& stream, Root root);  // record framing
/// What could be decoded before the damage, if there is any.
struct PartialTree {
  Node tree;
  std::optional<Error> damage;
  std::uint64_t bytes = 0;  // of the stream without framing, as far as it was read
};
/// As the two above, but keeps what came before an error of the stream.
PartialTree read_partial_tree(const BlobPtr& stream, Root root, bool framed);
/// Encodes it again from the decoded values, without framing.
/// Errors: as StreamWriter
Status write_tree(const Node& tree, ByteSink& out);

/// The root that a stream most likely has, from its tokens: the bytes do not always tell (a synchronisation
/// without changes looks the same for contents and hierarchy, a bare folder like a bare message). Errors:
/// kCorrupt, kTruncated  damage before anything could be told
Result<Root> guess_root(ByteSource& bare);

}  // namespace mk::mapi
