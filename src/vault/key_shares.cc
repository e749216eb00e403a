#include "vault/key_shares.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/hash.h"
#include "vault/crypto.h"

namespace mk::vault {
namespace {

constexpr std::string_view kShareText = "mailkeep-share-1";
constexpr std::size_t kKeyBytes = 32, kSetBytes = 4, kCheckDigits = 8;

using Byte = std::uint8_t;

/// In GF(2^8); takes the same time for all factors.
Byte multiply(Byte a, Byte b) {
  unsigned product = 0, factor = a;
  for (int bit = 0; bit < 8; ++bit) {
    product ^= factor & (0U - (static_cast<unsigned>(b) >> bit & 1U));
    factor = factor << 1 ^ (0x11BU & (0U - (factor >> 7)));
  }
  return static_cast<Byte>(product);
}

/// b^254, which is 1/b.
Byte inverse(Byte b) {
  Byte power = b, out = 1;
  for (int i = 0; i < 7; ++i) {
    power = multiply(power, power);
    out = multiply(out, power);
  }
  return out;
}

/// The polynomial whose coefficients stand at `position` of each part, at x.
Byte value_at(const std::vector<SecretString>& coefficients, std::size_t position, Byte x) {
  Byte y = 0;
  for (auto c = coefficients.rbegin(); c != coefficients.rend(); ++c)
    y = static_cast<Byte>(multiply(y, x) ^ static_cast<Byte>(c->reveal()[position]));
  return y;
}

/// What a share counts for at x = 0.
Byte weight(const std::vector<KeyShare>& shares, const KeyShare& of) {
  Byte out = 1;
  for (const auto& s : shares) {
    if (s.number == of.number) continue;
    const auto difference = static_cast<Byte>(s.number ^ of.number);
    out = multiply(out, multiply(static_cast<Byte>(s.number), inverse(difference)));
  }
  return out;
}

std::string check_of(std::string_view text) {
  return to_hex(Bytes(sha256(as_bytes(text))).first(kCheckDigits / 2));
}

/// What the check is over, and the share without it.
std::string body_of(const KeyShare& s) {
  std::string text =
      fmt::format("{} {} {} {}", kShareText, s.needed, s.number, to_hex(as_bytes(s.set.reveal())));
  const std::string digits = to_hex(as_bytes(s.bytes.reveal()));
  for (std::size_t i = 0; i < digits.size(); i += 8) text += " " + digits.substr(i, 8);
  return text;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
      words.back() += c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

bool read_number(const std::string& word, unsigned& n) {
  const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), n);
  return failed == std::errc() && end == word.data() + word.size() && n >= 1 && n <= 255;
}

}  // namespace

Result<std::vector<KeyShare>> split_key(const Unlock& key, unsigned shares, unsigned needed) {
  if (needed < 2 || needed > shares || shares > 255)
    return Error{Code::kInvalid,
                 fmt::format("{} of {} shares: at least 2 must be needed, not more than there are, and "
                             "there are 255 at most",
                             needed, shares)};
  std::vector<SecretString> coefficients{key.secret};
  while (coefficients.size() < needed) coefficients.emplace_back(random_bytes(kKeyBytes));
  const SecretString set(random_bytes(kSetBytes));
  std::vector<KeyShare> out;
  for (unsigned number = 1; number <= shares; ++number) {
    std::string bytes(kKeyBytes, '\0');
    for (std::size_t i = 0; i < kKeyBytes; ++i)
      bytes[i] = static_cast<char>(value_at(coefficients, i, static_cast<Byte>(number)));
    out.push_back({needed, number, set, SecretString(std::move(bytes))});
  }
  return out;
}

Result<Unlock> join_key(SlotKind kind, const std::vector<KeyShare>& given) {
  if (given.empty()) return Error{Code::kInvalid, "no shares"};
  std::set<unsigned> numbers;
  for (const auto& s : given) {
    if (s.set.reveal() != given.front().set.reveal() || s.needed != given.front().needed)
      return Error{Code::kInvalid,
                   fmt::format("share {} is of another key than share {}", s.number, given.front().number)};
    if (!numbers.insert(s.number).second)
      return Error{Code::kInvalid, fmt::format("share {} is there twice", s.number)};
  }
  const unsigned needed = given.front().needed;
  if (given.size() < needed)
    return Error{Code::kInvalid, fmt::format("{} shares are needed, and {} are here", needed, given.size())};
  const std::vector<KeyShare> shares(given.begin(), given.begin() + needed);
  std::string bytes(kKeyBytes, '\0');
  for (const auto& s : shares) {
    const Byte w = weight(shares, s);
    for (std::size_t i = 0; i < kKeyBytes; ++i)
      bytes[i] = static_cast<char>(static_cast<Byte>(bytes[i]) ^
                                   multiply(w, static_cast<Byte>(s.bytes.reveal()[i])));
  }
  return Unlock{kind, SecretString(std::move(bytes))};
}

std::string format_share(const KeyShare& share) {
  const std::string body = body_of(share);
  return body + " " + check_of(body) + "\n";
}

Result<KeyShare> parse_share(std::string_view text) {
  const auto words = words_of(text);
  if (words.empty() || words[0] != kShareText)
    return Error{Code::kInvalid, fmt::format("not a share of a key; it would begin with {}", kShareText)};
  const Error wrong{Code::kInvalid,
                    "the share has a wrong, missing or additional digit: its check does not fit"};
  KeyShare share;
  if (words.size() != 13 || !read_number(words[1], share.needed) || !read_number(words[2], share.number))
    return wrong;
  std::string digits;
  for (std::size_t i = 4; i < 12; ++i) digits += words[i];
  auto set = from_hex(words[3]), bytes = from_hex(digits);
  if (!set || !bytes || set->size() != kSetBytes || bytes->size() != kKeyBytes || share.needed < 2)
    return wrong;
  share.set = SecretString(*std::move(set));
  share.bytes = SecretString(*std::move(bytes));
  return check_of(body_of(share)) == words[12] ? Result<KeyShare>(share) : Result<KeyShare>(wrong);
}

}  // namespace mk::vault
