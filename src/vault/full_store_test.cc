// A store that becomes full before any of the objects that a command puts: it says so, no point is lost, and
// the command works when there is room again.
#include "vault/fault_store.h"
#include "vault/fixture_test.h"
#include "vault/forget.h"
#include "vault/lock.h"
#include "vault/prune.h"

namespace mk::vault {
namespace {

using Command = std::function<Status(Store&)>;

class FullStoreTest : public testing::Test {
 protected:
  const Objects kept_{{"a", "first"}, {"b", noise(30'000, 1)}}, more_{{"c", noise(30'000, 2)}};
  Objects before_;  // a vault with a point, and packs that prune has to copy and to drop

  void SetUp() override {
    const auto store = with_locks({});
    init_vault(*store);
    Objects all = kept_;
    for (unsigned i = 10; i < 13; ++i) all["gone" + std::to_string(i)] = noise(30'000, i);
    ASSERT_TRUE(put_objects(*store, all, "all"));
    ASSERT_TRUE(put_objects(*store, kept_, "kept"));
    const auto vault = *Vault::open(*store, test_key());
    ASSERT_TRUE(forget(*vault, vault->find_point("all")->number, FileTime{3}));
    before_ = contents(*store);
  }

  static std::unique_ptr<Store> with_locks(const Objects& all) {
    auto store = make_memory_store(&system_clock());
    for (const auto& [name, bytes] : all) EXPECT_TRUE(store->put(name, as_bytes(bytes)));
    return store;
  }

  /// Runs the command with room for 0, 1, 2 ... objects, until it is enough; gives how many it takes.
  static int fill(const Objects& before, const Command& run, const std::function<void(Store&)>& check) {
    for (int room = 0; room < 50; ++room) {
      SCOPED_TRACE("room for " + std::to_string(room));
      const auto store = with_locks(before);
      FaultStore faults(*store);
      int left = room;
      faults.before = [&](FaultStore::Op op, const std::string& name) -> std::optional<Error> {
        if (op != FaultStore::Op::kPut || left-- > 0) return std::nullopt;
        return Error{Code::kExhausted, name + ": the store is full"};
      };
      const Status done = run(faults);
      check(*store);
      if (done) return room;
      EXPECT_EQ(done.error().code, Code::kExhausted) << done.error().what;
      const Status again = run(*store);
      EXPECT_TRUE(again) << again.error().what;
      check(*store);
      if (HasFailure()) break;
    }
    ADD_FAILURE() << "it never ends";
    return 0;
  }
  int fill(const Command& run) {
    return fill(before_, run, [&](Store& store) {
      EXPECT_EQ(get_objects(store, "kept"), kept_);
      EXPECT_THAT(check_vault(store, true).damage, testing::IsEmpty());
    });
  }
};

TEST_F(FullStoreTest, LosesNothingByABackup) {
  EXPECT_EQ(fill([&](Store& store) -> Status {
              TRY(put_objects(store, more_, "more"));
              EXPECT_EQ(get_objects(store, "more"), more_);
              return ok;
            }),
            4);  // open, two packs, commit
}

TEST_F(FullStoreTest, LosesNothingByAPrune) {
  EXPECT_EQ(fill([](Store& store) -> Status {
              TRY_ASSIGN(const auto vault, Vault::open(store, test_key()));
              PruneOptions options;
              options.grace = std::chrono::seconds(0), options.allow_shrink = true;
              TRY(prune(*vault, options, FileTime{5}));
              EXPECT_EQ(vault->state().live_packs().size(), list_packs(store)->size());
              return ok;
            }),
            4);  // a pack, keep, condemn, drop
}

TEST_F(FullStoreTest, LosesNothingByANewKey) {
  const Unlock key{SlotKind::kKeyFile, SecretString(ByteString(32, 'n'))};
  EXPECT_EQ(fill([&](Store& store) -> Status {
              const VaultId id = *read_vault_header(store);
              TRY(add_key(store, id, test_master(), key, "new", FileTime{5}));
              EXPECT_TRUE(unlock(store, id, key));
              return ok;
            }),
            1);
}

TEST_F(FullStoreTest, LosesNothingByALock) {
  EXPECT_EQ(fill([](Store& store) -> Status {
              TRY_ASSIGN(const auto vault, Vault::open(store, test_key()));
              TRY(set_lock(*vault, 30, to_file_time(system_clock().now())));
              EXPECT_EQ((*Vault::open(store, test_key()))->state().lock_days(), 30u);
              return ok;
            }),
            2);  // lock, a checkpoint
}

TEST_F(FullStoreTest, IsMadeAVaultWhenThereIsRoom) {
  EXPECT_EQ(fill(
                {},
                [](Store& store) -> Status {
                  TRY(create_vault(store, test_master(), test_key(), "key", FileTime{1}));
                  EXPECT_THAT(list_slots(store)->slots, testing::SizeIs(1));
                  EXPECT_TRUE(Vault::open(store, test_key()));
                  return ok;
                },
                [](Store&) {}),
            2);  // the slot, the header
}

}  // namespace
}  // namespace mk::vault
