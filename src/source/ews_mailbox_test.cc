#include "source/ews_mailbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <mutex>

#include "ews/string_transport.h"
#include "model/tags.h"
#include "net/test_server.h"
#include "source/folder_tree.h"
#include "source/http_transport.h"

namespace mk::source {
namespace {

using ews::failure;
using ews::fault;
using ews::soap;
using ews::success;
using net::http_answer;
using net::TestReply;
using net::TestServer;

class FakeClock final : public Clock {
 public:
  std::vector<std::chrono::milliseconds> sleeps;
  std::chrono::system_clock::time_point now() const override { return {}; }
  std::chrono::steady_clock::time_point steady() const override { return {}; }
  void sleep_for(std::chrono::milliseconds d) override { sleeps.push_back(d); }
};

/// A server whose answers are prepared by operation; the last one of each is given again and again.
class Exchange {
 public:
  Exchange() : server([this](const std::string& request) { return answer(request); }) {
    on("GetFolder", ok_folder("TOP", "Top", ""));
  }

  static TestReply xml(const std::string& body, int status = 200) { return {http_answer(status, body)}; }
  static TestReply busy(int ms) { return xml(fault("ErrorServerBusy", ms), 500); }
  static TestReply ok_folder(const std::string& id, const std::string& name, const std::string& more) {
    return xml(soap("GetFolder",
                    success("GetFolder", "<m:Folders><t:Folder><t:FolderId Id='" + id + "'/><t:DisplayName>" +
                                             name + "</t:DisplayName>" + more + "</t:Folder></m:Folders>")));
  }
  void on(const std::string& operation, TestReply reply) {
    on(operation, std::vector<TestReply>{std::move(reply)});
  }
  void on(const std::string& operation, std::vector<TestReply> replies) {
    const std::lock_guard lock(mutex_);
    replies_[operation] = std::move(replies);
  }
  /// Requests of an operation so far.
  std::vector<std::string> requests(const std::string& operation) {
    const std::lock_guard lock(mutex_);
    return seen_[operation];
  }

  EwsOptions options() {
    EwsOptions o;
    o.url = server.url();
    o.user = "backup@example.test";
    o.mailbox = "anna@example.test";
    o.password_or_token = SecretString("pw");
    o.timeout = std::chrono::seconds(2);
    o.max_retries = 6;
    o.clock = &clock;
    o.jitter_seed = 1;
    return o;
  }
  std::unique_ptr<model::MailboxTarget> open() {
    auto mailbox = open_ews_mailbox(options());
    EXPECT_TRUE(mailbox) << (mailbox ? "" : mailbox.error().what);
    return mailbox ? *std::move(mailbox) : nullptr;
  }

  FakeClock clock;

 private:
  TestReply answer(const std::string& request) {
    const std::lock_guard lock(mutex_);
    const std::size_t at = request.find("<soap:Body><m:") + 14;
    const std::string operation = request.substr(at, request.find_first_of(" >", at) - at);
    seen_[operation].push_back(request);
    auto& replies = replies_[operation];
    if (replies.empty()) return xml(fault("ErrorInvalidRequest"), 500);
    TestReply reply = replies.front();
    if (replies.size() > 1) replies.erase(replies.begin());
    return reply;
  }
  std::mutex mutex_;
  std::map<std::string, std::vector<TestReply>> replies_;
  std::map<std::string, std::vector<std::string>> seen_;

 public:
  TestServer server;
};

class Recorder final : public model::ItemReceiver {
 public:
  std::vector<std::string> calls;
  std::map<std::string, std::string> whole;
  bool disk_full = false;

  Result<ByteSink*> begin(const model::ItemId& id) override {
    calls.push_back("begin " + id.value);
    bytes_.clear();
    return &sink_;
  }
  Status end(const model::ItemId& id) override {
    calls.push_back("end " + id.value);
    whole[id.value] = bytes_;
    return disk_full ? Status(Error{Code::kExhausted, "disk full"}) : Status(ok);
  }
  Status fail(const model::ItemId& id, Error why) override {
    calls.push_back("fail " + id.value + " " + std::string(code_name(why.code)));
    return ok;
  }

 private:
  std::string bytes_;
  StringSink sink_{bytes_};
};

using Calls = std::vector<std::string>;

/// An item in record framing: Config, then a TransferBuffer with `payload`.
std::string framed(const std::string& payload) {
  ByteString out;
  append_le<std::int32_t>(out, 1), append_le<std::int32_t>(out, 8), append_le<std::int64_t>(out, 1LL << 32);
  append_le<std::int32_t>(out, 2), append_le<std::int32_t>(out, static_cast<std::int32_t>(payload.size()));
  return out + payload;
}
std::string item(const std::string& id, const std::string& bytes) {
  return success("ExportItems",
                 "<m:ItemId Id='" + id + "'/><m:Data>" + to_base64(as_bytes(bytes)) + "</m:Data>");
}
std::vector<model::ItemHead> heads(std::initializer_list<const char*> ids, std::uint64_t size = 100) {
  std::vector<model::ItemHead> out;
  for (const char* id : ids) out.push_back({{id}, {}, size, false, false, false, ""});
  return out;
}
TestReply exported(const std::string& messages) { return Exchange::xml(soap("ExportItems", messages)); }
/// The answer, cut after `text` by a reset of the connection.
TestReply cut_after(TestReply reply, const std::string& text) {
  reply.bytes.resize(reply.bytes.find(text) + text.size());
  reply.reset = true;
  return reply;
}

// --- opening
// -----------------------------------------------------------------------------------------------------

TEST(EwsUrl, IsCompletedWhereItIsShort) {
  EXPECT_EQ(ews_url("mail.example.test"), "https://mail.example.test/EWS/Exchange.asmx");
  EXPECT_EQ(ews_url("http://[::1]:8080/"), "http://[::1]:8080/EWS/Exchange.asmx");
  EXPECT_EQ(ews_url("https://x/ews/exchange.asmx"), "https://x/ews/exchange.asmx");
}

TEST(OpenEwsMailbox, AsksAsDelegateOrActsAsTheOwner) {
  Exchange exchange;
  ASSERT_TRUE(exchange.open());
  auto o = exchange.options();
  o.impersonate = true;
  ASSERT_TRUE(open_ews_mailbox(o));
  const auto asked = exchange.requests("GetFolder");
  EXPECT_NE(asked[0].find("<t:Mailbox><t:EmailAddress>anna@example.test"), std::string::npos);
  EXPECT_NE(asked[0].find("X-AnchorMailbox: anna@example.test"), std::string::npos);
  EXPECT_EQ(asked[0].find("ExchangeImpersonation"), std::string::npos);
  EXPECT_NE(asked[1].find("<t:PrimarySmtpAddress>anna@example.test"), std::string::npos);
  EXPECT_EQ(asked[1].find("<t:Mailbox>"), std::string::npos);
  o.mailbox.clear();
  EXPECT_EQ(open_ews_mailbox(o).error().code, Code::kInvalid) << "impersonation of nobody";
}

TEST(OpenEwsMailbox, StepsDownToAVersionThatTheServerKnows) {
  Exchange exchange;
  exchange.on(
      "GetFolder",
      {Exchange::xml(fault("ErrorInvalidServerVersion"), 500),
       Exchange::xml(fault("ErrorSchemaValidation"), 500),
       Exchange::xml(soap("GetFolder", failure("GetFolder", "ErrorInvalidSchemaVersionForMailboxVersion"))),
       Exchange::ok_folder("TOP", "Top", "")});
  ASSERT_TRUE(exchange.open());
  const auto asked = exchange.requests("GetFolder");
  const char* versions[] = {"Exchange2013_SP1", "Exchange2013", "Exchange2010_SP2", "Exchange2010_SP1"};
  for (std::size_t i = 0; i < 4; ++i)
    EXPECT_NE(asked[i].find(std::string("Version=\"") + versions[i] + "\""), std::string::npos);
}

TEST(OpenEwsMailbox, PinsToTheVersionOfTheMailboxsServer) {
  Exchange exchange;
  TestReply old = Exchange::ok_folder("TOP", "Top", "");
  const std::string is = R"(MajorVersion="15" MinorVersion="0")",
                    was = R"(MajorVersion="14" MinorVersion="2")";
  old.bytes.replace(old.bytes.find(is), is.size(), was);
  exchange.on("GetFolder", old);
  const auto mailbox = exchange.open();
  ASSERT_TRUE(mailbox);
  (void)mailbox->count({"F"});
  EXPECT_NE(exchange.requests("GetFolder")[1].find("Exchange2010_SP2"), std::string::npos);
  const std::string older = R"(MajorVersion="08" MinorVersion="1")";
  old.bytes.replace(old.bytes.find(was), was.size(), older);
  exchange.on("GetFolder", old);
  EXPECT_EQ(open_ews_mailbox(exchange.options()).error().code, Code::kUnsupported);
  exchange.on("GetFolder", Exchange::xml(fault("ErrorInvalidServerVersion"), 500));
  EXPECT_EQ(open_ews_mailbox(exchange.options()).error().code, Code::kUnsupported);
}

TEST(OpenEwsMailbox, ResolvesANameToAnAddress) {
  Exchange exchange;
  exchange.on("ResolveNames",
              Exchange::xml(
                  soap("ResolveNames", success("ResolveNames",
                                               "<m:ResolutionSet><t:Resolution><t:Mailbox><t:EmailAddress>"
                                               "anna@example.test</t:EmailAddress></t:Mailbox></t:Resolution>"
                                               "</m:ResolutionSet>"))));
  auto o = exchange.options();
  o.mailbox = "anna";
  ASSERT_TRUE(open_ews_mailbox(o));
  EXPECT_NE(exchange.requests("GetFolder")[0].find("<t:EmailAddress>anna@example.test"), std::string::npos);
  exchange.on("ResolveNames",
              Exchange::xml(soap("ResolveNames", failure("ResolveNames", "ErrorNameResolutionNoResults"))));
  EXPECT_EQ(open_ews_mailbox(o).error().code, Code::kNotFound);
}

TEST(OpenEwsMailbox, ExplainsWhatAPersonCanDo) {
  struct Row {
    const char* name;
    TestReply reply;
    bool impersonate;
    Code code;
    const char* text;
  };
  const Row rows[] = {
      {"wrong password",
       {http_answer(401, "", "text/html")},
       false,
       Code::kDenied,
       "refuses the user name or password"},
      {"unknown mailbox", Exchange::xml(soap("GetFolder", failure("GetFolder", "ErrorNonExistentMailbox"))),
       false, Code::kNotFound, "there is no mailbox anna@example.test"},
      {"no rights", Exchange::xml(soap("GetFolder", failure("GetFolder", "ErrorAccessDenied"))), false,
       Code::kDenied, "Add-MailboxPermission"},
      {"hidden", Exchange::xml(soap("GetFolder", failure("GetFolder", "ErrorItemNotFound"))), false,
       Code::kDenied, "Add-MailboxPermission"},
      {"no impersonation", Exchange::xml(fault("ErrorImpersonateUserDenied"), 500), true, Code::kDenied,
       "ApplicationImpersonation"},
      {"a web page",
       {http_answer(200, "<html><title>Hello</title></html>", "text/html")},
       false,
       Code::kInvalid,
       "says \"Hello\""},
      {"a wrong path",
       {http_answer(404, "", "text/html")},
       false,
       Code::kInvalid,
       "https://HOST/EWS/Exchange.asmx"},
      {"another XML service", Exchange::xml("<rss/>"), false, Code::kInvalid, "not SOAP (its root is <rss>)"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.name);
    Exchange exchange;
    exchange.on("GetFolder", row.reply);
    auto o = exchange.options();
    o.impersonate = row.impersonate;
    const auto mailbox = open_ews_mailbox(o);
    ASSERT_FALSE(mailbox);
    EXPECT_EQ(code_name(mailbox.error().code), code_name(row.code)) << mailbox.error().what;
    EXPECT_NE(mailbox.error().what.find(row.text), std::string::npos) << mailbox.error().what;
    EXPECT_TRUE(exchange.clock.sleeps.empty()) << "nothing here passes by waiting";
  }
}

TEST(OpenEwsMailbox, TellsAtOnceThatNobodyAnswers) {
  FakeClock clock;
  EwsOptions o;
  o.url = "https://no-such-host.invalid";
  o.user = "a";
  o.clock = &clock;
  EXPECT_EQ(open_ews_mailbox(o).error().code, Code::kUnavailable);
  EXPECT_TRUE(clock.sleeps.empty());
}

// --- retries
// -----------------------------------------------------------------------------------------------------

TEST(EwsMailbox, WaitsAsLongAsABusyServerAsks) {
  Exchange exchange;
  exchange.on("GetFolder", {Exchange::busy(10'000),
                            {http_answer(503, "", "text/html", "Retry-After: 20\r\n")},
                            Exchange::ok_folder("TOP", "Top", "")});
  const auto mailbox = exchange.open();
  ASSERT_TRUE(mailbox);
  ASSERT_EQ(exchange.clock.sleeps.size(), 2u);
  EXPECT_GE(exchange.clock.sleeps[0].count(), 10'000);
  EXPECT_LE(exchange.clock.sleeps[0].count(), 11'000);
  EXPECT_GE(exchange.clock.sleeps[1].count(), 20'000);
}

TEST(EwsMailbox, WhoeverWantsAnEndDoesNotWaitForThePause) {
  class Impatient final : public Clock {
   public:
    std::atomic<bool> wants_an_end = false;
    std::chrono::milliseconds slept{0};
    std::chrono::system_clock::time_point now() const override { return {}; }
    std::chrono::steady_clock::time_point steady() const override { return {}; }
    void sleep_for(std::chrono::milliseconds d) override { slept += d, wants_an_end = true; }
  } clock;
  Exchange exchange;
  exchange.on("GetFolder", Exchange::busy(60'000));
  auto o = exchange.options();
  o.clock = &clock, o.cancel = &clock.wants_an_end;
  EXPECT_EQ(open_ews_mailbox(o).error().code, Code::kCancelled);
  EXPECT_LE(clock.slept, std::chrono::seconds(1));
}

TEST(EwsMailbox, WaitsLongerAndLongerThenGivesUp) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  exchange.on("GetFolder", Exchange::busy(0));
  EXPECT_EQ(mailbox->count({"F"}).error().code, Code::kUnavailable);
  ASSERT_EQ(exchange.clock.sleeps.size(), 6u);
  std::chrono::milliseconds sum{0};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_GE(exchange.clock.sleeps[i].count(), 500 << i);
    EXPECT_LE(exchange.clock.sleeps[i].count(), 1000 << i);
    sum += exchange.clock.sleeps[i];
  }
  EXPECT_EQ(mailbox->throttled(), sum);
}

TEST(EwsMailbox, ComesBackAfterResetsTimeoutsAndPages) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  const TestReply good = Exchange::ok_folder(
      "F", "F",
      "<t:TotalCount>5</t:TotalCount><t:ExtendedProperty><t:ExtendedFieldURI "
      "PropertyTag='0x3617' PropertyType='Integer'/><t:Value>2</t:Value></t:ExtendedProperty>");
  exchange.on("GetFolder", {cut_after(good, "TotalCount>"),
                            {good.bytes, false, 1 << 20, std::chrono::milliseconds(5500)},
                            {http_answer(401, "", "text/html")},
                            {http_answer(200, "<html/>", "text/html")},
                            good});
  const auto counts = mailbox->count({"F"});
  ASSERT_TRUE(counts) << counts.error().what;
  EXPECT_TRUE(counts->items == 5 && counts->associated == 2);
  EXPECT_EQ(exchange.clock.sleeps.size(), 4u);
}

TEST(EwsMailbox, DoesNotTryAPasswordManyTimes) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  exchange.on("GetFolder", {http_answer(401, "", "text/html")});
  EXPECT_EQ(mailbox->count({"F"}).error().code, Code::kDenied);
  EXPECT_EQ(exchange.requests("GetFolder").size(), 1u + 4u);
}

// --- folders
// -----------------------------------------------------------------------------------------------------

std::string folder_xml(const std::string& id, const std::string& parent, const std::string& name,
                       const std::string& more = "") {
  return "<t:Folder><t:FolderId Id='" + id + "'/><t:ParentFolderId Id='" + parent + "'/><t:DisplayName>" +
         name + "</t:DisplayName><t:TotalCount>1</t:TotalCount>" + more + "</t:Folder>";
}

TEST(EwsMailbox, ListsFoldersParentsFirstWithCountsAndWhatCannotBeRead) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  const std::string fai =
      "<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag='0x3617' "
      "PropertyType='Integer'/><t:Value>4</t:Value></t:ExtendedProperty>";
  std::string known;
  for (int i = 0; i < 19; ++i)
    known += i == 0
                 ? success("GetFolder", "<m:Folders><t:Folder><t:FolderId Id='in'/></t:Folder></m:Folders>")
                 : failure("GetFolder", "ErrorFolderNotFound");
  exchange.on("GetFolder", {Exchange::ok_folder("TOP", "Top", "<t:ParentFolderId Id='ROOT'/>" + fai),
                            Exchange::xml(soap("GetFolder", known))});
  exchange.on(
      "FindFolder",
      {Exchange::xml(soap(
           "FindFolder",
           success("FindFolder",
                   "<m:RootFolder IndexedPagingOffset='2' IncludesLastItemInRange='false'><t:Folders>" +
                       folder_xml("deep", "in", "a/b", fai) +
                       "<t:SearchFolder><t:FolderId Id='s'/></t:SearchFolder></t:Folders></m:RootFolder>"))),
       Exchange::xml(
           soap("FindFolder",
                success("FindFolder",
                        "<m:RootFolder IncludesLastItemInRange='true'><t:Folders>" +
                            folder_xml("in", "TOP", "Inbox") + folder_xml("deep", "in", "a/b", fai) +
                            folder_xml("room", "TOP", "Room",
                                       "<t:EffectiveRights><t:Read>false</t:Read></t:EffectiveRights>") +
                            "</t:Folders></m:RootFolder>")))});
  exchange.on(
      "FindItem",
      Exchange::xml(
          soap("FindItem",
               success("FindItem", "<m:RootFolder TotalItemsInView='9' IncludesLastItemInRange='true'/>"))));
  const auto folders = mailbox->folders();
  ASSERT_TRUE(folders) << folders.error().what;
  ASSERT_EQ(folders->size(), 4u);
  const auto& f = *folders;
  EXPECT_TRUE(f[0].id.value == "TOP" && f[0].parent.empty() && f[0].well_known == "msgfolderroot" &&
              f[0].associated == 4);
  EXPECT_TRUE(f[1].id.value == "in" && f[1].parent.value == "TOP" && f[1].well_known == "inbox" &&
              f[1].associated == 9);
  EXPECT_TRUE(f[2].id.value == "deep" && f[2].name == "a/b" && f[2].items == 1);
  EXPECT_TRUE(f[3].id.value == "room" && !f[3].readable && !f[3].why_unreadable.empty());
}

TEST(EwsMailbox, ReportsACalendarThatDeniesItsCount) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  exchange.on("GetFolder", {Exchange::ok_folder("TOP", "Top", ""), Exchange::xml(soap("GetFolder", [] {
                              std::string all;
                              for (int i = 0; i < 19; ++i) all += failure("GetFolder", "ErrorFolderNotFound");
                              return all;
                            }()))});
  exchange.on("FindFolder",
              Exchange::xml(soap("FindFolder",
                                 success("FindFolder", "<m:RootFolder IncludesLastItemInRange='true'/>"))));
  exchange.on("FindItem", Exchange::xml(soap("FindItem", failure("FindItem", "ErrorAccessDenied"))));
  const auto folders = mailbox->folders();
  ASSERT_TRUE(folders);
  EXPECT_FALSE((*folders)[0].readable);
  EXPECT_NE((*folders)[0].why_unreadable.find("ErrorAccessDenied"), std::string::npos);
}

TEST(FolderTree, AdoptsOrphansAndBreaksCircles) {
  const auto folder = [](const char* id, const char* parent) {
    model::Folder f;
    f.id.value = id, f.parent.value = parent;
    return f;
  };
  const auto sorted = parents_first({folder("t", ""), folder("c", "b"), folder("b", "a"), folder("a", "t"),
                                     folder("o", "gone"), folder("x", "y"), folder("y", "x")});
  std::vector<std::string> ids;
  for (const auto& f : sorted) ids.push_back(f.id.value);
  EXPECT_EQ(ids, (std::vector<std::string>{"t", "a", "b", "c", "o", "y", "x"}));
  EXPECT_EQ(sorted[4].parent.value, "t");
  EXPECT_EQ(sorted[5].parent.value, "t");
}

// --- fetching
// ----------------------------------------------------------------------------------------------------

TEST(Fetch, AsksForBatchesByBytesAndNumber) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  exchange.on("ExportItems", Exchange::xml(fault("ErrorAccessDenied"), 500));
  Recorder r;
  EXPECT_EQ(mailbox->fetch(heads({"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}), r).error().code,
            Code::kDenied);
  EXPECT_EQ(mailbox->fetch(heads({"1", "2", "3"}, 3 << 20), r).error().code, Code::kDenied);
  const auto asked = exchange.requests("ExportItems");
  const auto n_ids = [](const std::string& s) {
    std::size_t n = 0;
    for (std::size_t at = s.find("<t:ItemId"); at != std::string::npos; at = s.find("<t:ItemId", at + 1)) ++n;
    return n;
  };
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(n_ids(asked[0]), 10u);
  EXPECT_EQ(n_ids(asked[1]), 2u);
}

TEST(Fetch, RefetchesOneByOneWhatABrokenAnswerLeft) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  const std::string a = framed("aaaa"), b = framed("bbbb"), c = framed("cccc");
  const std::string middle = to_base64(as_bytes(b)).substr(0, 20);
  exchange.on("ExportItems",
              {cut_after(exported(item("A", a) + item("B", b) + item("C", c)), "Id='B'/><m:Data>" + middle),
               exported(item("B", b)), exported(failure("ExportItems", "ErrorItemNotFound"))});
  Recorder r;
  ASSERT_TRUE(mailbox->fetch(heads({"A", "B", "C"}), r));
  EXPECT_EQ(r.calls, (Calls{"begin A", "end A", "begin B", "begin B", "end B", "fail C not found"}));
  EXPECT_EQ(r.whole["B"], b);
  EXPECT_EQ(exchange.requests("ExportItems").size(), 3u);
  EXPECT_EQ(exchange.clock.sleeps.size(), 1u);
}

TEST(Fetch, DoesNotTakeABatchApartWhenTheServerIsBusy) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  exchange.on("ExportItems",
              {Exchange::busy(100), exported(item("A", framed("a")) + item("B", framed("b")))});
  Recorder r;
  ASSERT_TRUE(mailbox->fetch(heads({"A", "B"}), r));
  EXPECT_EQ(exchange.requests("ExportItems").size(), 2u);
}

TEST(Fetch, TriesTruncatedItemsAgainAndHandsThemOverInTheEnd) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  const std::string whole = framed("payload"), cut = whole.substr(0, whole.size() - 3);
  exchange.on("ExportItems", {exported(item("A", cut) + item("B", framed("b"))), exported(item("A", cut)),
                              exported(item("A", whole))});
  Recorder r;
  ASSERT_TRUE(mailbox->fetch(heads({"A", "B"}), r));
  EXPECT_EQ(r.calls, (Calls{"begin A", "begin B", "end B", "begin A", "begin A", "end A"}));
  EXPECT_EQ(r.whole["A"], whole);
  exchange.on("ExportItems", exported(item("C", std::string(1, '\0'))));  // the placeholder AA==
  ASSERT_TRUE(mailbox->fetch(heads({"C"}), r));
  EXPECT_EQ(r.calls.back(), "end C") << "what stays cut is for the receiver to judge";
  EXPECT_EQ(exchange.requests("ExportItems").size(), 3u + 5u);
}

TEST(Fetch, GivesUpAnItemThatBreaksEveryAnswerAndGoesOn) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  std::vector<TestReply> replies(5, cut_after(exported(item("A", framed("aaaa"))), "<m:Data>AQAAAAgA"));
  replies.push_back(exported(item("B", framed("b"))));
  exchange.on("ExportItems", replies);
  Recorder r;
  auto items = heads({"A", "B"}, 9 << 20);  // each in a request of its own
  ASSERT_TRUE(mailbox->fetch(items, r));
  EXPECT_EQ(r.calls[r.calls.size() - 3], "fail A unavailable");
  EXPECT_EQ(r.calls.back(), "end B");
}

TEST(Fetch, StopsWhenTheServerIsGone) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  const TestReply reset{"", true};
  exchange.on("ExportItems", reset);
  exchange.on("GetFolder", reset);
  Recorder r;
  EXPECT_EQ(mailbox->fetch(heads({"A"}), r).error().code, Code::kUnavailable);
  EXPECT_GE(exchange.requests("ExportItems").size(), 7u);  // libcurl repeats the first by itself
  EXPECT_TRUE(r.calls.empty());
}

TEST(Fetch, TriesItemsAgainThatTheServerWasTooBusyFor) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  exchange.on("ExportItems", {exported(failure("ExportItems", "ErrorTimeoutExpired") +
                                       item("B", framed("b")) + failure("ExportItems", "ErrorCorruptData")),
                              exported(item("A", framed("a")))});
  Recorder r;
  ASSERT_TRUE(mailbox->fetch(heads({"A", "B", "C"}), r));
  EXPECT_EQ(r.calls, (Calls{"begin B", "end B", "fail C corrupt", "begin A", "end A"}));
}

TEST(Fetch, GivesTheReceiversErrorAtOnce) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  exchange.on("ExportItems", exported(item("A", framed("a")) + item("B", framed("b"))));
  Recorder r;
  r.disk_full = true;
  EXPECT_EQ(mailbox->fetch(heads({"A", "B"}), r).error().what, "disk full");
  EXPECT_EQ(exchange.requests("ExportItems").size(), 1u);
}

// --- the rest
// ----------------------------------------------------------------------------------------------------

TEST(EwsMailbox, SaysConflictForABadSyncState) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  exchange.on(
      "SyncFolderItems",
      Exchange::xml(soap("SyncFolderItems", failure("SyncFolderItems", "ErrorInvalidSyncStateData"))));
  EXPECT_EQ(mailbox->sync_items({"F"}, {"S"}).error().code, Code::kConflict);
  exchange.on("SyncFolderItems",
              Exchange::xml(soap("SyncFolderItems", failure("SyncFolderItems", "ErrorSyncFolderNotFound"))));
  EXPECT_EQ(mailbox->sync_items({"F"}, {}).error().code, Code::kNotFound);
}

TEST(EwsMailbox, KnowsWhichItemsAreAliveAndWhatTheyAreCalled) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  exchange.on(
      "GetItem",
      Exchange::xml(soap(
          "GetItem",
          success("GetItem",
                  "<m:Items><t:Message><t:ItemId Id='1'/><t:Subject>s</t:Subject></t:Message></m:Items>") +
              failure("GetItem", "ErrorItemNotFound") + failure("GetItem", "ErrorInvalidIdMalformed"))));
  const auto alive = mailbox->exist({{"1"}, {"2"}, {"3"}});
  ASSERT_TRUE(alive);
  EXPECT_EQ(*alive, (std::vector<bool>{true, false, false}));
  const auto labels = mailbox->labels({{"1"}, {"2"}, {"3"}});
  ASSERT_TRUE(labels);
  EXPECT_TRUE((*labels)[0].subject == "s" && (*labels)[1].subject.empty());
}

TEST(EwsMailbox, FindsMarksOnAllPages) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  const auto page = [](const std::string& attributes, const std::string& id) {
    return Exchange::xml(soap(
        "FindItem",
        success("FindItem", "<m:RootFolder " + attributes + "><t:Items><t:Message><t:ItemId Id='" + id +
                                "'/><t:Size>7</t:Size><t:ExtendedProperty><t:ExtendedFieldURI "
                                "PropertyTag='0x300b' PropertyType='Binary'/><t:Value>AQI=</t:Value>"
                                "</t:ExtendedProperty><t:ExtendedProperty><t:ExtendedFieldURI "
                                "PropertySetId='00020329-0000-0000-c000-000000000046' PropertyName='mk' "
                                "PropertyType='String'/><t:Value>v" +
                                id +
                                "</t:Value></t:ExtendedProperty></t:Message></t:Items></m:RootFolder>")));
  };
  exchange.on("FindItem", {page("IndexedPagingOffset='1' IncludesLastItemInRange='false'", "1"),
                           page("IncludesLastItemInRange='true'", "2")});
  const auto marks = mailbox->marked({"F"}, true, model::string_name(model::pset::kPublicStrings, "mk"));
  ASSERT_TRUE(marks);
  ASSERT_EQ(marks->size(), 2u);
  EXPECT_TRUE((*marks)[1].id.value == "2" && (*marks)[1].marker == "v2" && (*marks)[1].search_key == "\1\2" &&
              (*marks)[1].size_bytes == 7);
  EXPECT_NE(exchange.requests("FindItem")[1].find("Offset=\"1\""), std::string::npos);
  const auto same = mailbox->by_search_key({"F"}, false, "\1\2");
  ASSERT_TRUE(same);
  EXPECT_NE(exchange.requests("FindItem")[2].find("Constant Value=\"AQI=\""), std::string::npos);
}

TEST(EwsMailbox, WorksOverAConnectionOfItsOwnWhenCloned) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  exchange.on("SyncFolderItems",
              Exchange::xml(soap("SyncFolderItems",
                                 success("SyncFolderItems",
                                         "<m:SyncState>S</m:SyncState><m:IncludesLastItemInRange>true</"
                                         "m:IncludesLastItemInRange><m:Changes/>"))));
  auto other = mailbox->clone();
  ASSERT_TRUE(other);
  EXPECT_EQ(exchange.server.connections(), 1u) << "a clone connects when it is used";
  EXPECT_EQ((*other)->throttled().count(), 0);
}

TEST(EwsMailbox, CreatesFolders) {
  Exchange exchange;
  const auto mailbox = exchange.open();
  exchange.on(
      "CreateFolder",
      {Exchange::xml(
           soap("CreateFolder",
                success("CreateFolder", "<m:Folders><t:Folder><t:FolderId Id='N'/></t:Folder></m:Folders>"))),
       Exchange::xml(soap("CreateFolder", failure("CreateFolder", "ErrorFolderExists")))});
  EXPECT_EQ(mailbox->create_folder({"P"}, "x", "IPF.Note")->value, "N");
  EXPECT_EQ(mailbox->create_folder({"P"}, "x", "IPF.Note").error().code, Code::kConflict);
}

}  // namespace
}  // namespace mk::source
