// Structures that only large files have; those of small ones are shown by tests/e2e/pst_tools_test.py.
#include "pst/inspect/inspector.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "pst/check/mutations.h"

namespace mk::pst {
namespace {

using check::Kit;
using testing::HasSubstr;
using testing::StartsWith;

std::string shown(const ByteString& file, const std::function<Status(const Inspector&, ByteSink&)>& what,
                  bool hex = false) {
  const auto inspector = Inspector::open_bytes(file, {hex});
  EXPECT_TRUE(inspector);
  std::string text;
  StringSink sink(text);
  const Status done = what(**inspector, sink);
  EXPECT_TRUE(done) << done.error().what;
  return text;
}
std::string block(const Kit& kit, Bid bid) {
  return shown(kit.bytes, [bid](const Inspector& i, ByteSink& out) { return i.block(bid, out); });
}
std::string page(const ByteString& file, std::uint64_t at, bool hex = false) {
  return shown(file, [at](const Inspector& i, ByteSink& out) { return i.page(at, out); }, hex);
}

TEST(Inspector, ShowsAnXxblockAndItsXblocks) {
  Kit kit(check::large_base());
  const Bid top = check::payload_tree(kit), first = kit.word(top, 8);
  const std::string xx = block(kit, top), x = block(kit, first);
  EXPECT_THAT(xx, HasSubstr(", internal\n"));
  EXPECT_THAT(xx, HasSubstr("cLevel           2\n"));
  EXPECT_THAT(xx, HasSubstr("cEnt             2\n"));
  EXPECT_THAT(xx, HasSubstr("lcbTotal         0x895440 (9000000)\n"));
  EXPECT_THAT(xx, HasSubstr(fmt::format("rgbid[0] {:#x}\n", first.value)));
  EXPECT_THAT(x, HasSubstr("cLevel           1\n"));
  EXPECT_THAT(x, HasSubstr("cEnt             0x3fd (1021)\n"));
  EXPECT_THAT(x, HasSubstr("and 21 more\n"));
}

TEST(Inspector, ShowsASiblockAndItsSlblocks) {
  Kit kit(check::base());
  const Bid top = kit.sub(check::kMany);
  const std::string si = block(kit, top), sl = block(kit, kit.word(top, 16));
  EXPECT_THAT(si, HasSubstr("cLevel           1\n"));
  EXPECT_THAT(si, HasSubstr("SIENTRY[1] nid=0x"));
  EXPECT_THAT(sl, HasSubstr("cLevel           0\n"));
  EXPECT_THAT(sl, HasSubstr("SLENTRY[0] nid=0x671 nid=0x0 bidData=0x"));
  EXPECT_THAT(sl, HasSubstr("SLENTRY[339] nid=0x"));
}

TEST(Inspector, NamesMapPagesAndShowsTheirBytes) {
  ByteString file = check::base();
  EXPECT_THAT(page(file, 0x4200), StartsWith("page at 0x4200: ptypeDL\n"));
  EXPECT_THAT(page(file, 0x4400), StartsWith("page at 0x4400: ptypeAMap\n"));
  EXPECT_THAT(page(file, 0x4600), StartsWith("page at 0x4600: ptypePMap\n"));
  for (const auto& [type, name] : {std::pair('\x82', "ptypeFMap"), std::pair('\x85', "ptypeFPMap")}) {
    file.replace(0x4600 + 496, 2, ByteString(2, type));
    const std::string text = page(file, 0x4600);
    EXPECT_THAT(text, StartsWith("page at 0x4600: " + std::string(name) + "\n"));
    EXPECT_THAT(text, HasSubstr("bid              0x4600 (17920)\n"));
    EXPECT_THAT(text, HasSubstr(", 496 bytes\n"));
    EXPECT_THAT(text, HasSubstr("000001e0  ff ff ff ff"));
  }
  EXPECT_THAT(page(file, 0x4600, true), HasSubstr("000001f0  85 85"));
}

}  // namespace
}  // namespace mk::pst
