// A B-tree on a heap, with the shapes that the format knows.
#include "pst/fuzz_input.h"
#include "pst/ltp/bth.h"

using namespace mk;
using namespace mk::pst;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FuzzInput input(fuzz_bytes(data, size));
  auto heap = ltp::Heap::open(input.db(), input.node().data);
  if (!heap) return 0;
  for (const ltp::BthShape shape : {ltp::BthShape{2, 6}, ltp::BthShape{4, 4}, ltp::BthShape{4, 2}}) {
    ndb::Losses losses;
    const auto visitor = [](Bytes) { return Status(ok); };
    static_cast<void>(ltp::visit_bth(*heap, heap->user_root(), shape, visitor));
    static_cast<void>(ltp::visit_bth(*heap, heap->user_root(), shape, visitor, &losses));
  }
  return 0;
}
