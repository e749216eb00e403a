#include "vault/pack_proof.h"

#include "vault/fault_store.h"
#include "vault/fixture_test.h"
#include "vault/forget.h"
#include "vault/lock.h"
#include "vault/mended.h"
#include "vault/prune.h"

namespace mk::vault {
namespace {

/// A pack with another trailer or other entries, as somebody writes it who can write the store: all checksums
/// fit, and only the name does not.
ByteString with_entries(const ByteString& pack,
                        const std::function<void(PackTrailer&, std::vector<PackEntry>&)>& change) {
  PackTrailer t = *decode<PackTrailer>(as_bytes(pack).last(wire_size<PackTrailer>()));
  Reader r(as_bytes(pack).subspan(t.entries_at));
  std::vector<PackEntry> entries;
  r.list("entries", t.n_entries, entries);
  change(t, entries);
  std::sort(entries.begin(), entries.end());
  ByteString out = pack.substr(0, t.entries_at);
  for (const PackEntry& e : entries) encode_to(out, e);
  t.n_entries = static_cast<std::uint32_t>(entries.size());
  encode_to(out, t);
  return mended_pack(out);
}

std::vector<PackEntry> entries_of(const ByteString& pack) {
  std::vector<PackEntry> out;
  with_entries(pack, [&](PackTrailer&, std::vector<PackEntry>& entries) { out = entries; });
  return out;
}

/// Two points with nothing in common, each with a data pack and a metadata pack, and nothing to be pruned.
class ForgedPackTest : public testing::Test {
 protected:
  static constexpr FileTime kNow{3'700'000ull * 3600 * 10'000'000};
  std::unique_ptr<Store> store_ = make_memory_store(&system_clock());  // all locks have ended by now
  Objects good_;
  std::string first_data_, first_nodes_, second_data_, second_nodes_;
  void SetUp() override {
    init_vault(*store_);
    ASSERT_TRUE(set_lock(*open(), 30, FileTime{1}));
    ASSERT_TRUE(put_objects(*store_, objects(0, 4), "first"));
    ASSERT_TRUE(put_objects(*store_, objects(20, 24), "second"));
    good_ = contents(*store_);
    const auto packs = open()->state().live_packs();  // of one commit in the order of their names
    const auto vault = open();
    const auto of = [&](const std::string& point, std::size_t at, std::string& data, std::string& nodes) {
      const PackId root = vault->index().find(vault->find_point(point)->root.id)->pack;
      nodes = pack_name(root);
      data = pack_name(packs[at] == root ? packs[at + 1] : packs[at]);
    };
    of("first", 0, first_data_, first_nodes_);
    of("second", 2, second_data_, second_nodes_);
    ASSERT_TRUE(prune_now());
    ASSERT_EQ(contents(*store_), good_);
  }
  static Objects objects(unsigned from, unsigned to) {
    Objects out;
    for (unsigned i = from; i < to; ++i) out["mail" + std::to_string(100 + i)] = noise(5000, i);
    return out;
  }
  static PruneOptions at_once() {
    PruneOptions o;
    o.grace = std::chrono::hours(0), o.allow_shrink = true;
    return o;
  }
  std::unique_ptr<Vault> open() { return *Vault::open(*store_, test_key()); }
  Result<PruneReport> prune_now() { return prune(*open(), at_once(), kNow); }
  void forget_first() {
    const auto vault = open();
    ASSERT_TRUE(forget(*vault, vault->find_point("first")->number, kNow));
  }
  void expect_nothing_happens(const Objects& bad) {
    const auto store = store_of(bad, &system_clock());
    const auto vault = *Vault::open(*store, test_key());
    const auto r = prune(*vault, at_once(), kNow);
    EXPECT_FALSE(r);
    if (!r) {
      EXPECT_EQ(r.error().code, Code::kCorrupt);
      EXPECT_THAT(r.error().what, testing::HasSubstr("vault is damaged"));
    }
    EXPECT_EQ(contents(*store), bad);
  }
  Result<PruneReport> plan(const Objects& all) {
    const auto store = store_of(all);
    return plan_prune(*store, *read_vault_header(*store), at_once(), kNow);
  }
  Objects with_nodes_as_data() {
    Objects bad = good_;
    bad[first_nodes_] = with_entries(
        good_[first_nodes_], [](PackTrailer& t, std::vector<PackEntry>&) { t.kind = ChunkKind::kData; });
    return bad;
  }
  /// The second point's data pack claims to have what the first one's has.
  Objects with_foreign_ids() {
    Objects bad = good_;
    bad[second_data_] = with_entries(good_[second_data_], [&](PackTrailer&, std::vector<PackEntry>& entries) {
      const PackEntry own = entries[0];
      for (PackEntry e : entries_of(good_[first_data_])) {
        e.offset = own.offset, e.length = own.length;
        entries.push_back(e);
      }
    });
    return bad;
  }
};

TEST_F(ForgedPackTest, DoesNotTakeARootForData) { expect_nothing_happens(with_nodes_as_data()); }

TEST_F(ForgedPackTest, DoesNotFollowRefsThatSomebodyElseWrote) {
  Objects bad = good_;
  ByteString& nodes = bad[first_nodes_];
  for (const PackEntry& e : entries_of(nodes)) {
    const Bytes record = as_bytes(nodes).subspan(e.offset, e.length);
    const auto n = decode_record(record)->refs.size();
    for (std::size_t i = 0; i < n; ++i)
      nodes.replace(e.offset + wire_size<RecordHead>() + i * 32, 32,
                    encode(entries_of(good_[second_data_])[0].id));
  }
  nodes = mended_pack(nodes);
  for (const PackEntry& e : entries_of(nodes))
    ASSERT_TRUE(decode_record(as_bytes(nodes).subspan(e.offset, e.length)));
  expect_nothing_happens(bad);
}

TEST_F(ForgedPackTest, DoesNotRelyOnEntriesThatSomebodyElseWrote) {
  expect_nothing_happens(with_foreign_ids());
}

TEST_F(ForgedPackTest, DoesNotRelyOnThemWhereTheTruePackIsHiddenOrChanged) {
  Objects bad = with_foreign_ids();
  bad[first_data_] = with_entries(good_[first_data_],
                                  [](PackTrailer&, std::vector<PackEntry>& entries) { entries.resize(1); });
  expect_nothing_happens(bad);
  bad.erase(first_data_);
  expect_nothing_happens(bad);
}

TEST_F(ForgedPackTest, CopiesNoRecordUnderTheNameOfAnother) {
  ASSERT_TRUE(put_objects(*store_, objects(0, 2), "kept"));
  forget_first();
  Objects bad = contents(*store_);
  bad[first_data_] = with_entries(bad[first_data_], [](PackTrailer&, std::vector<PackEntry>& entries) {
    std::swap(entries[0].id, entries[3].id);
    std::swap(entries[1].id, entries[2].id);
  });
  expect_nothing_happens(bad);
}

TEST_F(ForgedPackTest, ADryRunComparesPacksWithTheirHeaders) {
  ASSERT_TRUE(plan(good_));
  EXPECT_EQ(plan(with_nodes_as_data()).error().code, Code::kCorrupt);
  Objects bad = good_;
  bad[second_data_][16] ^= 1;  // PACKHEADER.vault
  EXPECT_EQ(plan(bad).error().code, Code::kCorrupt);
}

/// So what was lost and is not needed can be given up.
TEST_F(ForgedPackTest, CondemnsAPackThatIsGoneWhenAllThatIsNeededIsThere) {
  forget_first();
  Objects bad = contents(*store_);
  bad.erase(first_data_);
  store_ = store_of(bad, &system_clock());
  EXPECT_EQ(prune_now()->condemned.packs, 2u);
  EXPECT_EQ(get_objects(*store_, "second"), objects(20, 24));
  EXPECT_THAT(check_vault(*store_, true).damage, testing::IsEmpty());
}

/// Else a prune that has much to read would find something appended each time.
TEST_F(ForgedPackTest, ReadsAPackOnceAlthoughOthersAppendMeanwhile) {
  forget_first();
  FaultStore watched(*store_);
  const auto vault = *Vault::open(watched, test_key());
  int reads = 0, conflicts = 0;
  watched.before = [&](FaultStore::Op op, const std::string& name) -> std::optional<Error> {
    if (op == FaultStore::Op::kGet && name == first_data_) ++reads;
    if (op == FaultStore::Op::kPut && name.starts_with("log/") && conflicts++ < 3) {
      EXPECT_TRUE(put_objects(*store_, {}, "another"));
    }
    return std::nullopt;
  };
  const auto r = prune(*vault, at_once(), kNow);
  ASSERT_TRUE(r) << r.error().what;
  EXPECT_EQ(r->condemned.packs, 2u);
  EXPECT_GT(conflicts, 3);
  EXPECT_EQ(reads, 1);
}

}  // namespace
}  // namespace mk::vault
