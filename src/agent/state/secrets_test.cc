#include "agent/state/secrets.h"

#include "agent/state/settings.h"
#include "agent/state/state_test.h"

namespace mk::agent {
namespace {

using SecretsTest = StateTest;

TEST_F(SecretsTest, AreGivenBackReplacedAndRemoved) {
  Secrets& secrets = state().secrets();
  const SecretString any(std::string("\0\xFF '", 4));
  ASSERT_TRUE(secrets.put("b", SecretString("x"), at(1)));
  ASSERT_TRUE(secrets.put("a", any, at(2)));
  ASSERT_TRUE(secrets.put("b", SecretString("y"), at(3)));
  EXPECT_EQ(secrets.get("a")->reveal(), any.reveal());
  EXPECT_EQ(secrets.get("b")->reveal(), "y");
  const auto all = *secrets.list();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "a");
  EXPECT_EQ(all[1].changed, at(3));
  ASSERT_TRUE(secrets.remove("a"));
  EXPECT_EQ(secrets.get("a").error().code, Code::kNotFound);
  EXPECT_EQ(secrets.remove("a").error().code, Code::kNotFound);
}

TEST_F(SecretsTest, AreBoundToTheirNamesAndWhole) {
  Secrets& secrets = state().secrets();
  ASSERT_TRUE(secrets.put("low", SecretString("everybody knows"), at(1)));
  ASSERT_TRUE(secrets.put("high", SecretString("nobody knows"), at(1)));
  run_raw("UPDATE secret SET sealed = (SELECT sealed FROM secret WHERE name = 'low') WHERE name = 'high'");
  EXPECT_ERROR(secrets.get("high"), Code::kCorrupt, "secret high");
  EXPECT_TRUE(secrets.get("low"));
  run_raw("UPDATE secret SET sealed = x'00' WHERE name = 'low'");
  EXPECT_ERROR(secrets.get("low"), Code::kCorrupt, "store it again");
}

TEST_F(SecretsTest, HaveNamesAndAnEnd) {
  EXPECT_ERROR(state().secrets().put("", SecretString("x"), at(1)), Code::kInvalid, "1 to 200 bytes");
  EXPECT_ERROR(state().secrets().put("a\nb", SecretString("x"), at(1)), Code::kInvalid, "control characters");
  EXPECT_TRUE(state().secrets().put("a", SecretString(std::string(65536, 'x')), at(1)));
  EXPECT_ERROR(state().secrets().put("a", SecretString(std::string(65537, 'x')), at(1)), Code::kInvalid,
               "65536");
}

using SettingsTest = StateTest;

TEST_F(SettingsTest, AreJsonWithVersions) {
  Settings& settings = state().settings();
  EXPECT_EQ(settings.get("mail").error().code, Code::kNotFound);
  EXPECT_ERROR(settings.set("mail", 0, "{"), Code::kInvalid, "not JSON");
  EXPECT_EQ(settings.set("mail", 0, "{\"to\":1}")->version, 1);
  EXPECT_ERROR(settings.set("mail", 0, "{}"), Code::kConflict, "version 1 now, not 0");
  EXPECT_EQ(settings.set("mail", 1, "[]")->version, 2);
  EXPECT_EQ(settings.get("mail")->value, "[]");
  EXPECT_EQ(settings.get("mail")->version, 2);
  ASSERT_TRUE(settings.remove("mail"));
  EXPECT_EQ(settings.get("mail").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace mk::agent
