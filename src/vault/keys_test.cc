#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "vault/fault_store.h"
#include "vault/key_ring.h"

namespace mk::vault {
namespace {

const Unlock kPassword{SlotKind::kPassword, SecretString("correct horse")};

ByteString hex(std::string_view digits) { return *from_hex(digits); }

TEST(Crypto, AgreesWithRfc5869TestCase1) {
  const auto prk =
      hkdf_extract(as_bytes(hex("000102030405060708090a0b0c")), as_bytes(ByteString(22, '\x0b')));
  EXPECT_EQ(to_hex(as_bytes(prk.reveal())),
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  const auto okm = hkdf_expand(prk, {as_bytes(hex("f0f1f2f3f4")), as_bytes(hex("f5f6f7f8f9"))}, 42);
  EXPECT_EQ(to_hex(as_bytes(okm.reveal())),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

TEST(Crypto, AgreesWithGcmTestCase14) {  // McGrew and Viega, "The Galois/Counter Mode", appendix B
  const ByteString out =
      seal(SecretString(ByteString(32, '\0')), Nonce{}, {}, as_bytes(ByteString(16, '\0')));
  EXPECT_EQ(to_hex(as_bytes(out)), "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
}

TEST(Crypto, OpensOnlyWhatNobodyChanged) {
  const SecretString key(ByteString(32, 'k'));
  const Nonce nonce = random_nonce();
  ByteString sealed = seal(key, nonce, as_bytes("aad"), as_bytes("plain"));
  EXPECT_EQ(unseal(key, nonce, as_bytes("aad"), as_bytes(sealed)), "plain");
  EXPECT_FALSE(unseal(key, nonce, as_bytes("aae"), as_bytes(sealed)));
  EXPECT_FALSE(unseal(SecretString(ByteString(32, 'j')), nonce, as_bytes("aad"), as_bytes(sealed)));
  EXPECT_FALSE(unseal(key, nonce, as_bytes("aad"), as_bytes(sealed).first(8)));
  sealed[2] ^= 1;
  EXPECT_FALSE(unseal(key, nonce, as_bytes("aad"), as_bytes(sealed)));
}

TEST(Keys, DifferFromEachOtherAndFromVaultToVault) {
  const SecretString master(ByteString(32, 'm'));
  const Keys a = derive_keys(VaultId{}, master), b = derive_keys(VaultId{{1}}, master);
  EXPECT_NE(a.dedup.reveal(), b.dedup.reveal());
  EXPECT_NE(a.dedup.reveal(), a.data.reveal());
  EXPECT_NE(a.log_mac.reveal(), a.log_seal.reveal());
}

TEST(KeyText, ComesBackAndFindsAWrongDigit) {
  const Unlock key = make_unlock(SlotKind::kRecovery);
  std::string text = format_key(key);
  const auto back = parse_key(SlotKind::kRecovery, text);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->secret.reveal(), key.secret.reveal());
  EXPECT_EQ(parse_key(SlotKind::kKeyFile, "hello").error().code, Code::kInvalid);
  char& digit = text[20];
  digit = digit == '0' ? '1' : '0';
  EXPECT_EQ(parse_key(SlotKind::kRecovery, text).error().code, Code::kInvalid);
  EXPECT_EQ(parse_key(SlotKind::kRecovery, text.substr(0, 40)).error().code, Code::kInvalid);
}

class KeyRing : public testing::Test {
 protected:
  std::unique_ptr<Store> store_ = make_memory_store();
  SecretString master_{random_bytes(32)};
  VaultId vault_ = *create_vault(*store_, master_, kPassword, "first", FileTime{1});
};

TEST_F(KeyRing, OpensWithThePasswordAndWithNothingElse) {
  const auto opened = unlock(*store_, vault_, kPassword);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->master.secret.reveal(), master_.reveal());
  EXPECT_EQ(opened->slot.name, "first");
  const auto denied = unlock(*store_, vault_, {SlotKind::kPassword, SecretString("wrong")});
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, Code::kDenied);
  EXPECT_EQ(denied.error().what, "this password does not open the vault, whose keys are: password 'first'");
}

TEST_F(KeyRing, SlotsOfAnotherVaultDoNotOpenThisOne) {
  const auto slots = list_slots(*store_);
  EXPECT_EQ(unwrap_key(VaultId{{9}}, slots->slots[0], kPassword).error().code, Code::kDenied);
}

TEST_F(KeyRing, WrapsTheSameMasterKeyAnew) {
  const Unlock file = make_unlock(SlotKind::kKeyFile), recovery = make_unlock(SlotKind::kRecovery);
  ASSERT_TRUE(add_key(*store_, vault_, master_, file, "file", FileTime{2}));
  ASSERT_TRUE(add_key(*store_, vault_, master_, recovery, "paper", FileTime{3}));
  EXPECT_EQ(add_key(*store_, vault_, master_, file, "file", FileTime{2}).error().code, Code::kConflict);
  EXPECT_EQ(unlock(*store_, vault_, file)->master.secret.reveal(), master_.reveal());
  EXPECT_EQ(unlock(*store_, vault_, recovery)->master.secret.reveal(), master_.reveal());
  ASSERT_TRUE(remove_key(*store_, "first"));
  EXPECT_EQ(unlock(*store_, vault_, kPassword).error().code, Code::kDenied);
}

TEST_F(KeyRing, KeepsTheLastKey) {
  EXPECT_EQ(remove_key(*store_, "first").error().code, Code::kInvalid);
  EXPECT_EQ(remove_key(*store_, "none").error().code, Code::kNotFound);
  EXPECT_EQ(add_key(*store_, vault_, master_, kPassword, "", FileTime{}).error().code, Code::kInvalid);
}

TEST_F(KeyRing, IsMadeOnlyInAnEmptyStore) {
  EXPECT_EQ(create_vault(*store_, master_, kPassword, "x", FileTime{}).error().code, Code::kConflict);
  EXPECT_EQ(read_vault_header(*make_memory_store()).error().code, Code::kNotFound);
}

TEST_F(KeyRing, FindsEveryFlippedByteOfASlot) {
  const ByteString good = list_slots(*store_)->slots[0].bytes;
  for (std::size_t i = 0; i < good.size(); ++i) {
    ByteString bad = good;
    bad[i] ^= 0x20;
    EXPECT_FALSE(decode_slot(as_bytes(bad))) << i;
    EXPECT_FALSE(decode_slot(as_bytes(good).first(i))) << i;
  }
  KeySlot costly;
  costly.name_bytes = 1, costly.passes = 1000000, costly.memory_kib = ~0u;
  ByteString bytes = encode(costly) + "n" + ByteString(48, 'x');
  append_le(bytes, xxh3(as_bytes(bytes)));
  EXPECT_EQ(unwrap_key(vault_, *decode_slot(as_bytes(bytes)), kPassword).error().code, Code::kCorrupt);
}

TEST_F(KeyRing, NamesDamagedSlotsAndUsesTheOthers) {
  ASSERT_TRUE(store_->put("keys/0000", as_bytes("rubbish")));
  EXPECT_THAT(list_slots(*store_)->damaged, testing::ElementsAre(testing::HasSubstr("keys/0000: ")));
  EXPECT_TRUE(unlock(*store_, vault_, kPassword));
}

/// A slot that anybody could have written.
ByteString planted_slot(const std::string& name, std::uint32_t passes) {
  KeySlot slot;
  slot.kind = passes == 0 ? SlotKind::kKeyFile : SlotKind::kPassword;
  slot.name_bytes = static_cast<std::uint32_t>(name.size());
  slot.passes = passes, slot.memory_kib = passes == 0 ? 0 : 64;
  ByteString bytes = encode(slot) + name + ByteString(48, 'x');
  append_le(bytes, xxh3(as_bytes(bytes)));
  return bytes;
}
std::string slot_object(const ByteString& bytes) {
  return "keys/" + to_hex(Bytes(sha256(as_bytes(bytes))).first(8));
}

TEST_F(KeyRing, OpensBesideASlotThatNobodyCouldHaveMade) {
  const std::string own = "keys/" + list_slots(*store_)->slots[0].id;
  ByteString planted;  // such that it is looked at before
  for (int i = 0; planted.empty() || slot_object(planted) > own; ++i)
    planted = planted_slot("planted" + std::to_string(i), 1'000'000);
  ASSERT_TRUE(store_->put(slot_object(planted), as_bytes(planted)));
  const auto opened = unlock(*store_, vault_, kPassword);
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ(opened->slot.name, "first");
}

/// Whoever can write to the store can write there too, and what it wrote can be removed.
TEST_F(KeyRing, WorksWhateverElseLiesBesideItsKeys) {
  std::vector<std::string> ids;
  for (int i = 0; i < 100; ++i) {
    const std::string n = std::to_string(i);
    const ByteString bytes = i % 2 == 0 ? "rubbish" : planted_slot("planted" + n, 0);
    const std::string name = i % 2 == 0 ? "keys/rubbish" + n : slot_object(bytes);
    ASSERT_TRUE(store_->put(name, as_bytes(bytes)));
    ids.push_back(name.substr(5));
  }
  EXPECT_EQ(unlock(*store_, vault_, kPassword)->slot.name, "first");
  for (const auto& id : ids) EXPECT_TRUE(remove_key(*store_, id)) << id;
  EXPECT_THAT(list_slots(*store_)->damaged, testing::IsEmpty());
  EXPECT_THAT(list_slots(*store_)->slots, testing::SizeIs(1));
  for (int i = 0; i < 1100; ++i) ASSERT_TRUE(store_->put("keys/" + std::to_string(i), as_bytes("x")));
  EXPECT_THAT(unlock(*store_, vault_, kPassword).error().what, testing::HasSubstr("delete those that"));
}

/// Two people remove the last two keys at the same moment: each sees the other's before he removes his.
TEST_F(KeyRing, KeepsAKeyWhenTheLastTwoAreRemovedAtOnce) {
  const Unlock file = make_unlock(SlotKind::kKeyFile);
  ASSERT_TRUE(add_key(*store_, vault_, master_, file, "file", FileTime{2}));
  FaultStore faults(*store_);
  faults.before = [&](FaultStore::Op op, const std::string&) -> std::optional<Error> {
    if (op == FaultStore::Op::kRemove) {
      EXPECT_TRUE(remove_key(*store_, "file"));
    }
    return std::nullopt;
  };
  EXPECT_EQ(remove_key(faults, "first").error().code, Code::kConflict);
  EXPECT_TRUE(unlock(*store_, vault_, kPassword));
}

/// The slot is put first: what a killed `init` leaves is in nobody's way.
TEST(KeyRingOf, AVaultIsMadeWhereAnotherOneWasBegun) {
  const auto store = make_memory_store();
  FaultStore faults(*store);
  faults.before = [](FaultStore::Op op, const std::string& name) -> std::optional<Error> {
    if (op == FaultStore::Op::kPut && name == "vault") return Error{Code::kExhausted, "full"};
    return std::nullopt;
  };
  const SecretString master(ByteString(32, 'm'));
  const Unlock file = make_unlock(SlotKind::kKeyFile);
  EXPECT_EQ(create_vault(faults, master, file, "key", FileTime{1}).error().code, Code::kExhausted);
  const auto vault = create_vault(*store, master, file, "key", FileTime{2});
  ASSERT_TRUE(vault) << vault.error().what;
  EXPECT_THAT(list_slots(*store)->slots, testing::SizeIs(1));
  EXPECT_TRUE(unlock(*store, *vault, file));
}

TEST(ClearSlot, OpensForEverybodyAndBesideOtherKeys) {
  const auto store = make_memory_store();
  const Unlock nothing{SlotKind::kClear, {}};
  const SecretString master(ByteString(32, 'm'));
  const VaultId vault = *create_vault(*store, master, nothing, "clear", FileTime{1});
  EXPECT_EQ(read_whole_vault_header(*store)->version, 2);
  EXPECT_EQ(unlock(*store, vault, nothing)->master.secret.reveal(), master.reveal());
  EXPECT_EQ(unlock(*store, vault, kPassword).error().what,
            "this password does not open the vault, whose keys are: clear key 'clear'; it is not encrypted: "
            "give no key");
  ASSERT_TRUE(add_key(*store, vault, master, kPassword, "office", FileTime{2}));
  EXPECT_TRUE(has_clear_slot(*list_slots(*store)));
  ASSERT_TRUE(remove_key(*store, "clear"));
  EXPECT_FALSE(has_clear_slot(*list_slots(*store)));
  EXPECT_EQ(unlock(*store, vault, nothing).error().code, Code::kDenied);
  EXPECT_TRUE(unlock(*store, vault, kPassword));
}

TEST(VaultHeader, SaysWhichByteClassIsWrong) {
  VaultHeader h;
  h.version = 3;
  ByteString bytes = encode(h);
  append_le(bytes, xxh3(as_bytes(bytes)));
  const auto newer = make_memory_store(), damaged = make_memory_store();
  ASSERT_TRUE(newer->put("vault", as_bytes(bytes)));
  EXPECT_EQ(read_vault_header(*newer).error().code, Code::kUnsupported);
  h.version = 1;
  bytes = encode(h);
  append_le(bytes, xxh3(as_bytes(bytes)) + 1);
  ASSERT_TRUE(damaged->put("vault", as_bytes(bytes)));
  EXPECT_EQ(read_vault_header(*damaged).error().code, Code::kCorrupt);
}

}  // namespace
}  // namespace mk::vault
