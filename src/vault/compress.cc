#include "vault/compress.h"

#include <zstd.h>

#include <array>
#include <bit>
#include <memory>

#include "vault/sealed_chunk.h"

namespace mk::vault {
namespace {

constexpr int kNormalLevel = 3, kMaximumLevel = 19;
constexpr int kWindowLog = std::bit_width(kMaxChunkBytes) - 1;  // of level 19, which would take twice as much
constexpr std::size_t kAlwaysTried = 64 * 1024, kSampleBytes = 512, kSampleEvery = 16 * 1024;

/// Kept, since its tables are large.
ZSTD_CCtx* context() {
  thread_local const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> kept(ZSTD_createCCtx(),
                                                                               ZSTD_freeCCtx);
  MK_CHECK(kept != nullptr);
  return kept.get();
}

/// Kept, too.
ZSTD_DCtx* reading_context() {
  thread_local const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> kept(ZSTD_createDCtx(),
                                                                               ZSTD_freeDCtx);
  MK_CHECK(kept != nullptr);
  return kept.get();
}

std::optional<Bytes> compress_at(Bytes in, int level, ByteString& room) {
  ZSTD_CCtx* const zstd = context();
  ZSTD_CCtx_reset(zstd, ZSTD_reset_session_and_parameters);
  ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, level);
  if (level == kMaximumLevel) ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, kWindowLog);
  const std::size_t bound = ZSTD_compressBound(in.size());
  if (room.size() < bound) room.resize(bound);
  const std::size_t n = ZSTD_compress2(zstd, room.data(), room.size(), in.data(), in.size());
  if (ZSTD_isError(n) || n + n / 64 >= in.size()) return std::nullopt;
  return as_bytes(room).first(n);
}

/// Whether some bytes are clearly more frequent than others. Of random ones the squares of the counts add up
/// to 1,534 with a standard deviation of 45; of base64, whose letters are as even as any text's, to 4,600.
bool is_uneven(Bytes sample) {
  constexpr unsigned kUneven = 2'000;
  static_assert(kSampleBytes == 512);
  std::array<std::uint16_t, 256> counts{};
  for (const std::byte b : sample) ++counts[std::to_integer<std::size_t>(b)];
  unsigned squares = 0;
  for (const std::uint16_t n : counts) squares += unsigned{n} * n;
  return squares > kUneven;
}

/// Of what is large, when a thirtieth and more of it is like text: a file of many mails has some everywhere.
bool worth_trying(Bytes in) {
  if (in.size() < kAlwaysTried) return true;
  std::size_t samples = 0, uneven = 0;
  for (std::size_t at = 0; at + kSampleBytes <= in.size(); at += kSampleEvery) {
    ++samples;
    uneven += is_uneven(in.subspan(at, kSampleBytes)) ? 1 : 0;
  }
  return uneven * 30 >= samples;
}

}  // namespace

std::optional<Bytes> compress(Bytes in, ByteString& room, Compression how) {
  if (how == Compression::kOff || !worth_trying(in)) return std::nullopt;
  return compress_at(in, how == Compression::kMaximum ? kMaximumLevel : kNormalLevel, room);
}

Result<ByteString> decompress(Bytes in, std::size_t raw_bytes, ByteString room) {
  room.resize(raw_bytes);
  const std::size_t n =
      ZSTD_decompressDCtx(reading_context(), room.data(), room.size(), in.data(), in.size());
  if (!ZSTD_isError(n) && n == raw_bytes) return room;
  return Error{Code::kCorrupt, "the compressed bytes do not give what they should"};
}

}  // namespace mk::vault
