#include "agent/check/messages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <set>

#include "base/file.h"
#include "net/test_server.h"
#include "source/ews_mailbox.h"

namespace mk::agent {
namespace {

TEST(Messages, HaveUniqueCodesInOrderAndSayCauseAndSolution) {
  std::set<std::string_view> seen;
  std::string_view group, before;
  for (const Message& m : messages()) {
    SCOPED_TRACE(m.code);
    EXPECT_TRUE(seen.insert(m.code).second);
    ASSERT_EQ(m.code.size(), 10u);
    EXPECT_TRUE(m.code.starts_with("MK-"));
    if (m.code.substr(0, 7) == group) {
      EXPECT_LT(before, m.code);
    }
    group = m.code.substr(0, 7), before = m.code;
    for (const auto text : {m.title, m.cause, m.solution}) EXPECT_FALSE(text.empty());
    EXPECT_TRUE(m.cause.ends_with(".") && m.solution.ends_with("."));
  }
  EXPECT_EQ(find_message("MK-RUN-002")->title, "Nothing new or modified");
  EXPECT_EQ(find_message("MK-NO-000"), nullptr);
}

TEST(Messages, AreWhatTheGuideSays) {
  const auto path = std::filesystem::path(MK_SOURCE_DIR) / "docs/guides/messages.md";
  if (std::getenv("MK_ACCEPT") != nullptr) {
    ASSERT_TRUE(write_file_atomically(path, as_bytes(messages_markdown())));
  }
  const auto guide = read_file(path);
  ASSERT_TRUE(guide) << guide.error().what;
  EXPECT_EQ(*guide, messages_markdown()) << "MK_ACCEPT=1 writes it anew";
}

TEST(Messages, AreJsonForTheApi) {
  const auto parsed = boost::json::parse(messages_json()).as_array();
  ASSERT_EQ(parsed.size(), messages().size());
  for (std::size_t i = 0; i < parsed.size(); ++i) {
    EXPECT_EQ(parsed[i].at("code").as_string(), messages()[i].code);
    EXPECT_EQ(parsed[i].at("solution").as_string(), messages()[i].solution);
  }
}

TEST(MessageCode, ExistsForEveryErrorInEveryContext) {
  for (int code = 0; code <= static_cast<int>(Code::kInternal); ++code)
    for (const auto context :
         {Context::kRun, Context::kServer, Context::kDestination, Context::kTemporary, Context::kAgent})
      EXPECT_NE(find_message(message_code({static_cast<Code>(code), "it failed"}, context)), nullptr);
}

TEST(MessageCode, DependsOnWhatWasBeingDone) {
  const Error full{Code::kExhausted, "/backup/x: No space left on device"};
  EXPECT_EQ(message_code(full, Context::kDestination), message::kDestinationFull);
  EXPECT_EQ(message_code(full, Context::kTemporary), message::kTemporaryFull);
  EXPECT_EQ(message_code(full, Context::kServer), message::kTooLarge);
  EXPECT_EQ(message_code(full, Context::kAgent), message::kAgentDirectory);
  const Error read_only{Code::kExhausted, "/backup/x: Read-only file system"};
  EXPECT_EQ(message_code(read_only, Context::kDestination), message::kDestinationDenied);
  EXPECT_EQ(message_code(read_only, Context::kTemporary), message::kNoTemporary);
  EXPECT_EQ(message_code({Code::kCancelled, "interrupted"}, Context::kServer), message::kCancelled);
  EXPECT_EQ(message_code({Code::kInternal, "?"}, Context::kServer), message::kInternal);
}

/// The words by which rules tell causes apart are those of the errors that really come.
TEST(MessageCode, KnowsTheErrorsOfServers) {
  struct Row {
    const char* name;
    std::string answer;
    bool impersonate;
    std::string_view code;
  };
  const auto fault = [](const std::string& code) {
    return net::http_answer(
        500, R"(<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>)"
             "<faultcode>a:" +
                 code + "</faultcode><faultstring>x</faultstring><detail><e:ResponseCode>" + code +
                 "</e:ResponseCode></detail></s:Fault></s:Body></s:Envelope>");
  };
  const Row rows[] = {
      {"password", net::http_answer(401, ""), false, message::kBadLogin},
      {"policy", net::http_answer(403, ""), false, message::kForbidden},
      {"web page", net::http_answer(200, "<html></html>", "text/html"), false, message::kNotEws},
      {"redirection", net::http_answer(302, "", "text/html", "Location: http://x.invalid/\r\n"), false,
       message::kNotEws},
      {"no web server", "220 mail ESMTP\r\n", false, message::kNotEws},
      {"broken", "", false, message::kUnreachable},
      {"busy", fault("ErrorServerBusy"), false, message::kBusy},
      {"maintenance", net::http_answer(503, ""), false, message::kBusy},
      {"old", fault("ErrorInvalidServerVersion"), false, message::kTooOld},
      {"rights", fault("ErrorAccessDenied"), false, message::kNoRights},
      {"role", fault("ErrorImpersonateUserDenied"), true, message::kNoImpersonation},
      {"nobody", fault("ErrorNonExistentMailbox"), false, message::kNoMailbox},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    net::TestServer server(
        [&](const std::string&) { return net::TestReply{row.answer, row.answer.size() < 20}; });
    source::EwsOptions o;
    o.url = server.url();
    o.user = "backup", o.mailbox = "anna@example.test", o.impersonate = row.impersonate;
    o.max_retries = 0;
    o.timeout = std::chrono::seconds(2);
    const auto opened = source::open_ews_mailbox(o);
    ASSERT_FALSE(opened);
    EXPECT_EQ(message_code(opened.error(), Context::kServer), row.code) << opened.error().what;
  }
}

}  // namespace
}  // namespace mk::agent
