#include "vault/compress.h"

#include <zstd.h>

#include <algorithm>

namespace mk::vault {
namespace {

constexpr int kLevel = 3;
constexpr std::size_t kProbeBytes = 8 * 1024;

std::optional<Bytes> compress_at(Bytes in, int level, ByteString& room) {
  room.resize(ZSTD_compressBound(in.size()));
  const std::size_t n = ZSTD_compress(room.data(), room.size(), in.data(), in.size(), level);
  if (ZSTD_isError(n) || n + n / 64 >= in.size()) return std::nullopt;
  return as_bytes(room).first(n);
}

/// Front, middle and back of what is large; one of them that shrinks is reason enough to try.
bool worth_trying(Bytes in) {
  ByteString room;
  if (in.size() < 8 * kProbeBytes) return true;
  for (const std::size_t at : {std::size_t{0}, in.size() / 2, in.size() - kProbeBytes})
    if (compress_at(in.subspan(at, kProbeBytes), 1, room)) return true;
  return false;
}

}  // namespace

std::optional<Bytes> compress(Bytes in, ByteString& room) {
  return worth_trying(in) ? compress_at(in, kLevel, room) : std::nullopt;
}

Result<ByteString> decompress(Bytes in, std::size_t raw_bytes, ByteString room) {
  room.resize(raw_bytes);
  const std::size_t n = ZSTD_decompress(room.data(), room.size(), in.data(), in.size());
  if (!ZSTD_isError(n) && n == raw_bytes) return room;
  return Error{Code::kCorrupt, "the compressed bytes do not give what they should"};
}

}  // namespace mk::vault
