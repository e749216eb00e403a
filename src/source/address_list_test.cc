#include "source/address_list.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/file.h"

namespace mk::source {
namespace {

using People = std::vector<Person>;

TEST(AddressList, ReadsAddressesWithAndWithoutNames) {
  const auto list = parse_address_list(
      "\xEF\xBB\xBF# exported today\r\n"
      "anna@example.test,Anna A\r\n"
      "\r\n"
      "bob@example.test\r\n"
      " carol@example.test , \"Carol, \"\"the boss\"\"\" ,more\r\n"
      "d\xC3\xB6rte@example.test,");
  EXPECT_EQ(list.people, (People{{"anna@example.test", "Anna A"},
                                 {"bob@example.test", ""},
                                 {"carol@example.test", "Carol, \"the boss\""},
                                 {"d\xC3\xB6rte@example.test", ""}}));
  EXPECT_TRUE(list.faults.empty());
}

TEST(AddressList, UnderstandsQuotes) {
  const auto list = parse_address_list("\"anna@example.test\",\"A, \"\"Anna\"\"\"\nbob@example.test,\"B\"\n");
  EXPECT_EQ(list.people, (People{{"anna@example.test", "A, \"Anna\""}, {"bob@example.test", "B"}}));
}

TEST(AddressList, FindsTheColumnsThatAHeaderNames) {
  EXPECT_EQ(parse_address_list("#TYPE Mailbox\n\"DisplayName\",\"Alias\",\"PrimarySmtpAddress\"\n"
                               "\"Anna A\",\"anna\",\"anna@example.test\"\n")
                .people,
            (People{{"anna@example.test", "Anna A"}}));
  EXPECT_EQ(parse_address_list("E-Mail;Name\nanna@example.test;A, Anna\n").people,
            (People{{"anna@example.test", "A, Anna"}}));
  EXPECT_EQ(parse_address_list("mail\nanna@example.test\n").people, (People{{"anna@example.test", ""}}));
}

TEST(AddressList, LeavesOutWhatIsWrongAndSaysWhere) {
  const auto list = parse_address_list(
      "anna@example.test\n"
      "not an address,X\n"
      "\"open@example.test\n"
      "bob@example.test,B\n"
      ",nobody\n"
      "a@b@c\n");
  EXPECT_EQ(list.people, (People{{"anna@example.test", ""}, {"bob@example.test", "B"}}));
  ASSERT_EQ(list.faults.size(), 4u);
  EXPECT_EQ(list.faults[0].line, 2u);
  EXPECT_EQ(list.faults[0].why, "\"not an address\" is not an address");
  EXPECT_EQ(list.faults[1].line, 3u);
  EXPECT_NE(list.faults[1].why.find("quote"), std::string::npos);
  EXPECT_EQ(list.faults[2].line, 5u);
  EXPECT_EQ(list.faults[2].why, "there is no address");
  EXPECT_EQ(list.faults[3].line, 6u);
}

TEST(AddressList, CountsFaultsItDoesNotKeep) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "nobody\n";
  const auto list = parse_address_list(text);
  EXPECT_EQ(list.n_faults, 500u);
  EXPECT_EQ(list.faults.size(), AddressList::kMaxFaults);
  EXPECT_EQ(parse_address_list("a@b.test" + std::string(100'000, ',')).n_faults, 1u);
}

TEST(AddressList, SurvivesEveryCutOfAFile) {
  const std::string text =
      "\xEF\xBB\xBF\"Name\";\"Mail\"\r\n\"A \"\"x\"\"\";a@b.test\r\n#c\r\n\"y\";\"c@d.test\"";
  for (std::size_t n = 0; n <= text.size(); ++n) {
    const auto list = parse_address_list(text.substr(0, n));
    EXPECT_LE(list.people.size(), 2u);
  }
  EXPECT_EQ(parse_address_list(text).people, (People{{"a@b.test", "A \"x\""}, {"c@d.test", "y"}}));
}

TEST(AddressList, IsReadFromAFileOfUtf8Only) {
  const auto file =
      std::filesystem::path(testing::TempDir()) / ("addresses-" + std::to_string(getpid()) + ".csv");
  ASSERT_TRUE(write_file_atomically(file, as_bytes("anna@example.test\n")));
  EXPECT_EQ(read_address_list(file)->people.size(), 1u);
  ASSERT_TRUE(write_file_atomically(file, as_bytes("J\xFCrgen@example.test\n")));
  EXPECT_EQ(read_address_list(file).error().code, Code::kInvalid);
  std::filesystem::remove(file);
  EXPECT_EQ(read_address_list(file).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace mk::source
