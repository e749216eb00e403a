#include "agent/api/router.h"

#include <gtest/gtest.h>

namespace mk::agent {
namespace {

Router router() {
  Router r;
  for (const auto* method : {"GET", "PUT"}) r.add({method, "/api/things/{name}", {}, "", {}});
  r.add({"GET", "/api/things/{name}/parts/{part}", {}, "", {}});
  r.add({"POST", "/api/things/check", {}, "", {}});
  return r;
}

TEST(Router, FindsRoutesAndDecodesWhatStandsForNames) {
  const Router r = router();
  const auto found = r.find("GET", "/api/things/B%C3%BCro%20%2F%201/parts/..");
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->route->pattern, "/api/things/{name}/parts/{part}");
  EXPECT_EQ(found->path, (std::map<std::string, std::string>{{"name", "Büro / 1"}, {"part", ".."}}));
  EXPECT_EQ(r.find("GET", "/api/things/check")->path.at("name"), "check");
  EXPECT_TRUE(r.find("POST", "/api/things/check")->path.empty());
}

TEST(Router, SaysWhyThereIsNone) {
  const Router r = router();
  for (const char* path :
       {"/", "/api", "/api/things", "/api/things/", "/api/things/a/", "/api/things/a/parts"})
    EXPECT_EQ(r.find("GET", path).error().code, Code::kNotFound) << path;
  for (const char* path : {"", "api/things/a", "/api/things/%zz", "/api/things/%", "/api/things/%00",
                           "/api/things/%ff", "/api/things/%C0%AF"})
    EXPECT_EQ(r.find("GET", path).error().code, Code::kInvalid) << path;
  EXPECT_EQ(r.find("DELETE", "/api/things/a").error().code, Code::kUnsupported);
  EXPECT_EQ(r.methods("/api/things/check"), (std::set<std::string>{"GET", "POST", "PUT"}));
}

TEST(Router, TakesQueriesApart) {
  const auto query = parse_query("a=1&b=x+y%2B&a=2&c&=d&&e=f=g");
  ASSERT_TRUE(query) << query.error().what;
  EXPECT_EQ(*query, (std::map<std::string, std::string>{
                        {"a", "2"}, {"b", "x y+"}, {"c", ""}, {"", "d"}, {"e", "f=g"}}));
  EXPECT_EQ(parse_query("a=%f").error().code, Code::kInvalid);
}

TEST(Router, ErrorsHaveTheStatusThatFits) {
  const std::pair<Code, unsigned> kAll[] = {
      {Code::kInvalid, 400},     {Code::kDenied, 403},      {Code::kNotFound, 404},  {Code::kConflict, 409},
      {Code::kUnsupported, 501}, {Code::kUnavailable, 503}, {Code::kExhausted, 507}, {Code::kInternal, 500}};
  for (const auto& [code, status] : kAll) {
    const auto reply = error_reply({code, "why \"it\" is"});
    EXPECT_EQ(reply.status, status);
    EXPECT_NE(reply.body.find(R"("message":"why \"it\" is")"), std::string::npos);
  }
}

}  // namespace
}  // namespace mk::agent
