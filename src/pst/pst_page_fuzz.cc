// A header, and a page that is the root of both B-trees.
#include "pst/fuzz_input.h"

using namespace mk;
using namespace mk::pst;

namespace {

void look_up(const ndb::BTree& tree, std::uint64_t key) {
  static_cast<void>(tree.find(key));
  static_cast<void>(tree.visit([](const ndb::BtLeafEntry&) {}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in = fuzz_bytes(data, size);
  const auto storage = ndb::make_memory_storage(ByteString(as_chars(in)));
  static_cast<void>(ndb::read_header(*storage, {false}));
  static_cast<void>(ndb::Database::open(storage, {false}));
  for (const auto form : {disk::Form::kAnsi, disk::Form::kUnicode, disk::Form::kUnicode4K}) {
    const disk::Layout& layout = disk::layout_of(form);
    if (size < layout.page_bytes) continue;
    const auto trailer = disk::decode_as<disk::PageTrailer>(form, in.subspan(layout.page_trailer_at));
    const disk::Bref root{trailer ? trailer->bid : 0, 0};
    for (const auto type : {disk::PageType::kNBT, disk::PageType::kBBT})
      look_up(ndb::BTree(storage, layout, root, type, {false}), data[0]);
  }
  return 0;
}
