#include "agent/api/api.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "agent/api/api_document.h"
#include "agent/api/api_fixture.h"
#include "agent/api/api_server.h"
#include "base/file.h"

namespace mk::agent {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

std::string header_of(const net::HttpReply& reply, const std::string& name) {
  for (const auto& [key, value] : reply.headers)
    if (key == name) return value;
  return "";
}

json::value body_of(const net::HttpReply& reply) { return json::parse(reply.body); }

std::vector<std::string> actions(Agent& agent) {
  std::vector<std::string> out;
  const auto entries = agent.state().audit().list(0, 100);
  for (const auto& e : *entries) out.push_back(e.who + "|" + e.action + "|" + e.object + "|" + e.outcome);
  return out;
}

/// What a browser of somebody who is logged in sends along.
struct Browser {
  std::string cookie, csrf;
  net::HttpRequest request(const std::string& method, const std::string& path,
                           const std::string& body = "") const {
    auto r = make_request(method, path, body);
    r.headers.emplace_back("Cookie", "other=1; " + cookie);
    r.headers.emplace_back("X-CSRF-Token", csrf);
    r.headers.emplace_back("Origin", "http://127.0.0.1:8470");
    return r;
  }
};

class ApiTest : public ApiFixture {
 protected:
  net::HttpReply log_in(const std::string& name, const std::string& password,
                        const std::string& from = "10.0.0.1") {
    auto r = make_request("POST", "/api/v1/login",
                          json::serialize(json::object{{"name", name}, {"password", password}}));
    r.from = from;
    return api->answer(r);
  }
  Browser browser(const std::string& name, Role role) {
    EXPECT_TRUE(agent->state().users().add(name, role, SecretString("long enough"), agent->now()));
    const auto reply = log_in(name, "long enough");
    EXPECT_EQ(reply.status, 200) << reply.body;
    const std::string cookie = header_of(reply, "Set-Cookie");
    return {cookie.substr(0, cookie.find(';')), std::string(body_of(reply).at("csrf").as_string())};
  }
};

TEST_F(ApiTest, RoutesAreThoseOfTheDocument) {
  const json::value document = json::parse(api_document());
  std::set<std::string> documented, built;
  for (const auto& path : document.at("paths").as_object())
    for (const auto& operation : path.value().as_object()) {
      std::string method(operation.key());
      for (char& c : method) c = static_cast<char>(c - 'a' + 'A');
      const auto& o = operation.value().as_object();
      const json::value* const audit = o.if_contains("x-audit");
      documented.insert(method + " " + std::string(path.key()) + " " + json::serialize(o.at("x-roles")) +
                        " " + (audit != nullptr ? std::string(audit->as_string()) : ""));
    }
  for (const auto& route : api->router().routes()) {
    json::array roles;
    for (const Role role : route.roles) roles.emplace_back(name_of(role));
    const json::value who =
        roles.empty() ? json::value("everybody, also without logging in") : json::value(std::move(roles));
    built.insert(route.method + " " + route.pattern + " " + json::serialize(who) + " " + route.action);
  }
  EXPECT_EQ(documented, built);
}

TEST_F(ApiTest, EveryChangeIsAudited) {
  for (const auto& route : api->router().routes()) {
    const bool changes = route.method != "GET" && route.pattern != "/api/v1/schedules/check";
    EXPECT_TRUE(!changes || !route.action.empty()) << route.method << " " << route.pattern;
  }
}

TEST_F(ApiTest, WantsALoginEverywhereButWhereTheDocumentSaysOtherwise) {
  for (const auto& route : api->router().routes()) {
    SCOPED_TRACE(route.method + " " + route.pattern);
    auto r = make_request(route.method, route.pattern, "{}");
    r.from = "10.0.0." + std::to_string(&route - api->router().routes().data());
    const auto reply = api->answer(r);
    EXPECT_EQ(reply.status == 401, !route.roles.empty() && !route.open_on_loopback) << reply.body;
    EXPECT_EQ(header_of(reply, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header_of(reply, "Cache-Control"), "no-store");
    EXPECT_NE(header_of(reply, "Content-Security-Policy").find("default-src 'none'"), std::string::npos);
  }
}

TEST_F(ApiTest, EveryRoleMayDoWhatIsListedAndNothingElse) {
  for (const Role role : kAllRoles) {
    const std::string token = token_of(role);
    for (const auto& route : api->router().routes()) {
      if (route.roles.empty() || route.open_on_loopback) continue;
      SCOPED_TRACE(std::string(name_of(role)) + ": " + route.method + " " + route.pattern);
      const bool may = std::find(route.roles.begin(), route.roles.end(), role) != route.roles.end();
      const auto reply = api->answer(with_token(make_request(route.method, route.pattern), token));
      EXPECT_EQ(reply.status == 403, !may) << reply.body;
    }
  }
}

TEST_F(ApiTest, TokensEndWhenTheyExpireOrAreRemoved) {
  const auto made =
      agent->state().tokens().add("short", Role::kAdmin, to_file_time(clock.now() + 1h), agent->now());
  const auto ask = [&] {
    return api->answer(with_token(make_request("GET", "/api/v1/schedules"), made->text.reveal())).status;
  };
  EXPECT_EQ(ask(), 200);
  clock.go(1h);
  EXPECT_EQ(ask(), 401);
  const std::string admin = token_of(Role::kAdmin);
  EXPECT_EQ(api->answer(with_token(make_request("GET", "/api/v1/users"), admin)).status, 200);
  const auto id = std::to_string(agent->state().tokens().list()->front().id.value);
  EXPECT_EQ(api->answer(with_token(make_request("DELETE", "/api/v1/tokens/" + id), admin)).status, 204);
  EXPECT_EQ(api->answer(with_token(make_request("GET", "/api/v1/users"), admin)).status, 401);
}

TEST_F(ApiTest, SessionsAreForBrowsersAndEndByThemselves) {
  const Browser anna = browser("anna", Role::kAdmin);
  const auto reply = api->answer(anna.request("GET", "/api/v1/session"));
  EXPECT_EQ(body_of(reply).at("name").as_string(), "anna");
  clock.go(12h);
  EXPECT_EQ(api->answer(anna.request("GET", "/api/v1/session")).status, 401);
}

TEST_F(ApiTest, CookiesAreNotForScriptsAndOtherSites) {
  browser("anna", Role::kAdmin);
  const std::string cookie = header_of(log_in("anna", "long enough"), "Set-Cookie");
  EXPECT_NE(cookie.find("; HttpOnly; SameSite=Strict"), std::string::npos) << cookie;
  EXPECT_EQ(cookie.find("Secure"), std::string::npos);
  Api https(*agent, true);
  const auto reply =
      https.answer(make_request("POST", "/api/v1/login", R"({"name":"anna","password":"long enough"})"));
  EXPECT_NE(header_of(reply, "Set-Cookie").find("; Secure"), std::string::npos);
  EXPECT_NE(header_of(reply, "Strict-Transport-Security"), "");
}

TEST_F(ApiTest, LogoutEndsTheSession) {
  const Browser anna = browser("anna", Role::kAdmin);
  EXPECT_EQ(api->answer(anna.request("POST", "/api/v1/logout")).status, 204);
  EXPECT_EQ(api->answer(anna.request("GET", "/api/v1/session")).status, 401);
}

TEST_F(ApiTest, ChangesOfASessionNeedItsTokenAndOurOwnPages) {
  Browser anna = browser("anna", Role::kAdmin);
  const std::string body = R"({"value":"x"})";
  EXPECT_EQ(api->answer(anna.request("PUT", "/api/v1/secrets/a", body)).status, 204);
  auto foreign = anna.request("PUT", "/api/v1/secrets/a", body);
  foreign.headers.back().second = "http://evil.example";
  EXPECT_EQ(api->answer(foreign).status, 403);
  foreign.headers.back().second = "null";
  EXPECT_EQ(api->answer(foreign).status, 403);
  for (const std::string& csrf : {std::string(), anna.csrf.substr(1), anna.csrf + "0"}) {
    anna.csrf = csrf;
    EXPECT_EQ(api->answer(anna.request("PUT", "/api/v1/secrets/a", body)).status, 403);
    EXPECT_EQ(api->answer(anna.request("GET", "/api/v1/secrets")).status, 200);
  }
  auto login = make_request("POST", "/api/v1/login", R"({"name":"anna","password":"long enough"})");
  login.headers.emplace_back("Origin", "http://evil.example");
  EXPECT_EQ(api->answer(login).status, 403);
}

TEST_F(ApiTest, FormsOfOtherSitesAreNoRequests) {
  auto form = with_token(make_request("POST", "/api/v1/users", R"({"name":"x"})"), token_of(Role::kAdmin));
  form.headers.front().second = "text/plain";
  EXPECT_EQ(api->answer(form).status, 400);
}

TEST_F(ApiTest, WhoGuessesPasswordsHasToWait) {
  browser("anna", Role::kAdmin);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(log_in("anna", "wrong").status, 401);
  const auto refused = log_in("anna", "long enough");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(header_of(refused, "Retry-After"), "1");
  EXPECT_EQ(log_in("anna", "long enough", "10.9.9.9").status, 429);  // the user waits from everywhere
  EXPECT_EQ(log_in("bert", "whatever").status, 429);                 // the address waits for everybody
  EXPECT_EQ(log_in("bert", "whatever", "10.9.9.9").status, 401);
  clock.go(1s);
  EXPECT_EQ(log_in("anna", "long enough").status, 200);
}

TEST_F(ApiTest, WhoGuessesTokensHasToWaitAndValidOnesAreLetIn) {
  const auto guess = [&](const std::string& token) {
    return api->answer(with_token(make_request("GET", "/api/v1/schedules"), token)).status;
  };
  for (int i = 0; i < 6; ++i) EXPECT_EQ(guess("mkt_" + std::to_string(i)), 401);
  EXPECT_EQ(guess("mkt_7"), 429);
  EXPECT_EQ(guess(token_of(Role::kAuditor)), 200);
}

TEST_F(ApiTest, AuditSaysWhoDidWhatAndWhoWasDenied) {
  const std::string operator_token = token_of(Role::kOperator);
  api->answer(with_token(make_request("PUT", "/api/v1/secrets/mail", R"({"value":"s3cret"})"),
                         token_of(Role::kAdmin)));
  api->answer(
      with_token(make_request("PUT", "/api/v1/secrets/mail", R"({"value":"s3cret"})"), operator_token));
  api->answer(with_token(make_request("DELETE", "/api/v1/schedules/none?version=1"), operator_token));
  api->answer(make_request("PUT", "/api/v1/secrets/mail", "{}"));
  log_in("anna", "s3cret");
  const std::vector<std::string> expected = {"|session.login|anna|denied", "|secret.put|mail|denied",
                                             "token operator|schedule.remove|none|not found",
                                             "token operator|secret.put|mail|denied",
                                             "token admin|secret.put|mail|ok"};
  EXPECT_EQ(actions(*agent), expected);
  const auto entries = agent->state().audit().list(0, 100);
  for (const auto& e : *entries) EXPECT_EQ(e.detail.find("s3cret"), std::string::npos);
}

TEST_F(ApiTest, PathsAreNamesAndNeverFiles) {
  const std::string admin = token_of(Role::kAdmin);
  for (const char* path :
       {"/api/v1/schedules/..%2F..%2Fetc%2Fpasswd", "/api/v1/connections/%2e%2e", "/api/v1/schedules/%00",
        "/api/v1/../../etc/passwd", "/api/docs/../../etc/passwd", "//", ""}) {
    const auto status = api->answer(with_token(make_request("GET", path), admin)).status;
    EXPECT_TRUE(status == 404 || status == 400) << path << " " << status;
  }
}

TEST_F(ApiTest, SaysWhichMethodsThereAre) {
  const auto reply = api->answer(make_request("PATCH", "/api/v1/schedules"));
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(header_of(reply, "Allow"), "GET, POST");
}

TEST_F(ApiTest, MetricsAreOpenOnThisMachineOnly) {
  auto r = make_request("GET", "/metrics");
  EXPECT_EQ(api->answer(r).status, 200);
  r.from_loopback = false;
  EXPECT_EQ(api->answer(r).status, 401);
  EXPECT_EQ(api->answer(with_token(r, token_of(Role::kAuditor))).status, 200);
  auto rebound = make_request("GET", "/metrics");
  rebound.headers.back().second = "evil.example:8470";  // a page whose name leads to 127.0.0.1 by now
  EXPECT_EQ(api->answer(rebound).status, 401);
  auto proxied = make_request("GET", "/metrics");
  proxied.headers.emplace_back("X-Forwarded-For", "203.0.113.9");
  EXPECT_EQ(api->answer(proxied).status, 401);
}

TEST_F(ApiTest, ThePageHasNothingFromElsewhere) {
  const auto reply = api->answer(make_request("GET", "/api/docs"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_NE(reply.body.find("POST /api/v1/schedules/{name}/run"), std::string::npos);
  for (const char* foreign : {"<script", "http://", "https://", " src=", "@import"})
    EXPECT_EQ(reply.body.find(foreign), std::string::npos) << foreign;
}

TEST_F(ApiTest, ServerKeepsToLoopbackUnlessItSpeaksHttps) {
  ApiOptions o;
  o.port = 0;
  o.address = "0.0.0.0";
  auto server = ApiServer::start(*agent, o);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, Code::kInvalid);
  o.allow_beyond_loopback = true;
  server = ApiServer::start(*agent, o);
  ASSERT_FALSE(server);
  EXPECT_NE(server.error().what.find("HTTPS"), std::string::npos);
  o.address = "::";
  o.certificate_file = "/tmp/x";
  EXPECT_FALSE(ApiServer::start(*agent, o));
}

TEST_F(ApiTest, FirstStartWritesATokenForTheAdmin) {
  ApiOptions o;
  o.port = 0;
  const auto file = directory() / "admin.token";
  ASSERT_TRUE(ApiServer::start(*agent, o));
  const auto text = read_file(file);
  ASSERT_TRUE(text) << text.error().what;
  EXPECT_EQ(std::filesystem::status(file).permissions() & std::filesystem::perms::all,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const auto token = text->substr(0, text->size() - 1);
  EXPECT_EQ(api->answer(with_token(make_request("GET", "/api/v1/users"), std::string(token))).status, 200);
  std::filesystem::remove(file);
  ASSERT_TRUE(ApiServer::start(*agent, o));  // there is an admin: no second one is made
  EXPECT_FALSE(std::filesystem::exists(file));
}

}  // namespace
}  // namespace mk::agent
