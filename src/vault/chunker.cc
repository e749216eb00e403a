#include "vault/chunker.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "vault/crypto.h"

namespace mk::vault {
namespace {

/// The upper `bits` bits: the gear shifts left, so that they depend on the most bytes.
std::uint64_t mask(unsigned bits) { return ~std::uint64_t{0} << (64 - bits); }

std::array<std::uint64_t, 256> gear_of(const SecretString& cut_key) {
  std::array<std::uint64_t, 256> gear;
  for (std::size_t i = 0; i < gear.size(); i += 4) {
    const auto block = hmac(as_bytes(cut_key.reveal()), {as_bytes("gear"), as_bytes(le_bytes(i))});
    std::memcpy(&gear[i], block.data(), block.size());
  }
  return gear;
}

/// Most streams are no longer.
constexpr std::size_t kFirstRoom = 64 * 1024;

}  // namespace

Chunker::Chunker(ByteSource& in, const SecretString& cut_key, const ChunkSizes& sizes)
    : in_(in),
      cut_key_(cut_key),
      sizes_(sizes),
      room_(std::min(kFirstRoom, 2 * sizes.max_bytes)),
      buffer_(new std::byte[room_]) {
  const auto bits = static_cast<unsigned>(std::bit_width(sizes.mean_bytes) - 1);
  // two bits harder before the mean and easier behind it: sizes gather around it
  mask_before_mean_ = mask(bits + 2);
  mask_after_mean_ = mask(bits - 2);
}

Result<Bytes> Chunker::next() {
  if (!at_end_ && end_ - begin_ < sizes_.max_bytes) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    TRY(fill());
  }
  const Bytes window(buffer_.get() + begin_, std::min(end_ - begin_, sizes_.max_bytes));
  const std::size_t n = cut(window);
  begin_ += n;
  return window.first(n);
}

/// Reads until the buffer is full, which gets its whole length when the stream is not short.
Status Chunker::fill() {
  for (;;) {
    TRY_ASSIGN(const std::size_t n, read_full(in_, {buffer_.get() + end_, room_ - end_}));
    end_ += n;
    at_end_ = end_ < room_;
    if (at_end_ || room_ == 2 * sizes_.max_bytes) return ok;
    room_ = 2 * sizes_.max_bytes;
    std::unique_ptr<std::byte[]> larger(new std::byte[room_]);
    std::memcpy(larger.get(), buffer_.get(), end_);
    buffer_ = std::move(larger);
  }
}

std::size_t Chunker::cut(Bytes window) {
  if (window.size() <= sizes_.min_bytes) return window.size();
  if (!gear_) gear_ = gear_of(cut_key_);
  const auto& gear = *gear_;
  std::uint64_t hash = 0;
  std::size_t i = sizes_.min_bytes;
  const auto scan = [&](std::size_t end, std::uint64_t mask) {
    for (; i < end; ++i) {
      hash = (hash << 1) + gear[std::to_integer<std::size_t>(window[i])];
      if ((hash & mask) == 0) return true;
    }
    return false;
  };
  if (scan(std::min(sizes_.mean_bytes, window.size()), mask_before_mean_) ||
      scan(window.size(), mask_after_mean_))
    return i + 1;
  return window.size();
}

}  // namespace mk::vault
