#pragma once
// For fuzzers only: bytes as a node of a database without a file around it.
#include <algorithm>
#include <array>

#include "pst/ndb/database.h"

namespace mk::pst {

/// Input: a byte for the form, then pieces, each with its length in two bytes. The first piece is the data of
/// the node, the others are the data of its subnodes 0x3f, 0x5f, 0x7f ... (NIDs of large values).
/// tools/pst_seeds.py makes such inputs of real files.
class FuzzInput {
 public:
  explicit FuzzInput(Bytes in) {
    Reader r(in);
    std::uint8_t form = 0;
    r("form", form);
    header_.form = static_cast<disk::Form>(form % 3);
    layout_ = &disk::layout_of(header_.form);
    std::vector<Bytes> pieces;
    while (r.left() > 2 && pieces.size() < kMaxPieces) {
      std::uint16_t n = 0;
      r("length", n);
      pieces.push_back(r.take("piece", std::min<std::size_t>(n, r.left())));
    }
    ByteString subnodes;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const Bid bid = add_block(pieces[i], false);
      if (i == 0)
        node_.data = bid;
      else
        add_subnode(subnodes, Nid(NidType::kLtp, static_cast<std::uint32_t>(i)), bid);
    }
    if (pieces.size() > 1) node_.sub = add_block(subnode_block(subnodes, pieces.size() - 1), true);
    node_.nid = Nid(NidType::kNormalMessage, 1);
    ndb::Maps maps{{node_}, blocks_};
    std::sort(maps.blocks.begin(), maps.blocks.end(),
              [](const auto& a, const auto& b) { return a.BREF.bid < b.BREF.bid; });
    db_ = ndb::Database::make(ndb::make_memory_storage(std::move(file_)), header_, {false}, std::move(maps));
  }
  std::shared_ptr<const ndb::Database> db() const { return db_; }
  const ndb::Node& node() const { return node_; }

 private:
  static constexpr std::size_t kMaxPieces = 64;

  /// A field of the form's word or of four bytes.
  void put(ByteString& out, std::uint64_t v, std::size_t bytes) const {
    for (std::size_t i = 0; i < bytes; ++i) out.push_back(static_cast<char>(v >> 8 * i));
  }
  void add_subnode(ByteString& out, Nid nid, Bid data) const {
    put(out, nid.value, layout_->word_bytes);
    put(out, data.value, layout_->word_bytes);
    put(out, 0, layout_->word_bytes);
  }
  ByteString subnode_block(const ByteString& entries, std::size_t n) const {
    ByteString out("\x02\x00", 2);
    put(out, n, 2);
    if (header_.form != disk::Form::kAnsi) put(out, 0, 4);
    return out + entries;
  }
  Bid add_block(const ByteString& data, bool internal) { return add_block(as_bytes(data), internal); }
  Bid add_block(Bytes data, bool internal) {
    data = data.first(std::min(data.size(), layout_->block_max_data));
    const Bid bid((blocks_.size() + 1) << 2 | (internal ? 2u : 0u));
    disk::BbtEntry entry;
    entry.BREF = {bid.value, file_.size()};
    entry.cb = static_cast<std::uint16_t>(data.size());
    blocks_.push_back(entry);
    const std::size_t end = file_.size() + layout_->block_bytes(data.size());
    file_.append(as_chars(data));
    file_.resize(end - layout_->block_trailer, '\0');
    disk::BlockTrailer trailer;
    trailer.cb = entry.cb;
    trailer.bid = bid.value;
    disk::with_form(header_.form, [&](auto f) {
      Writer w{file_};
      disk::As<f(), Writer> io{w};
      disk::BlockTrailer::fields(io, trailer);
    });
    return bid;
  }

  ndb::FileHeader header_;
  const disk::Layout* layout_ = nullptr;
  ByteString file_;
  std::vector<disk::BbtEntry> blocks_;
  ndb::Node node_;
  std::shared_ptr<const ndb::Database> db_;
};

inline Bytes fuzz_bytes(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const std::byte*>(data), size};
}

}  // namespace mk::pst
