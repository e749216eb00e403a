#include <boost/json.hpp>

#include "agent/api/api_fixture.h"

namespace mk::agent {
namespace {

namespace json = boost::json;

class RestoreRoutesTest : public ApiFixture {
 protected:
  net::HttpReply ask(const std::string& method, const std::string& target, const std::string& body = "",
                     Role role = Role::kAdmin) {
    return api->answer(with_token(make_request(method, target, body), token_of(role)));
  }
};

TEST_F(RestoreRoutesTest, SayWhatIsWrong) {
  EXPECT_EQ(ask("GET", "/api/v1/points").status, 400) << "of which schedule";
  EXPECT_EQ(ask("GET", "/api/v1/points?schedule=nightly").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/points/nightly/folders?mailbox=a").status, 400) << "no @TIME";
  EXPECT_EQ(ask("GET", "/api/v1/points/nightly@latest/folders?mailbox=a").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/points/nightly@latest/items?mailbox=a").status, 400) << "no folder";
  EXPECT_EQ(ask("GET", "/api/v1/search?schedule=nightly&words=x").status, 404);
  EXPECT_EQ(ask("GET", "/api/v1/search?schedule=n&deleted_since=2026-01-01&versions_of=x").status, 400);
  EXPECT_EQ(ask("GET", "/api/v1/restores/1").status, 404);
  EXPECT_EQ(ask("POST", "/api/v1/restores/1/undo").status, 404);
  EXPECT_EQ(ask("POST", "/api/v1/restores", R"({"point":"nightly"})").status, 400);
  const auto reply =
      ask("POST", "/api/v1/restores",
          R"({"point":"nightly@latest","mailbox":"a","target":{"kind":"files","directory":".."}})");
  EXPECT_EQ(reply.status, 400);
  EXPECT_NE(reply.body.find("target.directory"), std::string::npos) << reply.body;
}

TEST_F(RestoreRoutesTest, KeepTheRestoreRootAndTheRuleOfProofs) {
  EXPECT_EQ(ask("GET", "/api/v1/restore-root").body, R"({"directory":null})");
  const auto root = json::serialize(json::object{{"directory", directory().string()}});
  EXPECT_EQ(ask("PUT", "/api/v1/restore-root", root, Role::kOperator).status, 403);
  EXPECT_EQ(ask("PUT", "/api/v1/restore-root", R"({"directory":"relative"})").status, 400);
  EXPECT_EQ(ask("PUT", "/api/v1/restore-root", root).body, root);
  EXPECT_EQ(ask("GET", "/api/v1/restore-root").body, root);
  EXPECT_EQ(ask("PUT", "/api/v1/proofs/rule", R"({"percent":0})").status, 400);
  EXPECT_EQ(ask("PUT", "/api/v1/proofs/rule", R"({"connection":"nowhere","mailbox":"m"})").status, 404);
  EXPECT_EQ(ask("PUT", "/api/v1/proofs/rule", R"({"enabled":true,"percent":25})").status, 200);
  EXPECT_EQ(json::parse(ask("GET", "/api/v1/proofs/rule").body).at("percent"), 25);
  EXPECT_EQ(ask("GET", "/api/v1/proofs").body, R"({"proofs":[]})");
}

}  // namespace
}  // namespace mk::agent
