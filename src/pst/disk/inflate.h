#pragma once
#include <span>

#include "base/bytes.h"

namespace mk::pst::disk {

/// Fills `out` with what a zlib stream holds; false when it is damaged or holds another number of bytes.
/// Blocks of 4K files may be stored so.
bool inflate(Bytes in, std::span<std::byte> out);

}  // namespace mk::pst::disk
