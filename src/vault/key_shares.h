#pragma once
#include <vector>

#include "vault/keys.h"

namespace mk::vault {

/// A recovery key in several hands: any `needed` of the shares give it back, fewer say nothing about it
/// (Shamir's secret sharing over GF(2^8) with the polynomial of AES, byte by byte). Format:
/// docs/formats/vault.md, "Shares of a key"
struct KeyShare {
  unsigned needed = 0, number = 0;  // 2 to 255, 1 to 255
  SecretString set;                 // 4 bytes that all shares of one key have in common
  SecretString bytes;               // 32
};

/// Errors: kInvalid  not 2 <= needed <= shares <= 255
Result<std::vector<KeyShare>> split_key(const Unlock& key, unsigned shares, unsigned needed);
/// Errors: kInvalid  too few, one of them twice, or of different keys
Result<Unlock> join_key(SlotKind kind, const std::vector<KeyShare>& shares);

/// `mailkeep-share-1 NEEDED NUMBER SET HEX... CHECK`
std::string format_share(const KeyShare& share);
/// Errors: kInvalid  not such a text, or a digit is wrong
Result<KeyShare> parse_share(std::string_view text);

}  // namespace mk::vault
