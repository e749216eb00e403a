#include "catalog/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mk::catalog {
namespace {

using testing::ElementsAre;

TEST(Words, AreRunsOfLettersAndDigitsInUpperCaseEachOnce) {
  EXPECT_THAT(words_of("Re: AW: Budget-2026, budget!"), ElementsAre("RE", "AW", "BUDGET", "2026"));
  EXPECT_THAT(words_of("\"Müller, Jörg\" <jm@example.com>"),
              ElementsAre("MÜLLER", "JÖRG", "JM", "EXAMPLE", "COM"));
  EXPECT_THAT(words_of("отчёт – «ёлка»"), ElementsAre("ОТЧЁТ", "ЁЛКА"));
  EXPECT_THAT(words_of("会議、資料。😀mail"), ElementsAre("会議", "資料", "😀MAIL"));
  EXPECT_TRUE(words_of(" -- \xE2\x80\x94 \xFF ").empty());
}

TEST(Words, OfAVersionSayWhatTheyAreOf) {
  EXPECT_EQ(search_words({7, 9, true, "Hello hello", "Bob", "IPM.Note.X"}), "m7 d9 cIPMNOTEX a sHELLO fBOB");
}

TEST(Words, MakeAQueryForEitherDatabase) {
  WordQuery q;
  EXPECT_TRUE(q.empty());
  q.add_words("budg* 2026", WordQuery::kAny);
  q.add_words("bob", WordQuery::kSender);
  q.add_folders({1, 2});
  q.add_class("ipm.note");
  EXPECT_EQ(
      q.text(Dialect::kSqlite),
      R"(("sBUDG" * OR "fBUDG" *) AND ("s2026" OR "f2026") AND ("fBOB") AND ("d1" OR "d2") AND ("cIPMNOTE" *))");
  EXPECT_EQ(q.text(Dialect::kPostgres),
            "('sBUDG':* | 'fBUDG':*) & ('s2026' | 'f2026') & ('fBOB') & ('d1' | 'd2') & ('cIPMNOTE':*)");
}

TEST(Words, BeginningsAreCompletedUnlessTheyAreTooMany) {
  const auto words = [](const std::string& begin) -> Result<std::optional<std::vector<std::string>>> {
    if (begin == "sA") return std::optional<std::vector<std::string>>();
    if (begin == "sBUDG") return std::optional(std::vector<std::string>{"sBUDGET", "sBUDGIE"});
    return std::optional(std::vector<std::string>{});
  };
  WordQuery q;
  q.add_words("budg* a*", WordQuery::kAny);
  q.add_words("2026", WordQuery::kSubject);
  EXPECT_TRUE(*q.complete(words));
  EXPECT_EQ(q.text(Dialect::kSqlite), R"(("sBUDGET" OR "sBUDGIE") AND ("sA" *) AND ("s2026"))");
  q.add_words("none*", WordQuery::kAny);
  EXPECT_FALSE(*q.complete(words));
}

TEST(Words, SortKeysAreShortAndWholeCharacters) {
  EXPECT_EQ(sort_key("zebra"), "ZEBRA");
  EXPECT_EQ(sort_key(std::string(39, 'a') + "é"), std::string(39, 'A'));
  EXPECT_LT(sort_key("apple"), sort_key("Banana"));
}

}  // namespace
}  // namespace mk::catalog
