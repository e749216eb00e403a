#include "vault/compress.h"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <memory>

#include "vault/sealed_chunk.h"

namespace mk::vault {
namespace {

constexpr int kProbeLevel = 1, kNormalLevel = 3, kMaximumLevel = 19;
constexpr int kWindowLog = std::bit_width(kMaxChunkBytes) - 1;  // of level 19, which would take twice as much
constexpr std::size_t kProbeBytes = 8 * 1024;

/// Kept, since its tables are large.
ZSTD_CCtx* context() {
  thread_local const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> kept(ZSTD_createCCtx(),
                                                                               ZSTD_freeCCtx);
  MK_CHECK(kept != nullptr);
  return kept.get();
}

std::optional<Bytes> compress_at(Bytes in, int level, ByteString& room) {
  ZSTD_CCtx* const zstd = context();
  ZSTD_CCtx_reset(zstd, ZSTD_reset_session_and_parameters);
  ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, level);
  if (level == kMaximumLevel) ZSTD_CCtx_setParameter(zstd, ZSTD_c_windowLog, kWindowLog);
  room.resize(ZSTD_compressBound(in.size()));
  const std::size_t n = ZSTD_compress2(zstd, room.data(), room.size(), in.data(), in.size());
  if (ZSTD_isError(n) || n + n / 64 >= in.size()) return std::nullopt;
  return as_bytes(room).first(n);
}

/// Front, middle and back of what is large; one of them that shrinks is reason enough to try.
bool worth_trying(Bytes in) {
  ByteString room;
  if (in.size() < 8 * kProbeBytes) return true;
  for (const std::size_t at : {std::size_t{0}, in.size() / 2, in.size() - kProbeBytes})
    if (compress_at(in.subspan(at, kProbeBytes), kProbeLevel, room)) return true;
  return false;
}

}  // namespace

std::optional<Bytes> compress(Bytes in, ByteString& room, Compression how) {
  if (how == Compression::kOff || !worth_trying(in)) return std::nullopt;
  return compress_at(in, how == Compression::kMaximum ? kMaximumLevel : kNormalLevel, room);
}

Result<ByteString> decompress(Bytes in, std::size_t raw_bytes, ByteString room) {
  room.resize(raw_bytes);
  const std::size_t n = ZSTD_decompress(room.data(), room.size(), in.data(), in.size());
  if (!ZSTD_isError(n) && n == raw_bytes) return room;
  return Error{Code::kCorrupt, "the compressed bytes do not give what they should"};
}

}  // namespace mk::vault
