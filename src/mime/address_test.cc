#include "mime/address.h"

#include <gtest/gtest.h>

#include "model/tags.h"

namespace mk::mime {
namespace {

TEST(FormatAddress, IsReadBackAsItWas) {
  const Address kRows[] = {
      {"Ada Lovelace", "SMTP", "ada@example.test"},
      {"Lovelace, Ada (R&D)", "SMTP", "ada@example.test"},
      {"Zoë \"Zo\" Ünal", "SMTP", "zoe@example.test"},
      {"<script>", "SMTP", "x@example.test"},
      {"Somebody", "EX",
       "/o=Org/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn=so_me+body"},
      {"Fax", "FAX", "Ada@+49 (30) 123"},
      {"Local", "SMTP", "zoë@exämple.test"},
      {"Only a name", "", ""},
  };
  for (const Address& a : kRows) {
    SCOPED_TRACE(a.name);
    const auto back = parse_addresses(format_address(a));
    ASSERT_EQ(back.size(), 1u);
    EXPECT_EQ(back[0].name, a.name);
    EXPECT_EQ(back[0].type, a.type);
    EXPECT_EQ(back[0].email, a.email);
  }
}

TEST(FormatAddress, EncapsulatesWhatOnlyLooksLikeAnAddress) {
  for (const char* email : {"a@x.testIMCEANOTES-b@x.test", "@x.test", "a@", "a b@x.test"})
    EXPECT_NE(format_address({"", "SMTP", email}).find("IMCEASMTP-"), std::string::npos) << email;
}

TEST(FormatAddress, CannotBeUsedToAddHeaders) {
  const std::string out = format_address({"a\r\nBcc: evil@x.test", "SMTP", "a@b\r\nBcc: evil@x.test"});
  EXPECT_EQ(out.find('\n'), std::string::npos);
  EXPECT_EQ(out.find('\r'), std::string::npos);
}

TEST(ParseAddresses, TakesGroupsApart) {
  const auto all = parse_addresses("Team: a@x.test, \"B, C\" <b@x.test>;, d@x.test");
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[1].name, "B, C");
  EXPECT_EQ(all[2].email, "d@x.test");
  EXPECT_TRUE(parse_addresses("").empty());
}

TEST(AddressOf, FindsTheSmtpAddressWhereverItIs) {
  model::PropertyList by_property, by_entry, by_name;
  for (auto* list : {&by_property, &by_entry, &by_name}) {
    list->set_text(kSender.type, "EX");
    list->set_text(kSender.email, "/o=Org/cn=ada");
    list->set_text(kSender.name, "Ada");
  }
  by_property.set_text(kSender.smtp, "ada@example.test");
  by_entry.set_binary(kSender.entry_id, one_off_entry_id({"Ada", "SMTP", "ada@example.test"}));
  by_name.set_text(kSender.name, "ada@example.test");
  for (const auto* list : {&by_property, &by_entry, &by_name}) {
    EXPECT_EQ(address_of(*list, kSender).email, "ada@example.test");
    EXPECT_EQ(address_of(*list, kSender).type, "SMTP");
  }
}

TEST(OneOff, GivesBackWhatItHolds) {
  const Address a{"Zoë", "SMTP", "zoe@example.test"};
  const ByteString id = one_off_entry_id(a);
  EXPECT_EQ(to_hex(as_bytes(id).subspan(0, 24)), "00000000812b1fa4bea310199d6e00dd010f540200000190");
  const auto back = parse_one_off(as_bytes(id));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->name, a.name);
  EXPECT_EQ(back->email, a.email);
  for (std::size_t n = 0; n < id.size(); ++n) EXPECT_FALSE(parse_one_off(as_bytes(id).first(n))) << n;
  EXPECT_EQ(parse_one_off(as_bytes(std::string(40, 'x'))).error().code, Code::kUnsupported);
}

TEST(FlatEntryList, GivesBackItsOneOffsAndBearsDamage) {
  const ByteString list = flat_entry_list({{"A", "SMTP", "a@x.test"}, {"B", "SMTP", "b@x.test"}});
  EXPECT_EQ(parse_flat_entry_list(as_bytes(list)).size(), 2u);
  for (std::size_t n = 0; n < list.size(); ++n)
    EXPECT_LE(parse_flat_entry_list(as_bytes(list).first(n)).size(), 2u);
}

}  // namespace
}  // namespace mk::mime
