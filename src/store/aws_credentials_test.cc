#include "store/aws_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "vault/temporary_test.h"

namespace mk::store {
namespace {

using testing::HasSubstr;

class Credentials : public testing::Test {
 protected:
  Credentials() {
    for (const char* name :
         {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"})
      unsetenv(name);
    setenv("AWS_SHARED_CREDENTIALS_FILE", path("shared").c_str(), 1);
  }
  std::string path(const std::string& name) const { return (dir_.path / name).string(); }
  std::string write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    std::ofstream(path(name)) << text;
    EXPECT_EQ(chmod(path(name).c_str(), mode), 0);
    return path(name);
  }
  vault::TemporaryDirectory dir_;
};

constexpr char kFile[] =
    "# keys\n[default]\naws_access_key_id = AKID1\naws_secret_access_key=se=cret1\n\n"
    "[ other ]\r\naws_access_key_id=AKID2\r\naws_secret_access_key=secret2\r\naws_session_token = token2";

TEST_F(Credentials, ComeFromAFile) {
  const auto file = write("keys", kFile);
  const auto first = find_aws_credentials(file, "");
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_EQ(first->access_key_id, "AKID1");
  EXPECT_EQ(first->secret_key.reveal(), "se=cret1");
  const auto other = find_aws_credentials(file, "other");
  EXPECT_EQ(other->access_key_id, "AKID2");
  EXPECT_EQ(other->secret_key.reveal(), "secret2");
  EXPECT_EQ(other->session_token.reveal(), "token2");
  const auto plain =
      find_aws_credentials(write("plain", "aws_access_key_id=A\naws_secret_access_key=B\n"), "");
  EXPECT_EQ(plain->secret_key.reveal(), "B");
}

TEST_F(Credentials, ComeFromTheEnvironmentBeforeTheSharedFile) {
  write("shared", kFile);
  EXPECT_EQ(find_aws_credentials("", "")->access_key_id, "AKID1");
  setenv("AWS_PROFILE", "other", 1);
  EXPECT_EQ(find_aws_credentials("", "")->access_key_id, "AKID2");
  setenv("AWS_ACCESS_KEY_ID", "AKID3", 1);
  setenv("AWS_SECRET_ACCESS_KEY", "secret3", 1);
  EXPECT_EQ(find_aws_credentials("", "")->access_key_id, "AKID3");
  EXPECT_EQ(find_aws_credentials("", "default")->access_key_id, "AKID1") << "a profile means the file";
  unsetenv("AWS_SECRET_ACCESS_KEY");
  EXPECT_EQ(find_aws_credentials("", "").error().code, Code::kInvalid);
}

TEST_F(Credentials, AreRefusedWhereOthersCanReadThem) {
  const auto refused = find_aws_credentials(write("keys", kFile, 0640), "");
  EXPECT_EQ(refused.error().code, Code::kInvalid);
  EXPECT_THAT(refused.error().what, HasSubstr("chmod 600"));
  EXPECT_THAT(refused.error().what, Not(HasSubstr("cret1")));
}

TEST_F(Credentials, ThatAreMissingAreNamedWithoutASecret) {
  EXPECT_THAT(find_aws_credentials("", "").error().what, HasSubstr("--s3-credentials"));
  EXPECT_EQ(find_aws_credentials(path("none"), "").error().code, Code::kNotFound);
  EXPECT_THAT(find_aws_credentials(write("keys", kFile), "third").error().what, HasSubstr("'third'"));
  for (const char* half : {"aws_access_key_id=A\n", "aws_secret_access_key=hidden\n",
                           "aws_access_key_id=A/B\naws_secret_access_key=hidden\n"}) {
    const auto refused = find_aws_credentials(write("half", half), "");
    EXPECT_EQ(refused.error().code, Code::kInvalid) << half;
    EXPECT_THAT(refused.error().what, Not(HasSubstr("hidden")));
  }
}

}  // namespace
}  // namespace mk::store
