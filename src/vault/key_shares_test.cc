#include "vault/key_shares.h"

#include <gmock/gmock.h>

namespace mk::vault {
namespace {

using testing::HasSubstr;

constexpr auto kRecovery = SlotKind::kRecovery;

TEST(KeyShares, AnyThatAreNeededGiveTheKeyBack) {
  const auto key = make_unlock(kRecovery);
  const auto shares = split_key(key, 5, 3);
  ASSERT_TRUE(shares);
  for (unsigned chosen = 0; chosen < 32; ++chosen) {
    std::vector<KeyShare> some;
    for (unsigned i = 0; i < 5; ++i)
      if ((chosen >> i & 1) != 0) some.push_back((*shares)[4 - i]);
    const auto joined = join_key(kRecovery, some);
    EXPECT_EQ(static_cast<bool>(joined), some.size() >= 3) << chosen;
    EXPECT_TRUE(!joined || joined->secret.reveal() == key.secret.reveal()) << chosen;
  }
}

/// With one share less, every key is as possible as every other: each has exactly one share that fits it.
TEST(KeyShares, OneLessSaysNothing) {
  const auto key = make_unlock(kRecovery);
  const auto shares = split_key(key, 2, 2);
  std::set<std::string> keys;
  for (int guess = 0; guess < 256; ++guess) {
    KeyShare other = (*shares)[1];
    std::string bytes = other.bytes.reveal();
    bytes[0] = static_cast<char>(guess);
    other.bytes = SecretString(bytes);
    keys.insert((*join_key(kRecovery, {(*shares)[0], other})).secret.reveal());
  }
  EXPECT_EQ(keys.size(), 256U);
}

TEST(KeyShares, TakeTheirLimits) {
  const auto key = make_unlock(kRecovery);
  const auto shares = split_key(key, 255, 255);
  ASSERT_TRUE(shares);
  EXPECT_EQ(join_key(kRecovery, *shares)->secret.reveal(), key.secret.reveal());
  for (const auto& [n, needed] : {std::pair{3U, 1U}, {3U, 4U}, {256U, 2U}, {0U, 0U}})
    EXPECT_EQ(split_key(key, n, needed).error().code, Code::kInvalid) << n << " " << needed;
}

TEST(KeyShares, SayWhatIsWrongWithThem) {
  const auto a = *split_key(make_unlock(kRecovery), 3, 2), b = *split_key(make_unlock(kRecovery), 3, 2);
  EXPECT_THAT(join_key(kRecovery, {a[0], b[1]}).error().what, HasSubstr("another key"));
  EXPECT_THAT(join_key(kRecovery, {a[0], a[0]}).error().what, HasSubstr("twice"));
  EXPECT_THAT(join_key(kRecovery, {a[0]}).error().what, HasSubstr("2 shares are needed, and 1 are here"));
  EXPECT_THAT(join_key(kRecovery, {}).error().what, HasSubstr("no shares"));
}

TEST(KeyShares, AreTextsWhoseDigitsAreChecked) {
  const auto share = (*split_key(make_unlock(kRecovery), 3, 2))[2];
  const std::string text = format_share(share);
  const auto read = parse_share("  " + text + "\n");
  ASSERT_TRUE(read) << text;
  EXPECT_EQ(read->number, 3U);
  EXPECT_EQ(read->bytes.reveal(), share.bytes.reveal());
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    std::string damaged = text;
    damaged[i] = damaged[i] == '7' ? '8' : '7';
    EXPECT_FALSE(parse_share(damaged)) << damaged;
  }
  EXPECT_FALSE(parse_share(""));
  EXPECT_FALSE(parse_share(text.substr(0, text.size() / 2)));
  EXPECT_FALSE(parse_share(text + " 00"));
}

}  // namespace
}  // namespace mk::vault
