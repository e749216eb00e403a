// A pack, with its header, records and entries, checked whole and through its entries alone.
#include "vault/pack.h"

using namespace mk;
using namespace mk::vault;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes in(reinterpret_cast<const std::byte*>(data), size);
  const auto id = PackId::of(sha256(in));
  static_cast<void>(check_pack(VaultId{}, id, in));
  const auto store = make_memory_store();
  MK_CHECK(store->put(pack_name(id), in));
  static_cast<void>(read_pack_index(*store, id));
  return 0;
}
