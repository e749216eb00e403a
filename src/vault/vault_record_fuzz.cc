// A record of a pack: its first byte says in which technique the keys are, and whether the checksum is
// mended, so that what lies behind it is reached.
#include "vault/sealed_chunk.h"

using namespace mk;
using namespace mk::vault;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::array<Keys, 3> keys{
      derive_keys(VaultId{}, SecretString("fuzz")),
      derive_keys(VaultId{}, {SecretString("fuzz"), {Cipher::kBlowfish, 448}}),
      derive_keys(VaultId{}, {SecretString("fuzz"), {Cipher::kTripleDes, 0}})};
  if (size < 9) return 0;
  ByteString in(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] & 1) {
    const std::uint64_t sum = xxh3(as_bytes(in).first(in.size() - 8));
    std::memcpy(in.data() + in.size() - 8, &sum, 8);
  }
  const auto record = decode_record(as_bytes(in));
  if (record) static_cast<void>(open_record(VaultId{}, keys[data[0] / 2 % keys.size()], *record));
  return 0;
}
