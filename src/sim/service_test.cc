#include "sim/service.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "sim/framing.h"
#include "sim/load.h"
#include "sim/synthetic.h"

namespace mk::sim {
namespace {

constexpr const char* kTypes = "http://schemas.microsoft.com/exchange/services/2006/types";
constexpr const char* kMessages = "http://schemas.microsoft.com/exchange/services/2006/messages";

FileTime fixed_now() { return {133'500'000'000'000'000ULL}; }

struct Got {
  unsigned status;
  std::string body;
};

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() {
    world_.now = fixed_now;
    world_.secret = "secret";
    for (const auto& v : known_versions()) world_.versions.push_back(v.version);
    world_.users.push_back(*parse_user("alice@example.test:pw"));
    world_.users.push_back(*parse_user("bob@example.test:pw:impersonate"));
    add("alice@example.test");
    add("bob@example.test");
  }

  Mailbox& add(const std::string& address) {
    return *(world_.mailboxes[address] =
                 std::make_unique<Mailbox>(address, *Spool::open(::testing::TempDir())));
  }
  Mailbox& alice() { return *world_.mailbox("alice@example.test"); }

  Got post(const std::string& body, const std::string& user = "alice@example.test",
           const std::string& header = {}, const std::string& version = "Exchange2013_SP1") {
    return raw(
        fmt::format("<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:t=\"{}\" "
                    "xmlns:m=\"{}\"><s:Header>"
                    "<t:RequestServerVersion Version=\"{}\"/>{}</s:Header><s:Body>{}</s:Body></s:Envelope>",
                    kTypes, kMessages, version, header, body),
        user + ":pw");
  }
  Got raw(std::string body, const std::string& credentials, const std::string& path = "/EWS/Exchange.asmx") {
    net::HttpRequest request{"POST",
                             path,
                             "",
                             std::move(body),
                             {{"Authorization", "Basic " + to_base64(as_bytes(credentials))}},
                             "127.0.0.1",
                             true};
    auto reply = answer_request(world_, std::move(request));
    if (!reply.stream) return {reply.status, reply.body};
    auto all = read_all(*reply.stream, 1 << 30);
    return {reply.status, *std::move(all)};
  }

  static std::string get_folder(const std::string& id) {
    return "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>" +
           id + "</m:FolderIds></m:GetFolder>";
  }
  static std::string distinguished(const std::string& id) {
    return fmt::format("<t:DistinguishedFolderId Id=\"{}\"/>", id);
  }
  std::string upload(const std::string& action, const std::string& more, const std::string& data) {
    const auto inbox = format_id(alice().ref(*alice().well_known("inbox")));
    return fmt::format(
        "<m:UploadItems><m:Items><t:Item CreateAction=\"{}\"><t:ParentFolderId "
        "Id=\"{}\"/>{}<t:Data>{}</t:Data></t:Item>"
        "</m:Items></m:UploadItems>",
        action, inbox, more, data);
  }
  static ByteString synthetic_bytes(std::uint64_t index) {
    const SyntheticItems items({10, 5000, 1, 1});
    auto in = items.bytes(index)->open();
    return *read_all(**in, 1 << 20);
  }

  World world_;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_F(ServiceTest, AsksForCredentials) {
  EXPECT_EQ(raw("", "alice@example.test:wrong").status, 401U);
  EXPECT_EQ(raw("", "EXAMPLE\\alice@example.test:pw").status, 500U);  // let in; an empty body is no SOAP
  EXPECT_EQ(raw("", "alice@example.test:pw", "/ews/other").status, 404U);
}

TEST_F(ServiceTest, WordsSchemaFaultsAsExchangeDoes) {
  const auto enumeration = post(get_folder(distinguished("invalidparentid")));
  EXPECT_EQ(enumeration.status, 500U);
  EXPECT_TRUE(
      has(enumeration.body,
          "<faultcode "
          "xmlns:a=\"http://schemas.microsoft.com/exchange/services/2006/types\">a:ErrorSchemaValidation"));
  EXPECT_TRUE(has(
      enumeration.body,
      "The request failed schema validation: The 'Id' attribute is invalid - The value 'invalidparentid' is "
      "invalid according to its datatype"));
  const std::string rows[] = {"",
                              "<m:Nothing/>",
                              "<m:GetItem/>",
                              "<m:GetFolder/>",
                              "<m:UploadItems/>",
                              "<m:ExportItems/>",
                              "<m:FindItem/>",
                              "<m:SyncFolderItems/>",
                              "<m:CreateFolder/>",
                              "<m:MoveItem/>",
                              "<m:DeleteItem/>",
                              "<m:UpdateItem/>",
                              "<m:ConvertId/>",
                              "<m:ResolveNames/>",
                              "<m:CreateItem/>",
                              "<m:GetAttachment/>",
                              "<m:UpdateFolder/>"};
  for (const auto& row : rows) {
    const Got got = post(row);
    EXPECT_EQ(got.status, 500U) << row;
    EXPECT_TRUE(has(got.body, "ErrorSchemaValidation")) << row << got.body;
  }
}

TEST_F(ServiceTest, SurvivesWhatIsNotXmlOrTooDeep) {
  EXPECT_EQ(raw("\0\1<<<", "alice@example.test:pw").status, 500U);
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  EXPECT_EQ(raw(deep, "alice@example.test:pw").status, 500U);
  std::string nested = "<m:FindItem Traversal=\"Shallow\">";
  for (int i = 0; i < 5000; ++i) nested += "<t:Not>";
  for (int i = 0; i < 5000; ++i) nested += "</t:Not>";
  EXPECT_EQ(post(nested + "</m:FindItem>").status, 500U);
}

TEST_F(ServiceTest, NegotiatesVersions) {
  EXPECT_TRUE(has(post(get_folder(distinguished("inbox")), "alice@example.test", "", "Exchange2099").body,
                  "ErrorInvalidServerVersion"));
  const Got old = post("<m:ExportItems/>", "alice@example.test", "", "Exchange2007_SP1");
  EXPECT_TRUE(has(old.body, "invalid child element 'ExportItems'"));
  EXPECT_TRUE(has(post(get_folder(distinguished("inbox"))).body, "MajorVersion=\"15\" MinorVersion=\"1\""));
}

TEST_F(ServiceTest, ChecksRights) {
  const std::string header =
      "<t:ExchangeImpersonation><t:ConnectingSID><t:PrimarySmtpAddress>{}</t:PrimarySmtpAddress></"
      "t:ConnectingSID></t:ExchangeImpersonation>";
  const auto as = [&](const std::string& user, const std::string& whom) {
    return post(get_folder(distinguished("inbox")), user, fmt::format(fmt::runtime(header), whom));
  };
  EXPECT_EQ(as("bob@example.test", "alice@example.test").status, 200U);
  EXPECT_TRUE(has(as("alice@example.test", "bob@example.test").body, "ErrorImpersonateUserDenied"));
  EXPECT_TRUE(has(as("bob@example.test", "nobody@example.test").body, "ErrorNonExistentMailbox"));
  const auto foreign =
      get_folder("<t:FolderId Id=\"" + format_id(alice().ref(*alice().well_known("inbox"))) + "\"/>");
  EXPECT_TRUE(has(post(foreign, "bob@example.test").body, "ErrorAccessDenied"));
  EXPECT_TRUE(has(post(get_folder(distinguished("archivemsgfolderroot"))).body, "ErrorFolderNotFound"));
  EXPECT_TRUE(has(post(get_folder("<t:FolderId Id=\"malformed\"/>")).body, "ErrorInvalidIdMalformed"));
}

TEST_F(ServiceTest, NamesAtMostAHundredPeople) {
  const auto resolve = [&](const std::string& entry) {
    return post("<m:ResolveNames ReturnFullContactData=\"false\"><m:UnresolvedEntry>" + entry +
                "</m:UnresolvedEntry></m:ResolveNames>")
        .body;
  };
  for (int i = 0; i < 101; ++i) add(fmt::format("person{:03}@example.test", i));
  const auto count = [](const std::string& text) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = text.find("<t:Resolution>", at)) != std::string::npos; ++at) ++n;
    return n;
  };
  const std::string some = resolve("PERSON"), all = resolve("person0"), one = resolve("person100");
  EXPECT_EQ(count(some), 100u);
  EXPECT_TRUE(has(some, "IncludesLastItemInRange=\"false\""));
  EXPECT_EQ(count(all), 100u);
  EXPECT_TRUE(has(all, "ErrorNameResolutionMultipleResults") && has(all, "IncludesLastItemInRange=\"true\""));
  EXPECT_EQ(count(one), 1u);
  EXPECT_TRUE(has(one, "NoError"));
  EXPECT_TRUE(has(resolve("nobody"), "ErrorNameResolutionNoResults"));
}

TEST_F(ServiceTest, UploadsCreateUpdateAndFallBack) {
  const std::string data = to_base64(as_bytes(synthetic_bytes(0))),
                    other = to_base64(as_bytes(synthetic_bytes(1)));
  const Got created = post(upload("CreateNew", "", data));
  ASSERT_TRUE(has(created.body, "NoError")) << created.body;
  auto& items = alice().well_known("inbox")->items;
  ASSERT_EQ(items.size(), 1U);
  const std::string id = "<t:ItemId Id=\"" + format_id(alice().ref(*items.begin()->second)) + "\"/>";
  const auto key = alice().change_key(*items.begin()->second);
  EXPECT_TRUE(has(post(upload("Update", id, other)).body, "NoError"));
  EXPECT_EQ(items.size(), 1U);
  EXPECT_NE(alice().change_key(*items.begin()->second), key);
  EXPECT_EQ(post(upload("Update", "", other)).status, 500U);
  alice().remove_item(items.begin()->first);
  EXPECT_TRUE(has(post(upload("Update", id, other)).body, "ErrorItemNotFound"));
  EXPECT_TRUE(has(post(upload("UpdateOrCreate", id, other)).body, "NoError"));
  EXPECT_EQ(items.size(), 1U);
  EXPECT_TRUE(has(post(upload("CreateNew", "", "AA==")).body, "ErrorCorruptData"));
  EXPECT_TRUE(has(post(upload("CreateNew", "", "not base64!")).body, "ErrorCorruptData"));
}

TEST_F(ServiceTest, ExportsTheUploadedBytes) {
  const ByteString bytes = synthetic_bytes(3);
  post(upload("CreateNew", "", to_base64(as_bytes(bytes))));
  const auto id = format_id(alice().ref(*alice().well_known("inbox")->items.begin()->second));
  const Got got = post("<m:ExportItems><m:ItemIds><t:ItemId Id=\"" + id + "\"/></m:ItemIds></m:ExportItems>");
  EXPECT_TRUE(has(got.body, "<m:Data>" + to_base64(as_bytes(bytes)) + "</m:Data>"));
}

TEST_F(ServiceTest, ServesADirectoryOfStreamsVerbatim) {
  const auto directory = std::filesystem::path(::testing::TempDir()) / "streams";
  std::filesystem::create_directories(directory / "Folder A");
  const ByteString framed = synthetic_bytes(4);
  ASSERT_TRUE(write_file_atomically(directory / "Folder A" / "1.fts", as_bytes(framed)));
  ASSERT_TRUE(
      write_file_atomically(directory / "Folder A" / "2.fxs", as_bytes("\x0B\x00\x1F\x0E\x01\x00 cut")));
  Mailbox& box = add("carol@example.test");
  const auto report = load_streams(box, directory);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->items, 2U);
  const Folder* folder = box.child(box.well_known("msgfolderroot")->number, "Folder A");
  ASSERT_NE(folder, nullptr);
  const BlobPtr first = folder->items.begin()->second->bytes;
  EXPECT_EQ(*read_all(**first->open(), 1 << 20), framed);
  EXPECT_EQ(folder->items.rbegin()->second->facts.subject, "2.fxs");  // not understood, served all the same
  EXPECT_FALSE(load_streams(box, directory / "none"));
}

TEST_F(ServiceTest, AdminAnswersThisMachineOnly) {
  net::HttpRequest request{"GET", "/admin/counters", "", "", {}, "", false};
  EXPECT_EQ(answer_request(world_, request).status, 403U);
  request.from_loopback = true;
  EXPECT_EQ(answer_request(world_, request).status, 200U);
  request.path = "/admin/nothing";
  EXPECT_EQ(answer_request(world_, request).status, 404U);
}

TEST_F(ServiceTest, LimitsAreThoseOfTheVersion) {
  EXPECT_EQ(request_limit(Version::k2010Sp2), 25ULL << 20);
  EXPECT_EQ(request_limit(Version::k2013), 64ULL << 20);
}

TEST(Users, AreReadFromOneLine) {
  const auto user = parse_user("svc:secret:own=A@Example.test,full=*,impersonate");
  ASSERT_TRUE(user);
  EXPECT_EQ(user->own, "a@example.test");
  EXPECT_TRUE(user->full.contains("*"));
  EXPECT_TRUE(user->may_impersonate);
  for (const char* bad : {"", "x", ":x", "a:b:admin"}) EXPECT_FALSE(parse_user(bad)) << bad;
}

}  // namespace
}  // namespace mk::sim
