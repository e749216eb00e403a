#include "base/hash.h"

#include <gtest/gtest.h>

namespace mk {
namespace {

// The examples of FIPS 180-4's companion: one block and two blocks
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr char kTwoBlocks[] = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";

TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(to_hex(sha256(as_bytes("abc"))), kAbc);
  EXPECT_EQ(to_hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))), kTwoBlocks);
}

TEST(Sha256, TakesBytesInPieces) {
  Sha256 h;
  h.update(as_bytes("a"));
  h.update({});
  h.update(as_bytes("bc"));
  EXPECT_EQ(to_hex(h.finish()), kAbc);
}

// RFC 1321, A.5
TEST(Md5, GivesTheValuesOfItsSpecification) {
  EXPECT_EQ(to_hex(md5({})), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(to_hex(md5(as_bytes("message digest"))), "f96b697d7cb7938d525a2f31aaf161d0");
}

}  // namespace
}  // namespace mk
