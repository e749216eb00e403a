// A log record and a checkpoint, without keys and with those of two techniques, and with what is sealed in
// them and their macs made to fit; and a key slot, which is small and of the same kind.
#include "vault/checkpoint.h"
#include "vault/mended.h"

using namespace mk;
using namespace mk::vault;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Keys keys = derive_keys(VaultId{}, SecretString("fuzz"));
  static const Keys legacy = derive_keys(VaultId{}, {SecretString("fuzz"), {Cipher::kBlowfish, 448}});
  const ByteString in(reinterpret_cast<const char*>(data), size);
  for (const Keys* k : {static_cast<const Keys*>(nullptr), &keys, &legacy}) {
    static_cast<void>(decode_log_record(as_bytes(in), k));
    static_cast<void>(decode_checkpoint(as_bytes(in), VaultId{}, k));
  }
  static_cast<void>(decode_log_record(as_bytes(sealed_anew<LogHead>(in, keys)), &keys));
  const auto checkpoint =
      decode_checkpoint(as_bytes(sealed_anew<CheckpointHead>(in, keys)), VaultId{}, &keys);
  if (checkpoint) static_cast<void>(encode_checkpoint(VaultId{}, keys, checkpoint->state, {}));
  static_cast<void>(decode_slot(as_bytes(in)));
  return 0;
}
