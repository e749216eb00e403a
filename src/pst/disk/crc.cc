#include "pst/disk/crc.h"

#include <zlib.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace mk::pst::disk {
namespace {

/// The CRC of what came before, continued. zlib complements before and after, which is undone here.
std::uint32_t portable_crc(std::uint32_t crc, Bytes bytes) {
  if (bytes.empty()) return crc;  // zlib takes a null pointer for a question
  const uLong c = crc32_z(~crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  return ~static_cast<std::uint32_t>(c);
}

#ifdef __x86_64__
constexpr std::size_t kLane = 16, kLanes = 4, kStride = kLanes * kLane;

/// Four lanes of 128 bits are carried over 64 bytes at a time by multiplication modulo the polynomial; what
/// is left has the same CRC as all that went in. The constants are x^n modulo the polynomial, for n the
/// distances folded. (Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ", Intel
/// 2009)
__attribute__((target("pclmul,sse4.1"))) std::uint32_t folded_crc(Bytes bytes) {
  const __m128i by_stride = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4);
  const __m128i by_lane = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0);
  const auto load = [](const std::byte* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); };
  const auto fold = [](__m128i x, __m128i k, __m128i next) __attribute__((target("pclmul,sse4.1"))) {
    return _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(x, k, 0x00), _mm_clmulepi64_si128(x, k, 0x11)),
                         next);
  };
  const std::byte* p = bytes.data();
  __m128i lanes[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) lanes[i] = load(p + i * kLane);
  p += kStride;
  std::size_t left = bytes.size() - kStride;
  for (; left >= kStride; left -= kStride, p += kStride)
    for (std::size_t i = 0; i < kLanes; ++i) lanes[i] = fold(lanes[i], by_stride, load(p + i * kLane));
  for (std::size_t i = 1; i < kLanes; ++i) lanes[i] = fold(lanes[i - 1], by_lane, lanes[i]);
  for (; left >= kLane; left -= kLane, p += kLane)
    lanes[kLanes - 1] = fold(lanes[kLanes - 1], by_lane, load(p));
  std::byte rest[kLane];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), lanes[kLanes - 1]);
  return portable_crc(portable_crc(0, rest), {p, left});
}

const bool kCanFold = __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
#endif

}  // namespace

std::uint32_t crc(Bytes bytes) {
#ifdef __x86_64__
  if (bytes.size() >= kStride && kCanFold) return folded_crc(bytes);
#endif
  return portable_crc(0, bytes);
}

}  // namespace mk::pst::disk
