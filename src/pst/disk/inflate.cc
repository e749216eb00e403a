#include "pst/disk/inflate.h"

#include <zlib.h>

namespace mk::pst::disk {

bool inflate(Bytes in, std::span<std::byte> out) {
  uLongf n = out.size();
  uLong read = in.size();
  const auto* from = reinterpret_cast<const Bytef*>(in.data());
  return uncompress2(reinterpret_cast<Bytef*>(out.data()), &n, from, &read) == Z_OK && n == out.size();
}

}  // namespace mk::pst::disk
