#pragma once
#include <cstdint>

#include "base/bytes.h"

namespace mk::pst::disk {

/// The CRC of PST files: reflected 0xEDB88320, starting at 0, without final complement.  [MS-PST] 5.3
std::uint32_t crc(Bytes bytes);

/// wSig: folds where a block or page lies and its id into 16 bits.  [MS-PST] 5.5
constexpr std::uint16_t signature(std::uint64_t ib, std::uint64_t bid) {
  const auto both = static_cast<std::uint32_t>(ib ^ bid);
  return static_cast<std::uint16_t>(both >> 16 ^ both);
}

}  // namespace mk::pst::disk
