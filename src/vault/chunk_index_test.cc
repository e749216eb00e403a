#include "vault/chunk_index.h"

#include "base/file.h"
#include "vault/fault_store.h"
#include "vault/fixture_test.h"
#include "vault/temporary_test.h"

namespace mk::vault {
namespace {

class ChunkIndexTest : public testing::Test {
 protected:
  TemporaryDirectory dir_;
  std::filesystem::path file_ = dir_.path / "cache" / "index";
  std::unique_ptr<Store> store_ = make_memory_store();
  FaultStore watched_{*store_};
  int reads_ = 0;  // of packs

  void SetUp() override {
    init_vault(*store_);
    watched_.before = [this](FaultStore::Op op, const std::string& name) -> std::optional<Error> {
      if (op == FaultStore::Op::kGet && name.starts_with("packs/")) ++reads_;
      return std::nullopt;
    };
    put("one", 1), put("two", 2);
  }
  void put(const std::string& point, unsigned seed) {
    ASSERT_TRUE(put_objects(*store_, {{"key", noise(300, seed)}}, point));
  }
  std::unique_ptr<Vault> open() {
    reads_ = 0;
    auto vault = Vault::open(watched_, test_key(), file_);
    EXPECT_TRUE(vault);
    return *std::move(vault);
  }
  void expect_all(Vault& vault) {
    for (const Point& p : vault.points())
      EXPECT_TRUE(visit_tree(vault, p.root, "", [&](const Entry& e) -> Result<bool> {
        TRY(read_all(*open_object(vault, e.object), 1 << 20));
        return true;
      }));
  }
};

TEST_F(ChunkIndexTest, ReadsPacksOnceAndTheFileAfterwards) {
  EXPECT_EQ(open()->index().rows(), 4u);
  EXPECT_EQ(reads_, 8);
  const auto again = open();
  EXPECT_EQ(reads_, 0);
  EXPECT_EQ(again->index().rows(), 4u);
  expect_all(*again);
  put("three", 3);
  const auto more = open();
  EXPECT_EQ(reads_, 4);
  EXPECT_EQ(more->index().rows(), 6u);
  expect_all(*more);
}

TEST_F(ChunkIndexTest, KnowsKindLengthAndChunksOfThePacksThatCount) {
  open();
  put("three", 3);  // in memory, the others in the file
  const auto vault = open();
  const auto packs = vault->index().packs();
  ASSERT_EQ(packs.size(), 6u);
  int of_nodes = 0;
  for (const auto& p : packs) {
    EXPECT_EQ(p.bytes, *store_->head(pack_name(p.id)));
    EXPECT_EQ(p.chunks, 1u);
    of_nodes += p.kind == ChunkKind::kNode ? 1 : 0;
  }
  EXPECT_EQ(of_nodes, 3);
}

TEST_F(ChunkIndexTest, MakesAFileAnewThatIsDamagedOrOfAnotherVault) {
  open();
  const ByteString good = *read_file(file_);
  const auto id = *read_vault_header(*store_);
  for (std::size_t i = 0; i < good.size(); ++i) {
    ByteString bad = good;
    bad[i] ^= 1;
    EXPECT_FALSE(decode_index(as_bytes(bad), id)) << i;
    EXPECT_FALSE(decode_index(as_bytes(good).first(i), id)) << i;
  }
  EXPECT_FALSE(decode_index(as_bytes(good), VaultId{}));
  ASSERT_TRUE(write_file_atomically(file_, as_bytes(good).first(good.size() - 1)));
  const auto vault = open();
  EXPECT_EQ(reads_, 8);
  expect_all(*vault);
  EXPECT_TRUE(*read_file(file_) == good);
}

TEST_F(ChunkIndexTest, GoesOnInMemoryWhereNoFileCanBeWritten) {
  ASSERT_TRUE(write_file_atomically(dir_.path / "cache", as_bytes("in the way")));
  expect_all(*open());
}

TEST_F(ChunkIndexTest, DoesNotBelieveTheFileOfAPackThatIsGone) {
  const auto before = open();
  const auto pack = before->index().find(before->points()[0].root.id)->pack;
  ASSERT_TRUE(store_->remove(pack_name(pack)));
  const auto vault = open();
  EXPECT_THAT(vault->damage(), testing::SizeIs(1));
  EXPECT_FALSE(vault->index().find(vault->points()[0].root.id));
}

TEST_F(ChunkIndexTest, TakesTheCopyInThePackThatComesLast) {
  ChunkIndex index(file_, VaultId{});
  const ChunkId id{{1, 2, 3}};
  const std::vector<PackId> packs{{{1}}, {{2}}, {{3}}};
  for (const PackId& pack : packs) {
    index.add(pack, {ChunkKind::kData, {{id, 32, 100}}, 500});
    index.settle();
  }
  const auto found = [&](std::vector<PackId> order) {
    index.set_packs(order);
    const auto place = index.find(id);
    return place ? place->pack.bytes[0] : 0;
  };
  EXPECT_EQ(found(packs), 3);
  EXPECT_EQ(found({packs[2], packs[0]}), 1);
  EXPECT_EQ(found({packs[1]}), 2);
  EXPECT_EQ(found({}), 0);
}

/// The first pack in the file, the second in memory; then both in the file.
TEST_F(ChunkIndexTest, KnowsWhatPacksHoldAndShare) {
  const auto id = [](std::uint8_t n) { return ChunkId{{1, n}}; };
  const PackId one{{1}}, two{{2}};
  PackIndex first{ChunkKind::kData, {}, 5000}, second = first;
  for (std::uint8_t n = 0; n < 200; n += 2) first.entries.push_back({id(n), n, 10});
  for (std::uint8_t n = 0; n < 200; n += 5) second.entries.push_back({id(n), n, 20});
  ChunkIndex index(file_, VaultId{});
  index.add(one, first);
  index.settle();
  index.add(two, second);
  for (int i = 0; i < 2; ++i, index.settle()) {
    EXPECT_TRUE(index.has(one, first));
    EXPECT_TRUE(index.has(two, second));
    EXPECT_FALSE(index.has(PackId{{3}}, first));
    for (PackIndex bad : {first, second}) {
      const PackId& pack = bad.entries.size() == first.entries.size() ? one : two;
      bad.kind = ChunkKind::kNode;
      EXPECT_FALSE(index.has(pack, bad));
      bad.kind = ChunkKind::kData, ++bad.entries.back().offset;
      EXPECT_FALSE(index.has(pack, bad));
      --bad.entries.back().offset, ++bad.entries.front().length;
      EXPECT_FALSE(index.has(pack, bad));
      --bad.entries.front().length, bad.entries.push_back({id(201), 1, 1});
      EXPECT_FALSE(index.has(pack, bad));
    }
  }
  std::set<ChunkId> shared;
  index.visit_shared({&two, 1}, [&](const ChunkId& chunk) { shared.insert(chunk); });
  std::set<ChunkId> expected;
  for (std::uint8_t n = 0; n < 200; n += 10) expected.insert(id(n));
  EXPECT_EQ(shared, expected);
}

}  // namespace
}  // namespace mk::vault
