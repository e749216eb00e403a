#include "sim/framing.h"

#include <algorithm>
#include <optional>

namespace mk::sim {
namespace {

constexpr std::uint32_t kMarkers[] = {0x40000003, 0x40010003, 0x40020003, 0x40030003, 0x40040003,
                                      0x40090003, 0x400A0003, 0x400B0003, 0x400C0003, 0x400D0003,
                                      0x400E0003, 0x40100003, 0x4074000B, 0x4075000B};

std::size_t fixed_bytes(std::uint16_t type) {
  switch (type) {
    case 0x0002:
    case 0x000B:
      return 2;
    case 0x0003:
    case 0x0004:
    case 0x000A:
      return 4;
    case 0x0005:
    case 0x0006:
    case 0x0007:
    case 0x0014:
    case 0x0040:
      return 8;
    case 0x0048:
      return 16;
    default:
      return 0;
  }
}

/// Walks over elements; every step that would leave the stream fails.
class Walk {
 public:
  explicit Walk(Bytes bytes) : bytes_(bytes) {}
  bool done() const { return at_ == bytes_.size(); }
  std::size_t at() const { return at_; }
  /// Start and end of the last value of variable length.
  std::size_t value_begin() const { return value_begin_; }

  bool element() {
    value_begin_ = 0;
    std::uint32_t tag = 0;
    if (!take(tag)) return false;
    if (std::find(std::begin(kMarkers), std::end(kMarkers), tag) != std::end(kMarkers)) return true;
    if (tag >> 16 >= 0x8000 && !name()) return false;
    return value(static_cast<std::uint16_t>(tag));
  }

 private:
  template <class T>
  bool take(T& into) {
    if (bytes_.size() - at_ < sizeof(T)) return false;
    into = load_le<T>(bytes_.data() + at_);
    at_ += sizeof(T);
    return true;
  }
  bool skip(std::size_t n) {
    if (bytes_.size() - at_ < n) return false;
    at_ += n;
    return true;
  }
  bool name() {
    std::uint8_t kind = 0;
    if (!skip(16) || !take(kind)) return false;
    if (kind == 0) return skip(4);
    for (std::uint16_t unit = 1; unit != 0;)
      if (!take(unit)) return false;
    return true;
  }
  bool counted() {
    std::uint32_t n = 0;
    if (!take(n)) return false;
    value_begin_ = at_;
    return skip(n);
  }
  bool value(std::uint16_t type) {
    const bool multiple = (type & 0x9000) == 0x1000;
    const std::size_t size = fixed_bytes(multiple ? static_cast<std::uint16_t>(type & ~0x1000) : type);
    if (!multiple) return size > 0 ? skip(size) : counted();
    std::uint32_t n = 0;
    if (!take(n)) return false;
    if (size > 0) return n <= bytes_.size() / size && skip(n * size);
    for (; n > 0; --n)
      if (!counted()) return false;
    value_begin_ = 0;
    return true;
  }

  Bytes bytes_;
  std::size_t at_ = 0, value_begin_ = 0;
};

}  // namespace

bool is_framed(Bytes begin) {
  return begin.size() >= 8 && load_le<std::uint32_t>(begin.data()) == 1 &&
         load_le<std::uint32_t>(begin.data() + 4) == 8;
}

std::vector<std::size_t> buffer_ends(Bytes bare) {
  std::vector<std::size_t> out;
  std::size_t begin = 0, boundary = 0;
  Walk walk(bare);
  while (!walk.done()) {
    if (!walk.element()) break;
    while (walk.at() - begin > kBufferBytes) {
      std::size_t end = begin + kBufferBytes;
      const bool inside = walk.value_begin() != 0 && end >= walk.value_begin();
      if (!inside && boundary > begin) end = boundary;
      out.push_back(begin = end);
    }
    boundary = walk.at();
  }
  while (bare.size() - begin > kBufferBytes) out.push_back(begin += kBufferBytes);
  if (begin < bare.size()) out.push_back(bare.size());
  return out;
}

ByteString header_records(std::uint8_t major, std::uint8_t minor, std::uint16_t build) {
  ByteString out;
  for (const std::uint32_t v : {1U, 8U, 0U, 1U}) append_le(out, v);  // Config: flags 0, CopyTo
  for (const std::uint32_t v : {3U, 24U, 1U, 0x00020307U, 0U, 0x000000C0U, 0x46000000U, 0x80002400U})
    append_le(out, v);  // IID_IMessage
  for (const std::uint32_t v : {4U, 6U}) append_le(out, v);
  append_le(out, static_cast<std::uint16_t>(major << 8 | minor));
  append_le(out, static_cast<std::uint16_t>(0x8000 | build));
  append_le(out, std::uint16_t{0});
  return out;
}

ByteString buffer_head(std::size_t length) {
  ByteString out;
  append_le(out, std::uint32_t{2});
  append_le(out, static_cast<std::uint32_t>(length));
  return out;
}

ByteString frame(Bytes bare) {
  ByteString out = header_records(15, 0, 1497);
  std::size_t from = 0;
  for (const std::size_t end : buffer_ends(bare)) {
    out += buffer_head(end - from);
    out += as_chars(bare.subspan(from, end - from));
    from = end;
  }
  return out;
}

}  // namespace mk::sim
