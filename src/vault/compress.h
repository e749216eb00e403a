#pragma once
#include <optional>

#include "base/bytes.h"

namespace mk::vault {

enum class Codec : std::uint8_t { kStored = 0, kZstd = 1 };

/// zstd level 3; nothing when that would not save anything, which a probe finds out quickly for large input.
/// The result lies in `room`, which may be used again.
std::optional<Bytes> compress(Bytes in, ByteString& room);
/// `room`: memory to use again.
/// Errors: kCorrupt  not zstd, or not exactly `raw_bytes` long.  Bounds: allocates raw_bytes
Result<ByteString> decompress(Bytes in, std::size_t raw_bytes, ByteString room = {});

}  // namespace mk::vault
