// Shows every layer of whatever it is given. Damage is told in the text, so that nothing is refused.
#include "pst/inspect/inspector.h"

#include "pst/fuzz_input.h"

using namespace mk;
using namespace mk::pst;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const bool hex : {false, true}) {
    const auto shown = Inspector::open_bytes(ByteString(as_chars(fuzz_bytes(data, size))), {hex});
    if (!shown) return 0;
    const Inspector& i = **shown;
    std::string text;
    StringSink sink(text);
    static_cast<void>(i.header(sink));
    for (std::uint64_t at = 0; at < 8; ++at) static_cast<void>(i.page(at * 512, sink));
    for (std::uint64_t bid = 4; bid < 24; ++bid) static_cast<void>(i.block(Bid(bid), sink));
    for (const std::uint32_t nid : {0x21u, 0x61u, 0x122u, 0x12Du, 0x200024u}) {
      static_cast<void>(i.node({Nid(nid)}, sink));
      for (const std::uint32_t sub : {0x671u, 0x692u, 0x8025u})
        static_cast<void>(i.node({Nid(nid), Nid(sub)}, sink));
      for (const auto id : std::to_array<std::uint16_t>({0x0002, 0x0037, 0x3001, 0x35E0}))
        static_cast<void>(i.property({Nid(nid)}, id, sink));
    }
  }
  return 0;
}
