#include "vault/crypto.h"

#include <gtest/gtest.h>

namespace mk::vault {
namespace {

struct Row {
  const char* name;
  std::string key, data;
  const char* mac;
};

/// RFC 4231, test cases 1, 2 and 6, whose key is longer than a block.
const Row kRows[] = {{"1", std::string(20, '\x0b'), "Hi There",
                      "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
                     {"2", "Jefe", "what do ya want for nothing?",
                      "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
                     {"6", std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
                      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"}};

TEST(Crypto, MakesTheMacsOfRfc4231) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    const Mac mac = hmac(as_bytes(row.key), {as_bytes(row.data).first(3), as_bytes(row.data).subspan(3)});
    EXPECT_EQ(to_hex(std::as_bytes(std::span(mac))), row.mac);
  }
}

}  // namespace
}  // namespace mk::vault
