// A table context with its subnodes.
#include "pst/fuzz_input.h"
#include "pst/ltp/table.h"

using namespace mk;
using namespace mk::pst;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FuzzInput input(fuzz_bytes(data, size));
  ndb::Losses losses;
  for (ndb::Losses* l : {static_cast<ndb::Losses*>(nullptr), &losses}) {
    auto table = ltp::Table::open(input.db(), input.node(), l);
    if (!table) continue;
    const auto rows = table->rows();
    ltp::Budget budget;
    for (std::size_t i = 0; rows && i < std::min<std::size_t>(rows->size(), 256); ++i)
      static_cast<void>(table->row((*rows)[i].dwRowIndex, budget));
    static_cast<void>(table->row(0, budget));
  }
  return 0;
}
