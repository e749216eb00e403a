#pragma once
#include <optional>

#include "base/bytes.h"

namespace mk::vault {

enum class Codec : std::uint8_t { kStored = 0, kZstd = 1 };

/// How hard a writer tries: not at all, zstd level 3, or level 19. Readers need not know.
enum class Compression { kOff, kNormal, kMaximum };

/// Nothing when it would not save anything, which samples of large input tell quickly. The result lies
/// in `room`, which may be used again. Bounds: keeps, for each thread that calls it, what the largest input
/// took: up to 2 MiB, with kMaximum 50 MiB
std::optional<Bytes> compress(Bytes in, ByteString& room, Compression how = Compression::kNormal);
/// `room`: memory to use again.
/// Errors: kCorrupt  not zstd, or not exactly `raw_bytes` long.  Bounds: allocates raw_bytes
Result<ByteString> decompress(Bytes in, std::size_t raw_bytes, ByteString room = {});

}  // namespace mk::vault
