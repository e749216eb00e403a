// A heap: every HID of its first blocks.
#include "pst/fuzz_input.h"
#include "pst/ltp/heap.h"

using namespace mk;
using namespace mk::pst;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FuzzInput input(fuzz_bytes(data, size));
  auto heap = ltp::Heap::open(input.db(), input.node().data);
  if (!heap) return 0;
  for (std::uint32_t index = 0; index < 2048; ++index)
    static_cast<void>(heap->get(disk::Hid(0, std::uint16_t(index))));
  for (const std::uint32_t hid : {0u, 0x10020u, 0x80020u, 0xFFFFFFE0u})
    static_cast<void>(heap->get(disk::Hid(hid)));
  return 0;
}
