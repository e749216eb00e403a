#include "pst/where.h"

#include <gtest/gtest.h>

#include "model/tags.h"

namespace mk::pst {
namespace {

namespace pid = model::pid;

Where where(std::vector<std::string> terms) {
  auto out = Where::parse(terms);
  EXPECT_TRUE(out) << out.error().what;
  return *std::move(out);
}

model::PropertyList mail() {
  model::PropertyList list;
  list.set_text(pid::kMessageClass, "IPM.Note.SMIME");
  list.set_text(pid::kSenderName, "Bob Miller");
  list.set_text(pid::kSenderEmailAddress, "Bob@Example.com");
  list.set_time(pid::kMessageDeliveryTime, *parse_utc("2019-05-01T12:00"));
  list.set_time(pid::kClientSubmitTime, *parse_utc("2018-05-01T12:00"));
  return list;
}

TEST(Where, TakesTermsOfOneKeyAsAlternativesAndOfDifferentKeysTogether) {
  EXPECT_TRUE(where({"class=IPM.Contact", "class=ipm.note"}).takes(mail()));
  EXPECT_FALSE(where({"class=ipm.note", "from=alice*"}).takes(mail()));
  EXPECT_TRUE(where({"from=alice*", "class=ipm.note", "from=*@example.com"}).takes(mail()));
}

TEST(Where, TakesAClassAndThoseBelowItOnly) {
  EXPECT_TRUE(where({"class=IPM"}).takes(mail()));
  EXPECT_TRUE(where({"class=IPM.Note.SMIME"}).takes(mail()));
  EXPECT_FALSE(where({"class=IPM.No"}).takes(mail()));
  EXPECT_FALSE(where({"class=IPM.Note.SMIME.More"}).takes(mail()));
}

TEST(Where, ComparesTimesSinceIncludedBeforeNot) {
  EXPECT_TRUE(where({"since=2019-05-01T12:00", "before=2019-05-02"}).takes(mail()));
  EXPECT_FALSE(where({"before=2019-05-01T12:00"}).takes(mail()));
  EXPECT_TRUE(where({"sent-before=2019-01-01", "received-since=2019-01-01"}).takes(mail()));
  EXPECT_FALSE(where({"since=1990-01-01"}).takes(model::PropertyList()));
}

TEST(Where, MatchesWholeNamesAndAddressesWithWildcards) {
  for (const char* pattern : {"bob@example.com", "BOB*", "*miller", "b?b miller", "*@*.com", "*"})
    EXPECT_TRUE(where({std::string("from=") + pattern}).takes(mail())) << pattern;
  for (const char* pattern : {"bob", "example.com", "b?b", "*@example.org"})
    EXPECT_FALSE(where({std::string("from=") + pattern}).takes(mail())) << pattern;
}

TEST(Where, TakesAFolderWithAllBelowIt) {
  const Where w = where({"folder=Inbox/A"});
  EXPECT_TRUE(w.takes_folder("Top/Inbox/A/B", "Inbox/A/B"));
  EXPECT_TRUE(w.takes_folder("Inbox/A", ""));
  EXPECT_FALSE(w.takes_folder("Top/Inbox/AB", "Inbox/AB"));
  EXPECT_FALSE(w.takes_folder("Top/Inbox", "Inbox"));
}

TEST(Where, NamesTheTermThatIsWrong) {
  for (const char* term : {"", "inbox", "folder=", "colour=red", "since=yesterday", "x-since=2019-01-01"}) {
    const auto w = Where::parse(std::vector<std::string>{term});
    ASSERT_FALSE(w) << term;
    EXPECT_EQ(w.error().code, Code::kInvalid);
    EXPECT_NE(w.error().what.find(std::string("--where '") + term + "'"), std::string::npos);
  }
  EXPECT_FALSE(Where::parse(std::vector<std::string>{"since=2019-01-01", "since=2018-01-01"}));
}

}  // namespace
}  // namespace mk::pst
