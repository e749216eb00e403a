#include "source/mailbox_directory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>

#include "ews/string_transport.h"
#include "net/test_server.h"

namespace mk::source {
namespace {

/// A server's directory with ResolveNames and its limit.
class Server {
 public:
  explicit Server(std::vector<std::string> addresses)
      : addresses_(std::move(addresses)), server_([this](const std::string& r) { return answer(r); }) {}

  EwsOptions options() const {
    EwsOptions o;
    o.url = server_.url();
    o.user = "backup";
    o.max_retries = 3;
    o.first_pause = std::chrono::milliseconds(1);
    o.timeout = std::chrono::seconds(5);
    return o;
  }
  bool always_more = false;
  int busy = 0;  // so many requests are turned away

 private:
  net::TestReply answer(const std::string& request) {
    const std::lock_guard lock(mutex_);
    if (busy-- > 0) return {net::http_answer(500, ews::fault("ErrorServerBusy"))};
    const std::size_t at = request.find("<m:UnresolvedEntry>") + 19;
    std::string prefix = request.substr(at, request.find("</m:UnresolvedEntry>") - at);
    if (const std::size_t quote = prefix.find("&apos;"); quote != std::string::npos)
      prefix.replace(quote, 6, "'");
    std::string set;
    std::size_t n = 0;
    for (const auto& address : addresses_)
      if (address.starts_with(prefix) && ++n <= 100)
        set += "<t:Resolution><t:Mailbox><t:Name>N</t:Name><t:EmailAddress>" + address +
               "</t:EmailAddress></t:Mailbox></t:Resolution>";
    if (n == 0 && !always_more)
      return {net::http_answer(
          200, ews::soap("ResolveNames", ews::failure("ResolveNames", "ErrorNameResolutionNoResults")))};
    const bool last = n <= 100 && !always_more;
    return {net::http_answer(
        200,
        ews::soap("ResolveNames", ews::success("ResolveNames", "<m:ResolutionSet IncludesLastItemInRange=\"" +
                                                                   std::string(last ? "true" : "false") +
                                                                   "\">" + set + "</m:ResolutionSet>")))};
  }
  std::mutex mutex_;
  std::vector<std::string> addresses_;
  net::TestServer server_;
};

std::vector<std::string> addresses(const std::vector<Person>& people) {
  std::vector<std::string> all;
  for (const auto& p : people) all.push_back(p.address);
  return all;
}

TEST(ListDirectory, FindsEverybodyBehindTheLimitOfOneAnswer) {
  std::vector<std::string> all = {"zoe@example.test", "o'neill@example.test", "7of9@example.test"};
  for (int i = 0; i < 250; ++i) all.push_back(fmt::format("room-{:03}@example.test", i));
  for (int i = 0; i < 101; ++i) all.push_back(fmt::format("info@d{:03}.test", i));
  Server server(all);
  const auto found = list_directory(server.options(), "");
  ASSERT_TRUE(found) << found.error().what;
  std::sort(all.begin(), all.end());
  EXPECT_EQ(addresses(found->people), all);
  EXPECT_TRUE(found->incomplete.empty());
  EXPECT_LT(found->requests, 1000u);
  EXPECT_EQ(list_directory(server.options(), "room-1")->people.size(), 100u);
  EXPECT_EQ(list_directory(server.options(), "nobody")->people.size(), 0u);
}

TEST(ListDirectory, SaysWhatItCouldNotFindOut) {
  std::vector<std::string> alike;
  for (int i = 0; i < 150; ++i)
    alike.push_back(fmt::format("averylongbeginningofanaddress{:03}@example.test", i));
  Server server(alike);
  const auto found = list_directory(server.options(), "averylongbeginningofana", {.max_prefix_bytes = 24});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->people.size(), 100u);
  EXPECT_EQ(found->incomplete, std::vector<std::string>{"averylongbeginningofanad"});
}

TEST(ListDirectory, EndsWithAServerThatAlwaysHasMore) {
  Server server({"a@example.test"});
  server.always_more = true;
  const auto found = list_directory(server.options(), "", {.max_requests = 200});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->requests, 200u);
  EXPECT_EQ(found->people.size(), 1u);
  EXPECT_FALSE(found->incomplete.empty());
}

TEST(ListDirectory, WaitsForABusyServerAndReportsOneThatIsNotThere) {
  Server server({"anna@example.test"});
  ASSERT_TRUE(list_directory(server.options(), "x"));
  server.busy = 2;
  EXPECT_EQ(list_directory(server.options(), "a")->people.size(), 1u);
  auto gone = server.options();
  gone.url = "https://no-such-host.invalid/";
  EXPECT_EQ(list_directory(gone, "").error().code, Code::kUnavailable);
}

TEST(MailboxDirectory, KnowsEachAddressOnce) {
  MailboxDirectory directory;
  directory.add({{"Bob@example.test", ""}, {"anna@example.test", "Anna"}});
  directory.add({{"bob@EXAMPLE.test", "Bob"}, {"ANNA@example.test", "Another"}});
  EXPECT_EQ(directory.people(),
            (std::vector<Person>{{"anna@example.test", "Anna"}, {"Bob@example.test", "Bob"}}));
}

TEST(MatchesPattern, KnowsStarAndQuestionMark) {
  struct Row {
    const char *pattern, *text;
    bool fits;
  };
  for (const Row& row :
       {Row{"*", "", true}, Row{"*", "anna@example.test", true}, Row{"", "", true}, Row{"", "a", false},
        Row{"a*@example.test", "anna@example.test", true}, Row{"a*@example.test", "bob@example.test", false},
        Row{"ANNA@*", "anna@Example.test", true}, Row{"b?b@*", "bob@x", true}, Row{"b?b@*", "bb@x", false},
        Row{"?", "\xC3\xB6", true}, Row{"??", "\xC3\xB6", false}, Row{"*a*b*c*", "xxaxxbxxc", true},
        Row{"*a*b*c*", "xxaxxcxxb", false}, Row{"**?", "x", true}, Row{"a.b@*", "axb@y", false}})
    EXPECT_EQ(matches_pattern(row.pattern, row.text), row.fits) << row.pattern << " " << row.text;
}

TEST(MatchesPattern, IsNotSlowForAnyPattern) {
  std::string pattern, text(254, 'a');
  for (int i = 0; i < 100; ++i) pattern += "*a";
  EXPECT_FALSE(matches_pattern(pattern + "b", text));
}

TEST(ChooseMailboxes, TakesPatternsWithoutExclusionsAndWhatIsNamed) {
  const std::vector<Person> people = {
      {"anna@a.test", ""}, {"bob@a.test", ""}, {"room1@a.test", ""}, {"carol@b.test", ""}};
  using Addresses = std::vector<std::string>;
  EXPECT_EQ(addresses(choose_mailboxes(people, {{}, {"*"}, {}})),
            (Addresses{"anna@a.test", "bob@a.test", "carol@b.test", "room1@a.test"}));
  EXPECT_EQ(addresses(choose_mailboxes(people, {{}, {"*@a.test"}, {"room*", "b*"}})),
            (Addresses{"anna@a.test"}));
  EXPECT_EQ(addresses(choose_mailboxes(people, {{"ROOM1@a.test", "new@c.test"}, {"*@a.test"}, {"room*"}})),
            (Addresses{"anna@a.test", "bob@a.test", "new@c.test", "ROOM1@a.test"}));
  EXPECT_TRUE(choose_mailboxes(people, {}).empty());
}

}  // namespace
}  // namespace mk::source
