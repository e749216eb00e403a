#include "vault/technique.h"

#include "vault/fixture_test.h"
#include "vault/legacy_cipher.h"
#include "vault/repair.h"

namespace mk::vault {
namespace {

struct Vector {
  const char* name;
  Cipher cipher;
  std::string_view key, iv, plain, encrypted;
};

/// A single block with an IV of zeros is what ECB makes of it.
constexpr std::string_view kZeros = "0000000000000000";
constexpr std::string_view kNistKey = "0123456789abcdef23456789abcdef01456789abcdef0123";
const Vector kVectors[] = {
    // Schneier's vectors.txt, by Eric Young: ECB, keys of several lengths, CBC
    {"64 bits", Cipher::kBlowfish, kZeros, kZeros, kZeros, "4ef997456198dd78"},
    {"64 bits, 2", Cipher::kBlowfish, "0123456789abcdef", kZeros, "1111111111111111", "61f9c3802281b096"},
    {"128 bits", Cipher::kBlowfish, "f0e1d2c3b4a5968778695a4b3c2d1e0f", kZeros, "fedcba9876543210",
     "93142887ee3be15c"},
    {"192 bits", Cipher::kBlowfish, "f0e1d2c3b4a5968778695a4b3c2d1e0f0011223344556677", kZeros,
     "fedcba9876543210", "05044b62fa52d080"},
    {"448 bits", Cipher::kBlowfish,
     "f0e1d2c3b4a5968778695a4b3c2d1e0f001122334455667704689104c2fd3b2f584023641aba61761f1f1f1f0e0e0e0e"
     "ffffffffffffffff",
     kZeros, "fedcba9876543210", "c04504012e4e1f53"},
    {"CBC", Cipher::kBlowfish, "0123456789abcdeff0e1d2c3b4a59687", "fedcba9876543210",
     "37363534333231204e6f77206973207468652074696d6520666f722000000000",
     "6b77b4d63006dee605b156e27403979358deb9e7154616d959f1652bd5ff92cc"},
    // NIST SP 800-67, appendix B: ECB
    {"SP 800-67, 1", Cipher::kTripleDes, kNistKey, kZeros, "5468652071756663", "a826fd8ce53b855f"},
    {"SP 800-67, 2", Cipher::kTripleDes, kNistKey, kZeros, "6b2062726f776e20", "cce21c8112256fe6"},
    {"SP 800-67, 3", Cipher::kTripleDes, kNistKey, kZeros, "666f78206a756d70", "68d5c05dd9b6b900"},
    // NIST, examples with intermediate values, TDES_CBC
    {"TDES_CBC", Cipher::kTripleDes, kNistKey, "f69f2445df4f9b17",
     "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51",
     "2079c3d53aa763e193b79e2569ab5262516570481f25b50f73c0bda85c8e0da7"},
};

TEST(LegacyCipher, AgreesWithPublishedVectors) {
  for (const Vector& v : kVectors) {
    SCOPED_TRACE(v.name);
    const SecretString key(*from_hex(v.key));
    const ByteString iv = *from_hex(v.iv), plain = *from_hex(v.plain);
    const ByteString out = encrypt_cbc(v.cipher, key, as_bytes(iv), as_bytes(plain));
    EXPECT_EQ(to_hex(as_bytes(out).first(plain.size())), v.encrypted);
    EXPECT_EQ(out.size(), plain.size() + kLegacyBlockBytes);  // the padding
    EXPECT_EQ(decrypt_cbc(v.cipher, key, as_bytes(iv), as_bytes(out)), plain);
  }
}

TEST(LegacyCipher, TellsWrongLengthAndPadding) {
  const SecretString key(ByteString(24, 'k'));
  const ByteString iv(8, '\0'),
      out = encrypt_cbc(Cipher::kTripleDes, key, as_bytes(iv), as_bytes("sixteen bytes ok"));
  for (const std::size_t n : {0u, 1u, 7u, 8u, 16u, 23u})
    EXPECT_FALSE(decrypt_cbc(Cipher::kTripleDes, key, as_bytes(iv), as_bytes(out).first(n))) << n;
}

const std::vector<Technique> kTechniques{
    {}, {Cipher::kBlowfish, 64}, {Cipher::kBlowfish, 448}, {Cipher::kTripleDes, 0}};
const SecretString kKey(ByteString(32, 'k'));
const Nonce kNonce{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

Result<ByteString> open(const Technique& t, const ByteString& sealed, std::string_view aad = "aad",
                        const Nonce& nonce = kNonce) {
  return unseal(t, kKey, nonce, as_bytes(aad), as_bytes(sealed));
}

TEST(Technique, GivesBackWhatWasSealedInTheLengthThatWasTold) {
  for (const Technique& t : kTechniques)
    for (std::size_t n = 0; n < 20; ++n) {
      const ByteString plain = noise(n, 1);
      const ByteString sealed = seal(t, kKey, kNonce, as_bytes("aad"), as_bytes(plain));
      EXPECT_EQ(sealed.size(), sealed_bytes(t, n));
      EXPECT_EQ(*open(t, sealed), plain);
    }
}

/// "changed" is what a wrong tag or mac gives; a padding that was looked at before would now and then say so.
TEST(Technique, FindsEveryChangeByItsTagOrMacAlone) {
  for (const Technique& t : kTechniques) {
    SCOPED_TRACE(describe(t));
    const ByteString sealed = seal(t, kKey, kNonce, as_bytes("aad"), as_bytes("what is to be kept"));
    const auto changed = [&](const Result<ByteString>& r) {
      return !r && r.error().what.starts_with("changed");
    };
    for (std::size_t i = 0; i < sealed.size(); ++i)
      for (int bit = 0; bit < 8; ++bit) {
        ByteString bad = sealed;
        bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
        EXPECT_TRUE(changed(open(t, bad))) << i;
      }
    for (std::size_t i = 0; i < sealed.size(); ++i) EXPECT_TRUE(changed(open(t, sealed.substr(0, i)))) << i;
    for (std::size_t i = 0; i < kNonce.size(); ++i) {
      Nonce bad = kNonce;
      bad[i] ^= 1;
      EXPECT_TRUE(changed(open(t, sealed, "aad", bad))) << i;
    }
    EXPECT_TRUE(changed(open(t, sealed, "aae")));
    EXPECT_TRUE(changed(open(t, sealed, "aa")));
    for (const Technique& other : kTechniques) EXPECT_EQ(changed(open(other, sealed)), other != t);
  }
}

/// As the format says it, by hand. Who has the keys can put anything under a good mac: no crash, and it is
/// told.
TEST(Technique, LooksAtThePaddingOnlyUnderAGoodMac) {
  for (const Technique& t : {Technique{Cipher::kBlowfish, 448}, Technique{Cipher::kTripleDes, 0}}) {
    const auto mac_key = hkdf_expand(kKey, {as_bytes("mailkeep mac"), as_bytes(encode(t))});
    for (const std::size_t n : {0u, 5u, 8u, 64u}) {
      ByteString sealed = noise(n, 3), length;
      append_le(length, std::uint64_t{3});
      const Mac mac = hmac(as_bytes(mac_key.reveal()), {as_bytes(length), as_bytes("aad"),
                                                        std::as_bytes(std::span(kNonce)), as_bytes(sealed)});
      sealed.append(reinterpret_cast<const char*>(mac.data()), mac.size());
      EXPECT_THAT(open(t, sealed).error().what, testing::HasSubstr("padding")) << n;
      sealed.back() ^= 1;
      EXPECT_THAT(open(t, sealed).error().what, testing::HasSubstr("changed")) << n;
    }
  }
}

TEST(Technique, ExistsOnlyWithKeysOfItsCipher) {
  for (const unsigned bits : {0u, 56u, 63u, 65u, 456u, 65535u})
    EXPECT_EQ(check_technique({Cipher::kBlowfish, static_cast<std::uint16_t>(bits)}).error().code,
              Code::kCorrupt);
  EXPECT_EQ(check_technique({Cipher::kAes256Gcm, 256}).error().code, Code::kCorrupt);
  EXPECT_EQ(check_technique({static_cast<Cipher>(3), 0}).error().code, Code::kUnsupported);
  for (const Technique& t : kTechniques) EXPECT_TRUE(check_technique(t) && find_cipher(t));
}

const Technique kBlowfish{Cipher::kBlowfish, 448};

class TechniqueVault : public testing::TestWithParam<Technique> {
 protected:
  void SetUp() override {
    init_vault(*store_, GetParam());
    ASSERT_TRUE(put_objects(*store_, objects_, "point"));
  }
  /// A header that says something else, its checksum made to fit, as an attacker would.
  std::unique_ptr<Store> with_header_of(const Technique& t) const {
    auto all = contents(*store_);
    VaultHeader h = *read_whole_vault_header(*store_);
    h.technique = t;
    h.version = t.is_legacy() ? 2 : 1;
    all["vault"] = encode(h);
    append_le(all["vault"], xxh3(as_bytes(all["vault"])));
    return store_of(all);
  }
  std::unique_ptr<Store> store_ = make_memory_store();
  const Objects objects_{{"empty", ""}, {"large", noise(300'000, 2)}, {"small", "a mail"}};
};

TEST_P(TechniqueVault, GivesBackWhatWasPut) {
  EXPECT_TRUE(get_objects(*store_, "point") == objects_);
  EXPECT_THAT(check_vault(*store_, true).damage, testing::IsEmpty());
  EXPECT_THAT(check_vault(*store_, false).damage, testing::IsEmpty());
  EXPECT_EQ(read_whole_vault_header(*store_)->version, GetParam().is_legacy() ? 2 : 1);
}

TEST_P(TechniqueVault, ShowsAHeaderThatTellsAnotherTechnique) {
  for (const Technique& other : kTechniques) {
    if (other == GetParam()) continue;
    const auto store = with_header_of(other);
    const auto opened = Vault::open(*store, test_key());
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().what, testing::HasSubstr("somebody has changed the header"));
    EXPECT_THAT(check_vault(*store, false).damage, testing::SizeIs(1));
    const Keys keys = derive_keys(*read_vault_header(*store), test_master(GetParam()));
    const auto repaired = repair(*store, *store_, *repair_header(*store, *store_), &keys);
    EXPECT_THAT(repaired->repaired, testing::ElementsAre("vault"));
    EXPECT_TRUE(contents(*store) == contents(*store_));
  }
}

/// In the slot too, so that both say the same: the slot no longer opens.
TEST_P(TechniqueVault, DoesNotOpenASlotThatTellsAnotherTechnique) {
  const Technique other = GetParam() == kBlowfish ? Technique{} : kBlowfish;
  auto all = contents(*with_header_of(other));
  SlotInfo slot = list_slots(*store_)->slots.at(0);
  all.erase("keys/" + slot.id);
  slot.fields.technique = other;
  ByteString bytes = encode(slot.fields) + slot.bytes.substr(wire_size<KeySlot>());
  bytes.resize(bytes.size() - 8);
  append_le(bytes, xxh3(as_bytes(bytes)));
  all["keys/" + decode_slot(as_bytes(bytes))->id] = bytes;
  EXPECT_EQ(Vault::open(*store_of(all), test_key()).error().code, Code::kDenied);
}

TEST_P(TechniqueVault, RefusesChunksUnderEachOthersIds) {
  const Keys keys = derive_keys(VaultId{}, test_master(GetParam()));
  std::vector<ByteString> records;
  for (const std::string text : {"one", "two"}) {
    const auto name = name_chunk(keys, ChunkKind::kData, {}, as_bytes(text));
    records.push_back(*seal_chunk(VaultId{}, keys, name, ChunkKind::kData, {}, as_bytes(text)));
  }
  ASSERT_EQ(records[0].size(), records[1].size());
  for (const std::size_t n :
       {wire_size<ChunkId>(), wire_size<RecordHead>()}) {  // the id; all but the sealed part
    ByteString swapped = records[0].substr(0, n) + records[1].substr(n);
    swapped.resize(swapped.size() - 8);
    append_le(swapped, xxh3(as_bytes(swapped)));
    const auto opened = open_record(VaultId{}, keys, *decode_record(as_bytes(swapped)));
    EXPECT_THAT(opened.error().what, testing::HasSubstr("changed"));
  }
}

TEST_P(TechniqueVault, RefusesEveryFlippedByteOfALogRecord) {
  const Keys keys = derive_keys(*read_vault_header(*store_), test_master(GetParam()));
  const ByteString good = contents(*store_).at(log_name({2}));
  ASSERT_EQ(decode_log_record(as_bytes(good), &keys)->facts->name, "point");
  for (std::size_t i = 0; i < good.size(); ++i) {
    ByteString bad = good;
    bad[i] ^= 1;
    EXPECT_FALSE(decode_log_record(as_bytes(bad), &keys)) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Every, TechniqueVault, testing::ValuesIn(kTechniques));

}  // namespace
}  // namespace mk::vault
