// Checks whatever it is given. Checksums that do not fit are findings here, not walls.
#include "pst/check/checker.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mk;
  auto storage = pst::ndb::make_memory_storage(ByteString(reinterpret_cast<const char*>(data), size));
  static_cast<void>(pst::check::check_pst(std::move(storage), {}, [](const pst::check::Finding&) {}));
  return 0;
}
