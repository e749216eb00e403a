// Data trees and subnode trees: the first two blocks of the input are taken for internal ones.
#include "pst/fuzz_input.h"
#include "pst/ndb/data_tree.h"
#include "pst/ndb/scan.h"
#include "pst/ndb/subnodes.h"

using namespace mk;
using namespace mk::pst;

namespace {

constexpr std::size_t kMaxLeaves = 256;

void read_tree(const std::shared_ptr<const ndb::Database>& db, Bid root, ndb::DataTree::Holes* holes) {
  auto tree = ndb::DataTree::open(db, root, holes);
  if (!tree) return;
  for (std::size_t i = 0; i < std::min(tree->n_leaves(), kMaxLeaves); ++i) {
    static_cast<void>(tree->leaf_size(i));
    static_cast<void>(tree->leaf(i));
  }
  static_cast<void>(tree->load(1 << 20));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  // A whole small file: any BID is looked for by a scan, so that the input decides what is internal.
  const auto form = static_cast<disk::Form>(data[0] % 3);
  const auto storage = ndb::make_memory_storage(ByteString(as_chars(fuzz_bytes(data, size).subspan(1))));
  ndb::Maps maps;
  ndb::ScanVisitor visitor;
  visitor.node_page = [](const disk::PageTrailer&, Bytes, std::size_t) {};
  visitor.block = [&](const disk::BbtEntry& b) { maps.blocks.push_back(b); };
  static_cast<void>(ndb::scan(*storage, disk::layout_of(form), {false, false}, visitor));
  std::sort(maps.blocks.begin(), maps.blocks.end(),
            [](const auto& a, const auto& b) { return Bid(a.BREF.bid).key() < Bid(b.BREF.bid).key(); });
  const auto blocks = maps.blocks;
  ndb::FileHeader header;
  header.form = form;
  header.fields.bCryptMethod = static_cast<disk::CryptMethod>(data[1] % 3);
  const auto db = ndb::Database::make(storage, header, {false}, std::move(maps));
  for (const auto& b : blocks) {
    const Bid bid(b.BREF.bid);
    ndb::DataTree::Holes holes;
    read_tree(db, bid, nullptr);
    read_tree(db, bid, &holes);
    ndb::Losses losses;
    static_cast<void>(ndb::Subnodes::read(*db, bid));
    static_cast<void>(ndb::Subnodes::read(*db, bid, &losses));
  }
  return 0;
}
