#pragma once
#include <optional>

#include "base/bytes.h"

namespace mk::vault {

enum class Codec : std::uint8_t { kStored = 0, kZstd = 1 };

/// zstd level 3; nothing when that would not save anything, which a probe finds out quickly for large input.
std::optional<ByteString> compress(Bytes in);
/// Errors: kCorrupt  not zstd, or not exactly `raw_bytes` long.  Bounds: allocates raw_bytes
Result<ByteString> decompress(Bytes in, std::size_t raw_bytes);

}  // namespace mk::vault
