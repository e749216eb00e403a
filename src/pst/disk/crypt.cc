#include "pst/disk/crypt.h"

#include <array>
#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace mk::pst::disk {
namespace {

using Table = std::array<std::uint8_t, 256>;

// The first and second third of mpbbCrypt; the last third (mpbbI) undoes the first.  [MS-PST] 5.1
constexpr Table kMpbbR = {
    65,  54,  19,  98,  168, 33,  110, 187, 244, 22,  204, 4,   127, 100, 232, 93,  30,  242, 203, 42,
    116, 197, 94,  53,  210, 149, 71,  158, 150, 45,  154, 136, 76,  125, 132, 63,  219, 172, 49,  182,
    72,  95,  246, 196, 216, 57,  139, 231, 35,  59,  56,  142, 200, 193, 223, 37,  177, 32,  165, 70,
    96,  78,  156, 251, 170, 211, 86,  81,  69,  124, 85,  0,   7,   201, 43,  157, 133, 155, 9,   160,
    143, 173, 179, 15,  99,  171, 137, 75,  215, 167, 21,  90,  113, 102, 66,  191, 38,  74,  107, 152,
    250, 234, 119, 83,  178, 112, 5,   44,  253, 89,  58,  134, 126, 206, 6,   235, 130, 120, 87,  199,
    141, 67,  175, 180, 28,  212, 91,  205, 226, 233, 39,  79,  195, 8,   114, 128, 207, 176, 239, 245,
    40,  109, 190, 48,  77,  52,  146, 213, 14,  60,  34,  50,  229, 228, 249, 159, 194, 209, 10,  129,
    18,  225, 238, 145, 131, 118, 227, 151, 230, 97,  138, 23,  121, 164, 183, 220, 144, 122, 92,  140,
    2,   166, 202, 105, 222, 80,  26,  17,  147, 185, 82,  135, 88,  252, 237, 29,  55,  73,  27,  106,
    224, 41,  51,  153, 189, 108, 217, 148, 243, 64,  84,  111, 240, 198, 115, 184, 214, 62,  101, 24,
    68,  31,  221, 103, 16,  241, 12,  25,  236, 174, 3,   161, 20,  123, 169, 11,  255, 248, 163, 192,
    162, 1,   247, 46,  188, 36,  104, 117, 13,  254, 186, 47,  181, 208, 218, 61};
constexpr Table kMpbbS = {
    20,  83,  15,  86,  179, 200, 122, 156, 235, 101, 72,  23,  22,  21,  159, 2,   204, 84,  124, 131,
    0,   13,  12,  11,  162, 98,  168, 118, 219, 217, 237, 199, 197, 164, 220, 172, 133, 116, 214, 208,
    167, 155, 174, 154, 150, 113, 102, 195, 99,  153, 184, 221, 115, 146, 142, 132, 125, 165, 94,  209,
    93,  147, 177, 87,  81,  80,  128, 137, 82,  148, 79,  78,  10,  107, 188, 141, 127, 110, 71,  70,
    65,  64,  68,  1,   17,  203, 3,   63,  247, 244, 225, 169, 143, 60,  58,  249, 251, 240, 25,  48,
    130, 9,   46,  201, 157, 160, 134, 73,  238, 111, 77,  109, 196, 45,  129, 52,  37,  135, 27,  136,
    170, 252, 6,   161, 18,  56,  253, 76,  66,  114, 100, 19,  55,  36,  106, 117, 119, 67,  255, 230,
    180, 75,  54,  92,  228, 216, 53,  61,  69,  185, 44,  236, 183, 49,  43,  41,  7,   104, 163, 14,
    105, 123, 24,  158, 33,  57,  190, 40,  26,  91,  120, 245, 35,  202, 42,  176, 175, 62,  254, 4,
    140, 231, 229, 152, 50,  149, 211, 246, 74,  232, 166, 234, 233, 243, 213, 47,  112, 32,  242, 31,
    5,   103, 173, 85,  16,  206, 205, 227, 39,  59,  218, 186, 215, 194, 38,  212, 145, 29,  210, 28,
    34,  51,  248, 250, 241, 90,  239, 207, 144, 182, 139, 181, 189, 192, 191, 8,   151, 30,  108, 226,
    97,  224, 198, 193, 89,  171, 187, 88,  222, 95,  223, 96,  121, 126, 178, 138};

constexpr Table inverse_of(const Table& t) {
  Table out{};
  for (std::size_t i = 0; i < t.size(); ++i) out[t[i]] = static_cast<std::uint8_t>(i);
  return out;
}
constexpr Table kMpbbI = inverse_of(kMpbbR);
static_assert(inverse_of(kMpbbI) == kMpbbR && inverse_of(kMpbbS) == kMpbbS);

std::uint8_t at(const Table& t, unsigned i) { return t[i & 0xFF]; }

void map_each(const Table& t, std::span<std::byte> data) {
  for (std::byte& b : data) b = std::byte{t[std::to_integer<std::uint8_t>(b)]};
}

#ifdef __x86_64__
/// The table is four registers; each half is looked up by the lower seven bits, and bit 7 chooses.
__attribute__((target("avx512vbmi,avx512bw"))) std::size_t map_by_64(const Table& t,
                                                                     std::span<std::byte> data) {
  const __m512i a = _mm512_loadu_si512(&t[0]), b = _mm512_loadu_si512(&t[64]);
  const __m512i c = _mm512_loadu_si512(&t[128]), d = _mm512_loadu_si512(&t[192]);
  std::size_t at = 0;
  for (; at + 64 <= data.size(); at += 64) {
    const __m512i x = _mm512_loadu_si512(&data[at]);
    const __m512i low = _mm512_permutex2var_epi8(a, x, b), high = _mm512_permutex2var_epi8(c, x, d);
    _mm512_storeu_si512(&data[at], _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high));
  }
  return at;
}

/// Sixteen look-ups of four bits; each gives zeros for bytes outside its row, since their index is 0x80 or
/// above.
__attribute__((target("avx2"))) std::size_t map_by_32(const Table& t, std::span<std::byte> data) {
  const __m256i to_index = _mm256_set1_epi8(0x70), row_size = _mm256_set1_epi8(16);
  __m256i rows[16];
  for (std::size_t i = 0; i < 16; ++i)
    rows[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(&t[16 * i])));
  std::size_t at = 0;
  for (; at + 32 <= data.size(); at += 32) {
    auto* const place = reinterpret_cast<__m256i*>(&data[at]);
    __m256i x = _mm256_loadu_si256(place), out = _mm256_setzero_si256();
    for (const __m256i& row : rows) {
      out = _mm256_or_si256(out, _mm256_shuffle_epi8(row, _mm256_adds_epu8(x, to_index)));
      x = _mm256_sub_epi8(x, row_size);
    }
    _mm256_storeu_si256(place, out);
  }
  return at;
}

const bool kHas64 = __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw");
const bool kHas32 = __builtin_cpu_supports("avx2");
#endif

void map_bytes(const Table& t, std::span<std::byte> data) {
#ifdef __x86_64__
  if (kHas64)
    data = data.subspan(map_by_64(t, data));
  else if (kHas32)
    data = data.subspan(map_by_32(t, data));
#endif
  map_each(t, data);
}

}  // namespace

void encode_permute(std::span<std::byte> data) { map_bytes(kMpbbR, data); }
void decode_permute(std::span<std::byte> data) { map_bytes(kMpbbI, data); }

void code_cyclic(std::span<std::byte> data, std::uint32_t key) {
  auto w = static_cast<std::uint16_t>(key ^ key >> 16);
  for (std::byte& b : data) {
    const unsigned low = w & 0xFF, high = w >> 8;
    unsigned v = at(kMpbbR, std::to_integer<unsigned>(b) + low);
    v = at(kMpbbS, v + high);
    v = at(kMpbbI, v - high);
    b = std::byte{static_cast<std::uint8_t>(v - low)};
    ++w;
  }
}

void encode_block(CryptMethod method, std::uint64_t bid, std::span<std::byte> data) {
  if (method == CryptMethod::kPermute)
    encode_permute(data);
  else if (method == CryptMethod::kCyclic)
    code_cyclic(data, static_cast<std::uint32_t>(bid));
}
void decode_block(CryptMethod method, std::uint64_t bid, std::span<std::byte> data) {
  if (method == CryptMethod::kPermute)
    decode_permute(data);
  else if (method == CryptMethod::kCyclic)
    code_cyclic(data, static_cast<std::uint32_t>(bid));
}

}  // namespace mk::pst::disk
