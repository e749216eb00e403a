#include "mapi/inspect.h"

#include "mapi/canonical_json.h"
#include "mapi/records.h"

namespace mk::mapi {

Result<StreamKind> identify(const BlobPtr& stream, std::optional<Root> root) {
  StreamKind kind;
  std::array<std::byte, 8> head;
  TRY_ASSIGN(auto in, stream->open());
  TRY_ASSIGN(const std::size_t n, read_full(*in, head));
  kind.framed = looks_framed(Bytes(head).first(n));
  if (root) {
    kind.root = *root;
    return kind;
  }
  TRY_ASSIGN(auto again, stream->open());
  RecordReader records(*again);
  if (const auto guess = guess_root(kind.framed ? static_cast<ByteSource&>(records) : *again))
    kind.root = *guess;
  return kind;
}

Result<std::optional<Error>> dump(const BlobPtr& stream, std::optional<Root> root, ByteSink& out) {
  TRY_ASSIGN(const StreamKind kind, identify(stream, root));
  PartialTree tree = read_partial_tree(stream, kind.root, kind.framed);
  TRY(write_canonical_json(tree, out));
  return std::move(tree.damage);
}

Result<Verdict> check(const BlobPtr& stream, std::optional<Root> root, const ServerFacts& facts) {
  TRY_ASSIGN(const StreamKind kind, identify(stream, root));
  TRY_ASSIGN(auto in, stream->open());
  return kind.framed ? check_exported_item(*in, facts) : check_stream(*in, kind.root);
}

}  // namespace mk::mapi
