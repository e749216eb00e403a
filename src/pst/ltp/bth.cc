#include "pst/ltp/bth.h"

#include <fmt/format.h>

#include <algorithm>

namespace mk::pst::ltp {
namespace {

constexpr std::uint8_t kMaxLevels = 8;

class Walk {
 public:
  Walk(Heap& heap, BthShape shape, const std::function<Status(Bytes)>& visitor, ndb::Losses* losses)
      : heap_(heap), shape_(shape), visitor_(visitor), losses_(losses) {}

  Status level(disk::Hid hid, int levels_below) {
    if (padded_) return after_padding();
    TRY_ASSIGN(const Bytes there, heap_.get(hid));
    const ByteString records(as_chars(there));  // the heap may let go of it while children are read
    const std::size_t stride =
        levels_below > 0 ? shape_.cbKey + sizeof(std::uint32_t) : std::size_t{shape_.cbKey} + shape_.cbEnt;
    if (records.empty() || records.size() % stride != 0)
      return Error{Code::kCorrupt, fmt::format("BTH: {} bytes at HID {:#x} are no records of {} bytes",
                                               records.size(), hid.value, stride)};
    for (std::size_t at = 0; at < records.size(); at += stride) {
      const Bytes record = as_bytes(records).subspan(at, stride);
      if (levels_below > 0)
        TRY(ndb::tolerate(
            losses_, level(disk::Hid(load_le<std::uint32_t>(record.data() + shape_.cbKey)), levels_below - 1),
            "BTH"));
      else
        TRY(leaf(record));
    }
    return ok;
  }

 private:
  Status leaf(Bytes record) {
    std::uint64_t key = 0;
    std::memcpy(&key, record.data(), shape_.cbKey);
    if (any_ && is_zero(record)) {  // a third-party writer fills the last leaf up
      padded_ = true;
      return ok;
    }
    if (padded_) return after_padding();
    if (any_ && key <= last_)
      return Error{Code::kCorrupt, fmt::format("BTH: key {:#x} is not above {:#x} before it", key, last_)};
    any_ = true;
    last_ = key;
    return visitor_(record);
  }

  static bool is_zero(Bytes record) {
    return std::all_of(record.begin(), record.end(), [](std::byte b) { return b == std::byte{0}; });
  }
  static Error after_padding() { return {Code::kCorrupt, "BTH: records after a record of zeros"}; }

  Heap& heap_;
  BthShape shape_;
  const std::function<Status(Bytes)>& visitor_;
  ndb::Losses* losses_;
  bool any_ = false, padded_ = false;
  std::uint64_t last_ = 0;
};

}  // namespace

Status visit_bth(Heap& heap, disk::Hid header, BthShape shape,
                 const std::function<Status(Bytes record)>& visitor, ndb::Losses* losses) {
  MK_CHECK(shape.cbKey <= sizeof(std::uint64_t));
  TRY_ASSIGN(const Bytes there, heap.get(header));
  TRY_ASSIGN(const auto h, decode<disk::BthHeader>(there));
  if (h.bType != disk::kBTreeSignature)
    return Error{Code::kCorrupt, fmt::format("BTHHEADER.bType {:#x}: it must be 0xb5", h.bType)};
  if (h.cbKey != shape.cbKey || h.cbEnt != shape.cbEnt)
    return Error{Code::kCorrupt, fmt::format("BTHHEADER.cbKey {} and cbEnt {}: they must be {} and {}",
                                             h.cbKey, h.cbEnt, shape.cbKey, shape.cbEnt)};
  if (h.bIdxLevels > kMaxLevels)
    return Error{Code::kCorrupt, fmt::format("BTHHEADER.bIdxLevels {} is too deep", h.bIdxLevels)};
  if (h.hidRoot == 0) return ok;
  return ndb::tolerate(losses, Walk(heap, shape, visitor, losses).level(disk::Hid(h.hidRoot), h.bIdxLevels),
                       "BTH");
}

}  // namespace mk::pst::ltp
