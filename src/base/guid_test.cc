#include "base/guid.h"

#include <gtest/gtest.h>

#include "base/wire.h"

namespace mk {
namespace {

TEST(Guid, FormatsTheBytesOfTheWire) {
  // PS_PUBLIC_STRINGS as it lies in a stream.  [MS-OXPROPS] 1.3.2
  const auto bytes = *from_hex("2903020000000000c000000000000046");
  const auto guid = decode<Guid>(as_bytes(bytes));
  ASSERT_TRUE(guid);
  EXPECT_EQ(format_guid(*guid), "00020329-0000-0000-c000-000000000046");
  EXPECT_EQ(encode(*guid), bytes);
}

TEST(Guid, TakesEitherCaseAndBraces) {
  const auto plain = *parse_guid("6ed8da90-450b-101b-98da-00aa003f1305");
  EXPECT_EQ(*parse_guid("{6ED8DA90-450B-101B-98DA-00AA003F1305}"), plain);
  EXPECT_EQ(format_guid(plain), "6ed8da90-450b-101b-98da-00aa003f1305");
}

TEST(Guid, RefusesOtherText) {
  for (const char* text : {"", "6ed8da90-450b-101b-98da-00aa003f130", "6ed8da90450b-101b-98da-00aa003f1305-",
                           "{6ed8da90-450b-101b-98da-00aa003f1305", "6ed8da90-450b-101b-98da-00aa003f130g"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(parse_guid(text).error().code, Code::kInvalid);
  }
}

}  // namespace
}  // namespace mk
