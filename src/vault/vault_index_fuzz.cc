// An index file; its checksum is made to fit, so that what lies behind it is looked at.
#include "vault/index_file.h"

using namespace mk;
using namespace mk::vault;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kSumAt = 32, kHeaderBytes = 40;
  ByteString in(reinterpret_cast<const char*>(data), size);  // aligned, as a mapped file is
  if (size < kHeaderBytes) return 0;
  const std::uint64_t sum = xxh3(as_bytes(in).subspan(kHeaderBytes));
  std::memcpy(in.data() + kSumAt, &sum, sizeof sum);
  const auto table = decode_index(as_bytes(in), VaultId{});
  std::size_t n = 0;
  if (table)
    for (const IndexRow& row : table->rows) n += table->packs[row.pack].bytes;
  volatile std::size_t sink = n;  // what was found is used
  static_cast<void>(sink);
  return 0;
}
