#include "mapi/canonical_json.h"
#include "mapi/verdict.h"

// The first byte chooses the root. What decodes encodes to the same bytes, and prints; what does not decode
// keeps what came before the damage.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mk;
  using namespace mk::mapi;
  if (size == 0) return 0;
  const auto root = static_cast<Root>(data[0] % 8);
  const Bytes bytes = std::as_bytes(std::span(data, size)).subspan(1);
  const PartialTree tree = read_partial_tree(make_memory_blob(ByteString(as_chars(bytes))), root, false);
  ByteString json;
  StringSink sink(json);
  MK_CHECK(write_canonical_json(tree, sink));
  auto in = make_memory_source(bytes);
  MK_CHECK((check_stream(*in, root).wholeness == Wholeness::kNotWhole) || !tree.damage);
  if (tree.damage) return 0;
  ByteString again;
  StringSink encoded(again);
  MK_CHECK(write_tree(tree.tree, encoded));
  MK_CHECK(again == as_chars(bytes));
  return 0;
}
