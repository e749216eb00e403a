#include "pst/disk/crc.h"

#include <zlib.h>

namespace mk::pst::disk {

std::uint32_t crc(Bytes bytes) {
  if (bytes.empty()) return 0;  // zlib takes a null pointer for a question
  // zlib complements before and after; undone, its (fast) CRC is the one of PST files.
  const uLong c = crc32_z(0xFFFFFFFFu, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  return static_cast<std::uint32_t>(c) ^ 0xFFFFFFFFu;
}

}  // namespace mk::pst::disk
