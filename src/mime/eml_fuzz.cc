#include <cstddef>
#include <cstdint>

#include "mime/eml.h"

/// Whatever is read can be written, and what was written can be read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto item = mk::mime::read_eml(mk::Bytes(reinterpret_cast<const std::byte*>(data), size));
  if (!item) return 0;
  mk::ByteString eml;
  mk::StringSink sink(eml);
  MK_CHECK(mk::mime::write_eml(*item, sink));
  MK_CHECK(mk::mime::read_eml(mk::as_bytes(eml)));
  return 0;
}
