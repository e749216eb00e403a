#include "pst/check/heap.h"

#include "pst/disk/crypt.h"

namespace mk::pst::check {
namespace {

constexpr std::size_t kGreatestAllocation = 3580, kMostAllocations = 2047;  // [MS-PST] 2.3.1.1, 2.3.1.5

/// [MS-PST] 2.3.1.2: levels 1 to 15 stand for ever less room, each name for "at least so many bytes".
std::uint8_t level_of(std::size_t free) {
  constexpr std::array<std::size_t, 15> kBounds = {3584, 2560, 2048, 1792, 1536, 1280, 1024, 768,
                                                   512,  256,  128,  64,   32,   16,   8};
  const auto it = std::find_if(kBounds.begin(), kBounds.end(), [free](std::size_t b) { return free >= b; });
  return static_cast<std::uint8_t>(it - kBounds.begin());
}

/// Blocks 8, 136, 264 ... keep the levels of the 128 blocks from themselves on; block 0 those of 0 to 7.
bool keeps_levels(std::size_t i) { return i >= 8 && (i - 8) % 128 == 0; }
std::size_t header_bytes(std::size_t i) { return i == 0 ? 12 : keeps_levels(i) ? 66 : 2; }

std::size_t u16(Bytes b, std::size_t at) { return load_le<std::uint16_t>(b.data() + at); }

}  // namespace

std::optional<Heap> Heap::open(Blocks& blocks, Bid data, disk::HeapClient client, Findings& out,
                               const Where& where) {
  Heap h;
  h.m_ = &blocks.medium();
  h.data_ = Data::open(blocks, data);
  const BlockPtr first = h.data_.block(0);
  if (blocks.exhausted()) return {};
  if (!first || first->size() < wire_size<disk::HnHdr>()) {
    out.add("heap.no-data", where, "a heap", first ? shown(as_bytes(*first)) : "nothing");
    return {};
  }
  h.header_ = *decode<disk::HnHdr>(as_bytes(*first));
  if (h.header_.bSig != disk::kHeapSignature) {
    h.no_heap(as_bytes(*first), h.data_.id(0), out, where);
    return {};
  }
  out.equal("heap.client", where, static_cast<unsigned>(h.header_.bClientSig), static_cast<unsigned>(client));
  if (h.header_.bClientSig != client) return {};
  for (std::size_t i = 0; i < h.data_.n_blocks(); ++i) {
    const BlockPtr block = h.data_.block(i);
    if (!block || !blocks.spend(block->size())) break;
    h.check_block(i, as_bytes(*block), out, {&where, "heap block", i, ""});
  }
  if (!h.m_->is_4k()) h.check_levels(out, where);
  out.expect(h.get(h.root()).has_value(), "heap.root", where, "an allocation", h.header_.hidUserRoot);
  return h;
}

/// Bytes that are a heap with another encoding than the file's are told apart.
void Heap::no_heap(Bytes first, Bid data, Findings& out, const Where& where) const {
  using disk::CryptMethod;
  const CryptMethod own = m_->header.bCryptMethod;
  for (const CryptMethod other : {CryptMethod::kNone, CryptMethod::kPermute, CryptMethod::kCyclic}) {
    ByteString raw(as_chars(first.first(4)));
    const auto bytes = std::as_writable_bytes(std::span(raw));
    disk::encode_block(own, data.value, bytes);
    disk::decode_block(other, data.value, bytes);
    if (other != own && static_cast<std::uint8_t>(raw[2]) == disk::kHeapSignature)
      out.add("block.encoding", where, "a data block with the file's encoding", "one with another");
  }
  out.equal("heap.signature", where, header_.bSig, disk::kHeapSignature);
}

std::optional<disk::HeapClient> client_of(Blocks& blocks, Bid data) {
  const BlockPtr first = Data::open(blocks, data).block(0);
  const auto header = first ? decode<disk::HnHdr>(as_bytes(*first)) : disk::HnHdr{};
  if (!first || !header || header->bSig != disk::kHeapSignature) return {};
  return header->bClientSig;
}

void Heap::check_block(std::size_t i, Bytes block, Findings& out, const Where& where) {
  const std::size_t at = block.size() < 2 ? block.size() : u16(block, 0);
  const std::size_t n = at + 6 > block.size() ? 0 : u16(block, at);
  const std::size_t end = at + 4 + 2 * (n + 1);
  out.expect(end <= block.size() && at % 2 == 0, "heap.map-place", where, "even and within the block", at);
  if (end > block.size()) {
    levels_.push_back(0);
    return;
  }
  levels_.push_back(level_of(m_->layout.block_max_data - end));
  const auto start = [&](std::size_t k) { return u16(block, at + 4 + 2 * k); };
  std::size_t empty = 0;
  bool ascends = true, small = true;
  for (std::size_t k = 0; k < n; ++k) {
    ascends = ascends && start(k) <= start(k + 1);
    small = small && (start(k + 1) < start(k) || start(k + 1) - start(k) <= kGreatestAllocation);
    empty += start(k) == start(k + 1) ? 1 : 0;
  }
  out.equal("heap.map-first", where, start(0), header_bytes(i));
  out.expect(ascends && start(n) <= at, "heap.map-order", where, "ascending up to ibHnpm", start(n));
  out.expect(at == start(n) || at == start(n) + 1u || start(n) > at, "heap.map-gap", where,
             "an end at ibHnpm", start(n));
  out.equal("heap.free-count", where, u16(block, at + 2), empty);
  out.expect(small, "heap.allocation-size", where, "at most 3580 bytes", "more");
  if (!m_->is_4k()) out.expect(n <= kMostAllocations, "heap.allocation-count", where, "at most 2047", n);
}

/// Also of the blocks that are not there, to the end of where the last levels are kept: those have none.
void Heap::check_levels(Findings& out, const Where& where) {
  BlockPtr keeper = data_.block(0);
  std::size_t from = 0, at = 8, kept_to = 8;  // rgbFillLevel of HNHDR: block 0 keeps eight
  for (std::size_t i = 0; i < std::max(levels_.size(), kept_to); ++i) {
    if (i < levels_.size() && keeps_levels(i)) {
      keeper = data_.block(i);
      from = i;
      at = 2;
      kept_to = i + 128;
    }
    const std::size_t byte = at + (i - from) / 2;
    if (!keeper || byte >= keeper->size()) return;
    const unsigned kept = static_cast<unsigned char>((*keeper)[byte]) >> ((i - from) % 2 * 4) & 15u;
    const unsigned wanted = i < levels_.size() ? levels_[i] : 0;
    out.equal("heap.fill-level", {&where, "heap block", i, ""}, kept, wanted);
  }
}

std::optional<Piece> Heap::get(disk::Hid hid) {
  const unsigned bits = m_->layout.hid_index_bits;
  const std::size_t index = hid.index(bits), i = hid.block(bits);
  if (hid.type() != 0 || index == 0 || i >= data_.n_blocks()) return {};
  BlockPtr block = data_.block(i);
  if (!block || block->size() < 2) return {};
  const Bytes bytes = as_bytes(*block);
  const std::size_t at = u16(bytes, 0);
  if (at + 6 > bytes.size()) return {};
  const std::size_t n = u16(bytes, at);
  if (index > n || at + 4 + 2 * (n + 1) > bytes.size()) return {};
  const std::size_t begin = u16(bytes, at + 2 + 2 * index), end = u16(bytes, at + 4 + 2 * index);
  if (begin > end || end > bytes.size()) return {};
  return Piece{std::move(block), bytes.subspan(begin, end - begin)};
}

namespace {

class BthWalk {
 public:
  BthWalk(Heap& heap, std::size_t key, std::size_t entry, Findings& out,
          const std::function<Status(Bytes)>& visit)
      : heap_(heap), key_(key), entry_(entry), out_(out), visit_(visit), left_(heap.data().size() + 64) {}

  Status page(disk::Hid hid, int level, const std::uint64_t* first, const Where& where) {
    const Where here{&where, "HID", hid.value, ""};
    const auto piece = heap_.get(hid);
    const std::size_t stride = key_ + (level > 0 ? 4 : entry_);
    const bool whole = piece && !piece->bytes.empty() && piece->bytes.size() % stride == 0;
    out_.expect(whole, "bth.page", here, "whole records", piece ? piece->bytes.size() : 0);
    if (!piece) return ok;
    for (std::size_t at = 0; at + stride <= piece->bytes.size(); at += stride) {
      const Bytes record = piece->bytes.subspan(at, stride);
      if (at == 0 && first != nullptr) out_.equal("bth.index-key", here, key_of(record), *first);
      if (left_ < stride) {
        out_.add("check.incomplete", here, "no more records than the heap has bytes for", "more");
        return ok;
      }
      left_ -= stride;
      TRY(level > 0 ? branch(record, level, here) : leaf(record, here));
    }
    return ok;
  }

 private:
  std::uint64_t key_of(Bytes record) const {
    std::uint64_t v = 0;
    std::memcpy(&v, record.data(), std::min<std::size_t>({key_, 8, record.size()}));
    return v;
  }
  Status branch(Bytes record, int level, const Where& where) {
    const std::uint64_t key = key_of(record);
    return page(disk::Hid(load_le<std::uint32_t>(record.data() + key_)), level - 1, &key, where);
  }
  /// Keys of more than eight bytes are in the order of their bytes.
  Status leaf(Bytes record, const Where& where) {
    const Bytes key = record.first(key_);
    const bool ascends = key_ <= 8 ? key_of(record) > key_of(as_bytes(last_)) : as_chars(key) > last_;
    out_.expect(last_.empty() || ascends, "bth.order", where, "above the key before it", key_of(record));
    last_ = as_chars(key);
    return visit_(record);
  }

  Heap& heap_;
  std::size_t key_, entry_;
  Findings& out_;
  const std::function<Status(Bytes)>& visit_;
  std::uint64_t left_;
  ByteString last_;
};

}  // namespace

Status visit_bth(Heap& heap, disk::Hid header, std::uint8_t key_bytes, std::uint8_t entry_bytes,
                 Findings& out, const Where& where, const std::function<Status(Bytes record)>& visit) {
  const auto piece = heap.get(header);
  const auto h = piece ? decode<disk::BthHeader>(piece->bytes) : disk::BthHeader{};
  if (!piece || !h) {
    out.add("heap.root", where, "a BTHHEADER", "none");
    return ok;
  }
  out.equal("bth.type", where, h->bType, disk::kBTreeSignature);
  out.equal("bth.shape", {&where, "", 0, "cbKey"}, h->cbKey, key_bytes);
  if (h->hidRoot != 0 || !heap.medium().ansi())  // empty tables of ANSI files have the width of Unicode
    out.equal("bth.shape", {&where, "", 0, "cbEnt"}, h->cbEnt, entry_bytes);
  constexpr std::uint8_t kMaxLevels = 8;
  const bool possible = h->bIdxLevels <= kMaxLevels && (h->hidRoot != 0 || h->bIdxLevels == 0);
  out.expect(possible, "bth.levels", where, "0 to 8, 0 when empty", h->bIdxLevels);
  if (h->hidRoot == 0 || !possible) return ok;
  return BthWalk(heap, key_bytes, entry_bytes, out, visit)
      .page(disk::Hid(h->hidRoot), h->bIdxLevels, nullptr, where);
}

}  // namespace mk::pst::check
