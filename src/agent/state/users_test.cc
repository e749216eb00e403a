#include "agent/state/users.h"

#include "agent/state/state_test.h"

namespace mk::agent {
namespace {

const SecretString kPassword("correct horse");

class UsersTest : public StateTest {
 protected:
  void SetUp() override {
    StateTest::SetUp();
    ASSERT_TRUE(users().add("anna", Role::kAdmin, kPassword, at(1)));
  }
  Users& users() { return state().users(); }
  Logins& logins() { return state().logins(); }
  Tokens& tokens() { return state().tokens(); }
};

TEST_F(UsersTest, AreKnownByNameAndPassword) {
  const auto anna = users().check("anna", kPassword);
  ASSERT_TRUE(anna) << anna.error().what;
  EXPECT_EQ(anna->role, Role::kAdmin);
  EXPECT_EQ(anna->created, at(1));
  for (const auto& [name, password] :
       {std::pair("anna", "wrong horse"), {"Anna", "correct horse"}, {"anna", ""}})
    EXPECT_ERROR(users().check(name, SecretString(password)), Code::kDenied,
                 "the name or the password is wrong");
  EXPECT_EQ(users().get("bert").error().code, Code::kNotFound);
}

TEST_F(UsersTest, NeedANameAndAPasswordOfSomeLength) {
  EXPECT_ERROR(users().add("anna", Role::kAuditor, kPassword, at(2)), Code::kConflict, "one of that name");
  EXPECT_ERROR(users().add("", Role::kAuditor, kPassword, at(2)), Code::kInvalid, "1 to 200 bytes");
  EXPECT_ERROR(users().add("bert", Role::kAuditor, SecretString("1234567"), at(2)), Code::kInvalid,
               "8 to 1024");
  EXPECT_ERROR(users().set_password("anna", SecretString(std::string(1025, 'x')), at(2)), Code::kInvalid,
               "8 to 1024");
}

TEST_F(UsersTest, ChangePasswordsAndRolesAndGo) {
  ASSERT_TRUE(users().add("bert", Role::kOperator, kPassword, at(2)));
  const auto session = logins().add("bert", at(3), at(100));
  ASSERT_TRUE(session) << session.error().what;
  ASSERT_TRUE(users().set_password("bert", SecretString("another horse"), at(4)));
  EXPECT_FALSE(users().check("bert", kPassword));
  EXPECT_EQ(users().check("bert", SecretString("another horse"))->password_changed, at(4));
  EXPECT_EQ(logins().check(session->cookie, at(5)).error().code, Code::kDenied);
  ASSERT_TRUE(users().set_role("bert", Role::kRestoreOnly));
  EXPECT_EQ(users().list()->at(1).role, Role::kRestoreOnly);
  const auto again = logins().add("bert", at(6), at(100));
  ASSERT_TRUE(users().remove("bert"));
  EXPECT_EQ(logins().check(again->cookie, at(7)).error().code, Code::kDenied);
  EXPECT_EQ(users().remove("bert").error().code, Code::kNotFound);
  EXPECT_EQ(users().set_role("bert", Role::kAdmin).error().code, Code::kNotFound);
  EXPECT_EQ(users().set_password("bert", kPassword, at(8)).error().code, Code::kNotFound);
}

TEST_F(UsersTest, KeepOneAdmin) {
  EXPECT_ERROR(users().remove("anna"), Code::kConflict, "last admin");
  EXPECT_ERROR(users().set_role("anna", Role::kAuditor), Code::kConflict, "last admin");
  EXPECT_TRUE(users().set_role("anna", Role::kAdmin));
  ASSERT_TRUE(users().add("bert", Role::kAdmin, kPassword, at(2)));
  EXPECT_TRUE(users().remove("anna"));
}

TEST_F(UsersTest, RolesHaveNames) {
  for (const Role role : {Role::kAdmin, Role::kOperator, Role::kRestoreOnly, Role::kAuditor})
    EXPECT_EQ(*parse_role(name_of(role)), role);
  EXPECT_ERROR(parse_role("root"), Code::kInvalid,
               "\"admin\", \"operator\", \"restore-only\" or \"auditor\"");
}

TEST_F(UsersTest, TokensAreKnownUntilTheyExpire) {
  const auto token = tokens().add("script", Role::kOperator, at(100), at(1));
  ASSERT_TRUE(token) << token.error().what;
  EXPECT_TRUE(token->text.reveal().starts_with("mkt_"));
  EXPECT_EQ(token->text.reveal().size(), 68u);
  const auto known = tokens().check(token->text, at(99));
  ASSERT_TRUE(known) << known.error().what;
  EXPECT_EQ(known->role, Role::kOperator);
  EXPECT_EQ(known->name, "script");
  EXPECT_EQ(tokens().list()->at(0).last_used, at(99));
  EXPECT_ERROR(tokens().check(token->text, at(100)), Code::kDenied, "expired");
  EXPECT_EQ(tokens().check(SecretString(token->text.reveal() + "0"), at(2)).error().code, Code::kDenied);
  EXPECT_ERROR(tokens().add("script", Role::kAuditor, {}, at(1)), Code::kConflict, "one of that name");
  EXPECT_EQ(tokens().add("", Role::kAuditor, {}, at(1)).error().code, Code::kInvalid);
  ASSERT_TRUE(tokens().remove(token->token.id));
  EXPECT_EQ(tokens().check(token->text, at(2)).error().code, Code::kDenied);
  EXPECT_EQ(tokens().remove(token->token.id).error().code, Code::kNotFound);
}

TEST_F(UsersTest, UseOfATokenIsWrittenOnceAMinute) {
  const auto token = *tokens().add("script", Role::kOperator, {}, at(1));
  ASSERT_TRUE(tokens().check(token.text, at(10)));
  ASSERT_TRUE(tokens().check(token.text, at(69)));
  EXPECT_EQ(tokens().list()->at(0).last_used, at(10));
  ASSERT_TRUE(tokens().check(token.text, at(70)));
  EXPECT_EQ(tokens().list()->at(0).last_used, at(70));
}

TEST_F(UsersTest, SessionsAreKnownUntilTheyExpire) {
  const auto made = *logins().add("anna", at(1), at(100));
  const auto known = logins().check(made.cookie, at(99));
  ASSERT_TRUE(known) << known.error().what;
  EXPECT_EQ(known->user.name, "anna");
  EXPECT_EQ(known->user.role, Role::kAdmin);
  EXPECT_EQ(known->csrf, made.login.csrf);
  EXPECT_NE(known->csrf, made.cookie.reveal());
  EXPECT_EQ(logins().check(made.cookie, at(100)).error().code, Code::kDenied);
  EXPECT_EQ(logins().check(SecretString("x"), at(2)).error().code, Code::kDenied);
  EXPECT_EQ(logins().add("bert", at(1), at(100)).error().code, Code::kNotFound);
  ASSERT_TRUE(logins().remove(made.cookie));
  EXPECT_EQ(logins().check(made.cookie, at(2)).error().code, Code::kDenied);
  const auto other = *logins().add("anna", at(1), at(100));
  ASSERT_TRUE(logins().remove_expired(at(99)));
  EXPECT_TRUE(logins().check(other.cookie, at(2)));
  ASSERT_TRUE(logins().remove_expired(at(100)));
  EXPECT_EQ(logins().check(other.cookie, at(2)).error().code, Code::kDenied);
  const auto last = *logins().add("anna", at(1), at(100));
  ASSERT_TRUE(logins().remove_all("anna"));
  EXPECT_EQ(logins().check(last.cookie, at(2)).error().code, Code::kDenied);
}

}  // namespace
}  // namespace mk::agent
