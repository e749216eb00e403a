// A pack, with its header, records and entries, checked whole and through its entries alone: as it is, and
// with checksums that fit.
#include "vault/mended.h"

using namespace mk;
using namespace mk::vault;

namespace {

void look_at(Bytes pack) {
  const auto id = PackId::of(sha256(pack));
  const Status whole = check_pack(VaultId{}, id, pack);
  const auto store = make_memory_store();
  MK_CHECK(store->put(pack_name(id), pack));
  const auto read = read_pack_index(*store, id), decoded = decode_pack_index(pack);
  MK_CHECK(static_cast<bool>(read) == static_cast<bool>(decoded));
  MK_CHECK(!whole || (read && check_pack_header(*store, VaultId{}, id, read->kind)));
  if (decoded)
    for (const PackEntry& e : decoded->entries)
      static_cast<void>(decode_record(pack.subspan(e.offset, e.length), e.offset));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteString in(reinterpret_cast<const char*>(data), size);
  look_at(as_bytes(in));
  look_at(as_bytes(mended_pack(in)));
  return 0;
}
