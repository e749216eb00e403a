// A property context with its subnodes.
#include "pst/fuzz_input.h"
#include "pst/ltp/property_context.h"

using namespace mk;
using namespace mk::pst;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FuzzInput input(fuzz_bytes(data, size));
  ndb::Losses losses;
  for (ndb::Losses* l : {static_cast<ndb::Losses*>(nullptr), &losses}) {
    ltp::Budget budget;
    const auto context = ltp::read_property_context(input.db(), input.node(), budget, l);
    if (!context) continue;
    for (const auto& p : context->properties)
      if (p.value.is_blob()) static_cast<void>(p.value.load(1 << 20));
  }
  return 0;
}
