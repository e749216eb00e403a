#include "pst/write/block_file.h"

#include "pst/disk/crc.h"
#include "pst/disk/crypt.h"
#include "pst/write/page_tree.h"

namespace mk::pst::write {
namespace {

constexpr std::size_t kBufferBytes = 1024 * 1024;

bool is_every(std::uint64_t k, std::uint64_t first, std::uint64_t step) {
  return k >= first && (k - first) % step == 0;
}

/// PMaps, FMaps and FPMaps of today's files say nothing: all bytes are 0xFF (docs/formats/pst-writer.md).
ByteString full_map() { return ByteString(disk::kPageTrailerAt, '\xFF'); }

}  // namespace

std::filesystem::path partial_path(const std::filesystem::path& path) {
  auto partial = path;
  partial += ".partial";
  return partial;
}

std::uint64_t map_bytes(std::uint64_t k) {
  std::uint64_t pages = 1;
  if (is_every(k, 0, disk::kAMapsPerPMap)) ++pages;
  if (is_every(k, disk::kFirstFMap, disk::kAMapsPerFMap)) ++pages;
  if (is_every(k, disk::kFirstFPMap, disk::kAMapsPerFPMap)) ++pages;
  return pages * disk::kPageBytes;
}

Result<std::unique_ptr<BlockFile>> BlockFile::create(const std::filesystem::path& path,
                                                     const std::filesystem::path& spill_directory,
                                                     disk::CryptMethod method) {
  auto directory = spill_directory.empty() ? path.parent_path() : spill_directory;
  if (directory.empty()) directory = ".";
  TRY_ASSIGN(File file, File::open(partial_path(path), File::Mode::kCreate));
  TRY_ASSIGN(SpillFile spill, SpillFile::create(directory));
  return std::unique_ptr<BlockFile>(
      new BlockFile(path, std::move(file), RecordSpill<BlockRecord>(std::move(spill)), method));
}

BlockFile::BlockFile(std::filesystem::path path, File file, RecordSpill<BlockRecord> blocks,
                     disk::CryptMethod method)
    : path_(std::move(path)),
      file_(std::move(file)),
      blocks_(std::move(blocks)),
      method_(method),
      at_(interval_at(0) + map_bytes(0)),
      flushed_(at_) {
  buffer_.reserve(kBufferBytes + disk::kBlockMaxBytes);
}

BlockFile::~BlockFile() {
  std::error_code ignored;
  if (!finished_) std::filesystem::remove(partial_path(path_), ignored);
}

template <class Encode>
Result<Bid> BlockFile::append(Bytes data, bool internal, Encode encode) {
  MK_CHECK(!data.empty() && data.size() <= disk::kBlockMaxData);
  const Bid bid(next_block_ | (internal ? 2 : 0));
  const std::size_t total = disk::block_bytes(data.size());
  TRY(make_room(total));
  TRY(blocks_.add({bid.value, at_, data.size()}));
  const std::size_t begin = buffer_.size();
  buffer_.append(as_chars(data));
  const std::uint32_t crc = encode(bid, std::as_writable_bytes(std::span(buffer_)).subspan(begin));
  const disk::BlockTrailer trailer{static_cast<std::uint16_t>(data.size()), disk::signature(at_, bid.value),
                                   crc, bid.value};
  buffer_.resize(begin + total - disk::kBlockTrailerBytes, '\0');
  encode_to(buffer_, trailer);
  at_ += total;
  next_block_ += 4;
  if (buffer_.size() >= kBufferBytes) TRY(flush());
  return bid;
}

Result<Bid> BlockFile::append_data(Bytes data) {
  return append(data, false, [this](Bid bid, std::span<std::byte> stored) {
    disk::encode_block(method_, bid.value, stored);
    return disk::crc(stored);
  });
}

Result<Bid> BlockFile::append_internal(Bytes data) {
  return append(data, true, [](Bid, Bytes stored) { return disk::crc(stored); });
}

Result<Bid> BlockFile::append_encoded(Bytes stored, std::uint32_t crc) {
  return append(stored, false, [crc](Bid, Bytes) { return crc; });
}

Status BlockFile::make_room(std::size_t bytes) {
  const std::uint64_t k = used_slots_.size();
  const std::uint64_t end = interval_at(k + 1);
  if (at_ + bytes <= end) return ok;
  used_slots_.push_back(static_cast<std::uint16_t>((at_ - interval_at(k)) / disk::kAllocationUnit));
  return append_zeros(end + map_bytes(k + 1) - at_);
}

Status BlockFile::append_raw(Bytes bytes) {
  buffer_.append(as_chars(bytes));
  at_ += bytes.size();
  return buffer_.size() >= kBufferBytes ? flush() : ok;
}

Status BlockFile::append_zeros(std::uint64_t n) {
  buffer_.append(n, '\0');
  at_ += n;
  return ok;
}

Status BlockFile::flush() {
  TRY(file_.write_at(flushed_, as_bytes(buffer_)));
  file_.begin_sync(flushed_, buffer_.size());
  flushed_ = at_;
  buffer_.clear();
  return ok;
}

BlockFile::Checkpoint BlockFile::checkpoint() const {
  return {at_, next_block_, blocks_.count(), used_slots_.size()};
}

void BlockFile::roll_back(const Checkpoint& to) {
  if (to.at >= flushed_) {
    buffer_.resize(to.at - flushed_);
  } else {
    buffer_.clear();
    flushed_ = to.at;
  }
  at_ = to.at;
  next_block_ = to.next_block;
  blocks_.truncate(to.n_blocks);
  used_slots_.resize(to.n_intervals);
}

/// A block that does not fit the rest of an interval leaves it empty; B-trees take less than 27 bytes for
/// each block in all their levels together.
std::uint64_t BlockFile::size_bound(std::uint64_t closing_bytes) const {
  constexpr std::uint64_t kTreeBytesPerBlock = 27;
  constexpr std::uint64_t kUsable = disk::kAMapInterval - 4 * disk::kPageBytes - disk::kBlockMaxBytes;
  const std::uint64_t more = closing_bytes + blocks_.count() * kTreeBytesPerBlock;
  const std::uint64_t end = at_ + more + (more / kUsable + 1) * (disk::kAMapInterval - kUsable);
  return interval_at((end - interval_at(0)) / disk::kAMapInterval + 1);
}

Status BlockFile::finish(const NextNode& next_node, const HeaderFacts& facts) {
  TRY(begin_pages());
  disk::Root root;
  PageTreeWriter nodes(*this, disk::PageType::kNBT);
  for (disk::NbtEntry entry;;) {
    TRY_ASSIGN(const bool more, next_node(entry));
    if (!more) break;
    TRY(nodes.add(entry.nid, encode(entry)));
  }
  TRY_ASSIGN(root.BREFNBT, nodes.finish());
  TRY_ASSIGN(root.BREFBBT, write_block_tree());
  TRY(flush());
  TRY(write_maps(root));
  TRY(file_.sync());
  TRY(write_header(root, facts));
  TRY(file_.sync());
  finished_ = true;
  return ok;
}

Status BlockFile::begin_pages() {
  TRY(make_room(disk::kPageBytes));  // at worst the gap ends an interval, which make_room accounts for
  gap_from_ = at_;
  gap_to_ = (at_ + disk::kPageBytes - 1) / disk::kPageBytes * disk::kPageBytes;
  return append_zeros(gap_to_ - gap_from_);
}

Result<disk::Bref> BlockFile::append_page(ByteString page, disk::BtPageTail tail) {
  TRY(make_room(disk::kPageBytes));
  page.resize(disk::kBtEntriesBytes, '\0');
  const std::uint64_t bid = next_page_++;
  tail.pageTrailer.bid = bid;
  tail.pageTrailer.wSig = disk::signature(at_, bid);
  encode_to(page, tail);
  const std::uint32_t crc = disk::crc(as_bytes(page).first(disk::kPageTrailerAt));
  tail.pageTrailer.dwCRC = crc;
  page.resize(disk::kBtEntriesBytes);
  encode_to(page, tail);
  const disk::Bref where{bid, at_};
  TRY(append_raw(as_bytes(page)));
  return where;
}

Result<disk::Bref> BlockFile::write_block_tree() {
  PageTreeWriter tree(*this, disk::PageType::kBBT);
  for (BlockRecord block{};;) {
    TRY_ASSIGN(const bool more, blocks_.next(block));
    if (!more) return tree.finish();
    const auto shared = references_.find(block.bid);
    const std::uint32_t references = shared == references_.end() ? 1 : shared->second;
    MK_CHECK(references < 0xFFFF);
    const disk::BbtEntry entry{{block.bid, block.ib},
                               static_cast<std::uint16_t>(block.cb),
                               static_cast<std::uint16_t>(references + 1),
                               0};
    TRY(tree.add(block.bid, encode(entry)));
  }
}

Status BlockFile::write_maps(disk::Root& root) {
  const std::uint64_t last = used_slots_.size();
  used_slots_.push_back(static_cast<std::uint16_t>((at_ - interval_at(last)) / disk::kAllocationUnit));
  root.ibAMapLast = interval_at(last);
  root.ibFileEof = interval_at(last + 1);
  root.fAMapValid = 2;
  TRY(file_.truncate(at_));  // drops what a failed item may have left behind the end
  TRY(file_.truncate(root.ibFileEof));
  for (std::uint64_t k = 0; k <= last; ++k) TRY(write_allocation_map(k, root));
  return write_density_list();
}

Status BlockFile::write_allocation_map(std::uint64_t k, disk::Root& root) {
  constexpr std::uint64_t kSlots = disk::kAMapInterval / disk::kAllocationUnit;
  const std::uint64_t from = interval_at(k), used = used_slots_[k];
  ByteString bits(disk::kPageTrailerAt, '\0');
  const auto change = [&bits](std::uint64_t slot, bool on) {
    const auto mask = static_cast<unsigned char>(0x80 >> slot % 8);
    auto& byte = reinterpret_cast<unsigned char&>(bits[slot / 8]);
    byte = static_cast<unsigned char>(on ? byte | mask : byte & ~mask);
  };
  for (std::uint64_t slot = 0; slot < used; ++slot) change(slot, true);
  std::uint64_t free = kSlots - used;
  for (std::uint64_t at = gap_from_; at < gap_to_ && at >= from && at < from + disk::kAMapInterval;
       at += disk::kAllocationUnit) {
    change((at - from) / disk::kAllocationUnit, false);
    ++free;
  }
  root.cbAMapFree += free * disk::kAllocationUnit;
  TRY(write_map_page(from, disk::PageType::kAMap, std::move(bits)));
  std::uint64_t at = from + disk::kPageBytes;
  if (is_every(k, 0, disk::kAMapsPerPMap)) {
    TRY(write_map_page(at, disk::PageType::kPMap, full_map()));
    at += disk::kPageBytes;
  }
  if (is_every(k, disk::kFirstFMap, disk::kAMapsPerFMap))
    TRY(write_map_page(at, disk::PageType::kFMap, full_map()));
  if (is_every(k, disk::kFirstFPMap, disk::kAMapsPerFPMap))
    TRY(write_map_page(at, disk::PageType::kFPMap, full_map()));
  return ok;
}

Status BlockFile::write_map_page(std::uint64_t at, disk::PageType type, ByteString content) {
  const disk::PageTrailer trailer{type, type, 0, disk::crc(as_bytes(content)), at};
  encode_to(content, trailer);
  return file_.write_at(at, as_bytes(content));
}

Status BlockFile::write_density_list() {
  disk::DListPage page;  // empty, as Outlook writes it into a new file
  page.pageTrailer = {disk::PageType::kDList, disk::PageType::kDList, 0, 0, next_page_++};
  page.pageTrailer.wSig = disk::signature(disk::kDListAt, page.pageTrailer.bid);
  page.pageTrailer.dwCRC = disk::crc(as_bytes(encode(page)).first(disk::kPageTrailerAt));
  return file_.write_at(disk::kDListAt, as_bytes(encode(page)));
}

Status BlockFile::write_header(const disk::Root& root, const HeaderFacts& facts) {
  disk::Header h;
  h.dwMagic = disk::kMagic;
  h.wMagicClient = disk::kMagicClientPst;
  h.wVer = disk::kVersionUnicode;
  h.wVerClient = disk::kVersionClient;
  h.bPlatformCreate = h.bPlatformAccess = 1;
  h.bidNextP = next_page_;
  h.bidNextB = next_block_;
  h.dwUnique = facts.next_row_version;
  h.rgnid = facts.last_index;
  h.root = root;
  h.rgbFM.fill(0xFF);
  h.rgbFP.fill(0xFF);
  h.bSentinel = disk::kSentinel;
  h.bCryptMethod = method_;
  const ByteString bare = encode(h);
  const auto crc_of = [&](std::size_t n) {
    return disk::crc(as_bytes(bare).subspan(disk::Header::kCrcFrom, n));
  };
  h.dwCRCPartial = crc_of(disk::Header::kPartialCrcBytes);
  h.dwCRCFull = crc_of(disk::Header::kFullCrcBytes);
  return file_.write_at(0, as_bytes(encode(h)));
}

}  // namespace mk::pst::write
