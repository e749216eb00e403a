// A log record and a checkpoint, without keys and with those of two techniques; and a key slot, which is
// small and of the same kind.
#include "vault/checkpoint.h"

using namespace mk;
using namespace mk::vault;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Keys keys = derive_keys(VaultId{}, SecretString("fuzz"));
  static const Keys legacy = derive_keys(VaultId{}, {SecretString("fuzz"), {Cipher::kBlowfish, 448}});
  const Bytes in(reinterpret_cast<const std::byte*>(data), size);
  static_cast<void>(decode_log_record(in, nullptr));
  static_cast<void>(decode_log_record(in, &keys));
  static_cast<void>(decode_log_record(in, &legacy));
  for (const Keys* k : {static_cast<const Keys*>(nullptr), &keys, &legacy})
    static_cast<void>(decode_checkpoint(in, VaultId{}, k));
  static_cast<void>(decode_slot(in));
  return 0;
}
