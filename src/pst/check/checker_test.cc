#include "pst/check/checker.h"

#include <gtest/gtest.h>

#include <set>

#include "base/file.h"
#include "base/test_data.h"
#include "pst/check/mutations.h"
#include "pst/check/sorter.h"

namespace mk::pst::check {
namespace {

TEST(Checker, FindsNothingInWhatWeWrite) {
  for (const ByteString* bytes : {&base(), &large_base()}) {
    const CheckReport report = check(*bytes);
    EXPECT_EQ(report.notes + report.repairs + report.fatals, 0u) << found(report);
    EXPECT_GT(report.nodes, 300u);
  }
}

TEST(Checker, HasAMutationForEveryRule) {
  std::set<std::string_view> covered = {"page.trailer-4k", "block.trailer-4k",
                                        "block.inflate",                     // ReadsThe4KForm
                                        "fmap.content",    "fpmap.content",  // LooksAtMapsFarIntoAFile
                                        "check.incomplete"};                 // EndsWhenPartsReferToThemselves
  for (const auto* all : {&ndb_mutations(), &ltp_mutations(), &messaging_mutations()})
    for (const Mutation& m : *all) covered.insert(m.code);
  for (const Rule& r : kRules) EXPECT_TRUE(covered.contains(r.code)) << r.code;
}

/// A file of 2 GiB of which only the maps exist: what lies between is zero.
class Sparse final : public ndb::Storage {
 public:
  Sparse(ByteString front, std::uint64_t bad_at) : front_(std::move(front)), bad_at_(bad_at) {
    size_ = 0x4400 + 8193 * std::uint64_t{0x3E000};
    std::memcpy(front_.data() + 184, &size_, 8);
    const std::uint64_t last = size_ - 0x3E000;
    std::memcpy(front_.data() + 192, &last, 8);
  }
  std::uint64_t size() const override { return size_; }
  Status read_at(std::uint64_t offset, std::span<std::byte> out) const override {
    std::fill(out.begin(), out.end(), std::byte{0});
    const auto front = as_bytes(front_).subspan(std::min<std::uint64_t>(offset, front_.size()));
    std::copy_n(front.begin(), std::min(front.size(), out.size()), out.begin());
    const bool far = offset >= front_.size() && out.size() == 512;
    if (far && offset != bad_at_) std::fill(out.begin(), out.begin() + 496, std::byte{0xFF});
    return ok;
  }

 private:
  ByteString front_;
  std::uint64_t bad_at_, size_;
};

TEST(Checker, LooksAtMapsFarIntoAFile) {
  constexpr std::uint64_t kFMap = 0x1F04800, kFPMap = 0x7C004800;
  const auto findings = [](std::uint64_t bad_at) {
    const auto report = check_pst(std::make_shared<Sparse>(base(), bad_at), {}, nullptr);
    return report ? found(*report) : report.error().what;
  };
  EXPECT_EQ(findings(0).find("map.content"), std::string::npos);
  EXPECT_NE(findings(kFMap).find("fmap.content"), std::string::npos);
  EXPECT_NE(findings(kFPMap).find("fpmap.content"), std::string::npos);
}

TEST(Checker, ReadsThe4KForm) {
  const auto path = npm_data("pst-extractor/example/testdata/pstextractortest@outlook.com.ost");
  MK_SKIP_IF_ABSENT(path);
  const ByteString ost = *read_file(path);
  const CheckReport clean = check(ost, false);
  EXPECT_EQ(clean.repairs + clean.fatals, 0u) << found(clean);
  const auto db = *ndb::Database::open(ndb::make_memory_storage(ost), {});
  disk::BbtEntry packed;
  MK_CHECK(db->visit_blocks([&](const disk::BbtEntry& e) { packed = e.cbInflated > e.cb ? e : packed; }));
  const std::size_t end = packed.BREF.ib + (packed.cb + 24u + 511) / 512 * 512;
  ByteString page = ost, trailer = ost, bytes = ost;
  const auto root = ndb::read_header(*ndb::make_memory_storage(ost), {})->fields.root.BREFBBT.ib;
  page[root + 4096 - 8] = 7;
  trailer[end - 8] = 7;
  bytes[packed.BREF.ib] = '\x7F';
  EXPECT_NE(found(check(page, false)).find("page.trailer-4k"), std::string::npos);
  EXPECT_NE(found(check(trailer, false)).find("block.trailer-4k"), std::string::npos);
  EXPECT_NE(found(check(bytes, false)).find("block.inflate"), std::string::npos);
}

TEST(Checker, ExcusesFilesFromBefore2007SP2ByTwoMarks) {
  Kit kit(base());
  kit.block<std::uint8_t>(kit.data(kMessage), 8, 0x0F);  // a stale fill level
  const auto weight = [&kit] {
    const CheckReport r = check(kit.bytes, false);
    EXPECT_EQ(r.counts[RuleId("heap.fill-level").index], 1u);
    return r.notes;
  };
  EXPECT_EQ(weight(), 0u);
  kit.header<std::uint64_t>(208, 512);  // cbPMapFree
  EXPECT_EQ(weight(), 0u);
  kit.header<std::uint8_t>(256, 0);  // rgbFM
  EXPECT_EQ(weight(), 1u);
}

TEST(Checker, NamesPlaceExpectedAndFound) {
  Kit kit(base());
  in_node(kMessage, property(0x0E08), 7)(kit);
  std::vector<Finding> all;
  const auto report =
      check_pst(ndb::make_memory_storage(kit.bytes), {}, [&](const Finding& f) { all.push_back(f); });
  ASSERT_TRUE(report && !all.empty());
  EXPECT_EQ(all[0].rule->code, "message.size");
  EXPECT_EQ(all[0].place, "message 0x200024");
  EXPECT_EQ(all[0].found, "0x7");
  EXPECT_EQ(all[0].weight, Weight::kRepair);
}

TEST(Checker, HandsOnNoMoreThanTheLimitAndCountsAll) {
  Kit kit(base());
  for (std::size_t slot = 16; slot < 60; ++slot) kit.page<std::uint8_t>(0x4400, slot, 0);
  CheckOptions options;
  options.findings.limit = 3;
  std::uint64_t n = 0;
  const auto report = check_pst(ndb::make_memory_storage(kit.bytes), options,
                                [&](const Finding& f) { n += f.rule->code == "amap.not-allocated" ? 1 : 0; });
  ASSERT_TRUE(report);
  EXPECT_EQ(n, 3u);
  EXPECT_GT(report->repairs, 300u);
}

TEST(Checker, RefusesWhatIsNoPst) {
  for (const ByteString& bytes :
       {ByteString(), ByteString(5, 'x'), ByteString(4096, '\0'), base().substr(0, 100)})
    EXPECT_FALSE(check_pst(ndb::make_memory_storage(bytes), {}, nullptr));
}

TEST(Checker, BearsRandomDamage) {
  std::uint64_t seed = 1;
  for (int round = 0; round < 20; ++round) {
    ByteString bytes = base();
    for (int i = 0; i < 200; ++i) {
      seed = seed * 6364136223846793005u + 1442695040888963407u;
      bytes[0x200 + (seed >> 16) % (bytes.size() - 0x200)] = static_cast<char>(seed >> 56);
    }
    static_cast<void>(check_pst(
        ndb::make_memory_storage(bytes.substr(0, bytes.size() - 1000u * static_cast<unsigned>(round))), {},
        nullptr));
  }
}

TEST(Sorter, GivesRecordsInOrderAlsoFromRuns) {
  Sorter<std::uint64_t> sorter(testing::TempDir());
  constexpr std::uint64_t kN = 2'500'000, kStep = 7'368'787;  // coprime: every number once
  for (std::uint64_t i = 0; i < kN; ++i) ASSERT_TRUE(sorter.add(i * kStep % kN));
  ASSERT_TRUE(sorter.sort());
  for (std::uint64_t i = 0; i < kN; ++i) {
    const auto next = sorter.next();
    ASSERT_TRUE(next && *next && **next == i) << i;
  }
  const auto end = sorter.next();
  EXPECT_TRUE(end && !*end);
}

}  // namespace
}  // namespace mk::pst::check
