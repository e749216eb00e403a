#include "mime/rtf.h"

#include <cstddef>
#include <cstdint>

#include "mime/lzfu.h"

/// The same bytes as compressed RTF and as RTF; what comes out stays within what the headers promise.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const mk::Bytes bytes(reinterpret_cast<const std::byte*>(data), size);
  if (auto raw = mk::mime::decompress_rtf(bytes)) static_cast<void>(mk::mime::read_rtf(*raw));
  if (auto content = mk::mime::read_rtf(mk::as_chars(bytes))) MK_CHECK(content->text.size() <= 6 * size + 6);
  return 0;
}
