#include "vault/vault.h"

#include "vault/fault_store.h"
#include "vault/fixture_test.h"

namespace mk::vault {
namespace {

const Objects kMonday{
    {"a/empty", ""}, {"a/one", "the first mail"}, {"b/large", noise(6 << 20, 1)}, {"c", "third"}};

class VaultTest : public testing::Test {
 protected:
  std::unique_ptr<Store> store_ = make_memory_store();
  void SetUp() override { init_vault(*store_); }
};

TEST_F(VaultTest, GivesBackWhatWasPut) {
  ASSERT_TRUE(put_objects(*store_, kMonday, "monday"));
  EXPECT_EQ(get_objects(*store_, "monday"), kMonday);
  EXPECT_EQ(get_objects(*store_, "#2"), kMonday);
  const auto report = check_vault(*store_, true);
  EXPECT_THAT(report.damage, testing::IsEmpty());
  EXPECT_EQ(report.points, 1u);
}

TEST_F(VaultTest, CopiesTheSameWithAnyNumberOfThreads) {
  ASSERT_TRUE(
      put_objects(*store_, {{"empty", ""}, {"large", noise(12 << 20, 5)}, {"small", "one"}}, "files"));
  const auto vault = *Vault::open(*store_, test_key());
  for (const unsigned threads : {0u, 1u, 4u}) {
    Objects copied;
    const auto copy = [&](const Entry& e) -> Result<bool> {
      StringSink sink(copied[e.key]);
      TRY(copy_object(*vault, e.object, sink, threads));
      return true;
    };
    ASSERT_TRUE(visit_tree(*vault, vault->find_point("files")->root, "", copy));
    EXPECT_EQ(copied, get_objects(*store_, "files")) << threads;
  }
}

TEST_F(VaultTest, CopiesNothingBehindADamagedChunk) {
  const ByteString large = noise(12 << 20, 5);
  ASSERT_TRUE(put_objects(*store_, {{"large", large}}, "files"));
  FaultStore faults(*store_);
  int chunks = 0;
  faults.change = [&](const std::string& name, std::uint64_t, ByteString& bytes) {
    if (name.starts_with("packs/") && bytes.size() > 100'000 && ++chunks == 4) bytes[50'000] ^= 1;
  };
  const auto vault = *Vault::open(faults, test_key());
  const auto point = *vault->find_point("files");
  ByteString copied;
  StringSink sink(copied);
  const auto copy = [&](const Entry& e) -> Result<bool> {
    TRY(copy_object(*vault, e.object, sink, 2));
    return true;
  };
  EXPECT_EQ(visit_tree(*vault, point.root, "", copy).error().code, Code::kCorrupt);
  EXPECT_GT(copied.size(), 0u);
  EXPECT_LT(copied.size(), large.size());
  EXPECT_TRUE(large.starts_with(copied));
}

TEST_F(VaultTest, StoresEverythingOnce) {
  ASSERT_TRUE(put_objects(*store_, kMonday, "monday"));
  const auto before = contents(*store_);
  ASSERT_TRUE(put_objects(*store_, kMonday, "again"));
  EXPECT_EQ(contents(*store_).size(), before.size() + 2);  // log records
  Objects tuesday = kMonday;
  tuesday["d/copy"] = kMonday.at("b/large");
  ASSERT_TRUE(put_objects(*store_, tuesday, "tuesday"));
  std::uint64_t grown = 0;
  for (const auto& [name, bytes] : contents(*store_))
    if (!before.contains(name)) grown += bytes.size();
  EXPECT_LT(grown, 5'000u);
  EXPECT_EQ(get_objects(*store_, "tuesday"), tuesday);
  EXPECT_EQ(get_objects(*store_, "monday"), kMonday);
}

TEST_F(VaultTest, ShowsNothingToWhoHasNoKey) {
  ASSERT_TRUE(put_objects(*store_, {{"secret-folder/mail", ByteString(5000, 'x') + "a secret sentence"}},
                          "secret-point"));
  for (const auto& [name, bytes] : contents(*store_))
    for (const char* word : {"secret", "sentence", "attributes", "xxxxxxxx"})
      EXPECT_EQ(bytes.find(word), std::string::npos) << name;
  const auto report = check_vault(*store_, false);
  EXPECT_THAT(report.damage, testing::IsEmpty());
  EXPECT_EQ(report.chunks, 2u);
}

TEST_F(VaultTest, TakesNoPackForDamagedThatItCannotReach) {
  ASSERT_TRUE(put_objects(*store_, kMonday, "monday"));
  FaultStore faults(*store_);
  faults.before = [](FaultStore::Op, const std::string& name) -> std::optional<Error> {
    if (name.starts_with("packs/")) return Error{Code::kUnavailable, "busy"};
    return std::nullopt;
  };
  EXPECT_EQ(Vault::open(faults, test_key()).error().code, Code::kUnavailable);
}

TEST_F(VaultTest, TwoWritersBothCommit) {
  const auto one = *Vault::open(*store_, test_key()), two = *Vault::open(*store_, test_key());
  Session a(*one), b(*two);
  EXPECT_EQ(a.commit("a", {}, FileTime{1})->value, 2u);  // behind the record that opens the session
  EXPECT_EQ(b.commit("b", {}, FileTime{1})->value, 4u);
  EXPECT_EQ((*Vault::open(*store_, test_key()))->points().size(), 2u);
  EXPECT_THAT(check_vault(*store_, true).damage, testing::IsEmpty());
}

TEST_F(VaultTest, ForgetsAPoint) {
  ASSERT_TRUE(put_objects(*store_, kMonday, "monday"));
  const auto vault = *Vault::open(*store_, test_key());
  LogHead head;
  head.type = LogType::kForget;
  head.target = LogNumber{2};
  ASSERT_TRUE(vault->append(head, {}, {}, FileTime{3}));
  EXPECT_TRUE(vault->points().empty());
  EXPECT_EQ(vault->find_point("monday").error().code, Code::kNotFound);
}

TEST_F(VaultTest, CheckFindsOutThatTheStoreWasSetBack) {
  ASSERT_TRUE(put_objects(*store_, kMonday, "monday"));
  const auto back = store_of(contents(*store_));
  ASSERT_TRUE(put_objects(*store_, {{"x", "y"}}, "tuesday"));
  const KnownHead known = (*Vault::open(*store_, test_key()))->log().head();
  EXPECT_TRUE(check(*store_, *read_vault_header(*store_), nullptr, known)->damage.empty());
  EXPECT_EQ(check(*back, *read_vault_header(*back), nullptr, known).error().code, Code::kCorrupt);
}

TEST_F(VaultTest, RefusesAChangedOrMissingLogRecord) {
  for (const char* name : {"1", "2", "3"}) ASSERT_TRUE(put_objects(*store_, {{"x", name}}, name));
  const auto good = contents(*store_);
  const Keys keys = (*Vault::open(*store_, test_key()))->keys();
  for (const int n : {1, 2, 3, 4, 5, 6}) {
    const std::string name = log_name(LogNumber{static_cast<std::uint64_t>(n)});
    for (std::size_t i = 0; i < good.at(name).size(); ++i) {
      auto bad = good;
      bad[name][i] ^= 1;
      const auto store = store_of(bad);
      EXPECT_FALSE(LogChain(*store, *read_vault_header(*store), &keys).read()) << n << " at " << i;
    }
    auto missing = good;
    missing.erase(name);
    const auto store = store_of(missing);
    EXPECT_EQ(static_cast<bool>(Vault::open(*store, test_key())),
              n == 6);  // the last one: only a known head tells
  }
}

TEST_F(VaultTest, ReadsEveryCompressionAndWritesNoChunkTwiceForAnother) {
  const ByteString text = to_hex(as_bytes(noise(50'000, 8)));
  std::map<Compression, std::uint64_t> stored;
  for (const auto how : {Compression::kOff, Compression::kNormal, Compression::kMaximum}) {
    const auto store = make_memory_store();
    init_vault(*store);
    ASSERT_TRUE(put_objects(*store, {{"x", text}}, "one", how));
    const auto vault = *Vault::open(*store, test_key());
    for (const auto again : {Compression::kOff, Compression::kMaximum}) {
      Session session(*vault, system_clock(), {.compression = again});
      const auto source = make_memory_source(as_bytes(text));
      ASSERT_TRUE(session.put_object(*source));
      EXPECT_EQ(session.counts().new_chunks, 0u);
    }
    EXPECT_EQ(get_objects(*store, "one"), (Objects{{"x", text}}));
    for (const auto& [name, bytes] : contents(*store)) stored[how] += bytes.size();
  }
  EXPECT_GT(stored[Compression::kOff], text.size());
  EXPECT_LT(stored[Compression::kNormal], text.size() * 7 / 10);
  EXPECT_LT(stored[Compression::kMaximum], text.size() * 7 / 10);
}

TEST_F(VaultTest, NamesWhatIsLostOfTreesInTrees) {
  const auto vault = *Vault::open(*store_, test_key());
  Session session(*vault, system_clock(), {1});
  TreeWriter items(session, vault->keys().tree_cut), tree(session, vault->keys().tree_cut);
  for (const std::string key : {"i1", "i2"}) {
    const auto source = make_memory_source(as_bytes(key));
    ASSERT_TRUE(items.add({key, {}, *session.put_object(*source)}));
  }
  ASSERT_TRUE(tree.add({"i", {}, tree_object(*items.finish())}));
  ASSERT_TRUE(session.commit("nested", *tree.finish(), FileTime{1}));
  EXPECT_THAT(check_vault(*store_, true).damage, testing::IsEmpty());
  std::uint64_t by_name = 0;
  for (const auto& [name, bytes] : contents(*store_)) {
    if (!name.starts_with("packs/")) continue;
    auto without = contents(*store_);
    without.erase(name);
    const auto report = check_vault(*store_of(without), true);
    EXPECT_FALSE(report.damage.empty());
    ASSERT_EQ(report.lost.size(), 1u);
    by_name += report.lost[0].key.size() == 2 ? 1 : 0;
  }
  EXPECT_EQ(by_name, 2u);
}

/// Flips bytes of every pack and cuts and deletes it: each time check() says so and names what is lost, and
/// all else comes back.
TEST_F(VaultTest, LocalisesDamageAndRestoresTheRest) {
  Objects objects;
  for (int i = 0; i < 200; ++i)
    objects["mail" + std::to_string(100 + i)] = noise(300, static_cast<unsigned>(i));
  objects["large"] = noise(5 << 20, 99);
  ASSERT_TRUE(put_objects(*store_, objects, "monday"));
  const auto good = contents(*store_);
  for (const auto& [name, bytes] : good) {
    if (!name.starts_with("packs/")) continue;
    for (std::size_t step = 0; step < 24; ++step) {
      auto bad = good;
      if (step == 0)
        bad.erase(name);
      else if (step < 4)
        bad[name].resize(bytes.size() * step / 4);
      else
        bad[name][step < 14 ? (step - 4) * 3 : bytes.size() - 1 - (step - 14) * bytes.size() / 11] ^= 1;
      SCOPED_TRACE(name + " step " + std::to_string(step));
      const auto store = store_of(bad);
      EXPECT_THAT(check_vault(*store, false).damage, testing::Not(testing::IsEmpty()));
      const auto report = check_vault(*store, true);
      EXPECT_THAT(report.damage, testing::Not(testing::IsEmpty()));
      const auto restored = get_objects(*store, "monday");
      for (const auto& [key, value] : restored) EXPECT_TRUE(objects.at(key) == value) << key;
      std::uint64_t lost = 0;
      for (const auto& l : report.lost) lost += l.objects;
      EXPECT_EQ(restored.size() + lost, objects.size());
    }
  }
}

TEST_F(VaultTest, ReportsWhatTheStoreCannotDo) {
  FaultStore faults(*store_);
  faults.before = [](FaultStore::Op op, const std::string& name) -> std::optional<Error> {
    if (op == FaultStore::Op::kPut && name.starts_with("packs/")) return Error{Code::kExhausted, "disk full"};
    return std::nullopt;
  };
  EXPECT_EQ(put_objects(faults, kMonday, "monday").error().code, Code::kExhausted);
  EXPECT_TRUE((*Vault::open(*store_, test_key()))->points().empty());
  faults.before = nullptr;
  ASSERT_TRUE(put_objects(faults, kMonday, "monday"));
  faults.change = [](const std::string& name, std::uint64_t, ByteString& bytes) {
    if (name.starts_with("packs/") && bytes.size() > 100) bytes[90] ^= 1;  // a disk that lies when it reads
  };
  EXPECT_TRUE(get_objects(faults, "monday").empty());
}

TEST_F(VaultTest, RefusesAPointWithoutAName) {
  const auto vault = *Vault::open(*store_, test_key());
  Session s(*vault);
  EXPECT_EQ(s.commit("", {}, FileTime{1}).error().code, Code::kInvalid);
  EXPECT_EQ(s.commit(std::string(1025, 'x'), {}, FileTime{1}).error().code, Code::kInvalid);
}

}  // namespace
}  // namespace mk::vault
