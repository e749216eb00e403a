// Reads answers that others recorded or published (see protocol/INDEX.md of the shared data).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/test_data.h"
#include "ews/folder_info.h"
#include "ews/item_info.h"
#include "ews/soap_reader.h"

namespace mk::ews {
namespace {

class Collect final : public MessageHandler {
 public:
  std::vector<Element> messages;
  Status message(const Element& m) override {
    messages.push_back(m);
    return ok;
  }
};

struct Answer {
  Collect collected;
  std::optional<Fault> fault;
  ServerInfo server;
  Status status = ok;
};

Answer read(std::string_view xml) {
  Answer a;
  SoapReader reader(a.collected);
  for (std::size_t at = 0; at < xml.size() && a.status; at += 100)
    a.status = reader.feed(as_bytes(xml.substr(at, 100)));
  if (a.status) a.status = reader.finish();
  a.fault = reader.fault();
  a.server = reader.server();
  return a;
}

std::string slurp(const std::filesystem::path& path) {
  std::stringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

std::string after_headers(const std::string& http) {
  const std::size_t crlf = http.find("\r\n\r\n"), lf = http.find("\n\n");
  return crlf < lf ? http.substr(crlf + 4) : http.substr(lf == std::string::npos ? 0 : lf + 2);
}

Answer gromox(const char* name) {
  return read(after_headers(slurp(shared_data("protocol/soap/gromox") / name)));
}
Answer msdocs(const char* name) { return read(slurp(shared_data("protocol/soap/msdocs") / name)); }

TEST(Samples, EveryAnswerOfMicrosoftsDocumentationIsRead) {
  const auto folder = shared_data("protocol/soap/msdocs");
  MK_SKIP_IF_ABSENT(folder);
  int n = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string xml = slurp(entry.path());
    const std::string name = entry.path().filename().string();
    const char* ours[] = {"getfolder",   "findfolder",   "syncfolder",   "finditem",    "exportitems",
                          "uploaditems", "createfolder", "updatefolder", "resolvenames"};
    const bool is_ours =
        std::any_of(std::begin(ours), std::end(ours), [&](const char* o) { return name.starts_with(o); });
    if (!is_ours || xml.find("ResponseMessages>") == std::string::npos) continue;
    SCOPED_TRACE(entry.path().filename().string());
    const Answer a = read(xml);
    // some samples are cut or mistyped by their authors: that must be said, never crash
    if (!a.status) {
      EXPECT_TRUE(a.status.error().code == Code::kCorrupt || a.status.error().code == Code::kTruncated)
          << a.status.error().what;
      continue;
    }
    EXPECT_FALSE(a.collected.messages.empty());
    for (const Element& m : a.collected.messages) EXPECT_FALSE(m.text_of("ResponseCode").empty());
    ++n;
  }
  EXPECT_GE(n, 14);
}

TEST(Samples, MicrosoftsErrorsAreNamed) {
  MK_SKIP_IF_ABSENT(shared_data("protocol/soap/msdocs"));
  struct Row {
    const char* name;
    std::size_t message;
    Code code;
  };
  const Row rows[] = {{"getfolder-operation-3.xml", 0, Code::kInvalid},
                      {"syncfolderitems-operation-3.xml", 0, Code::kConflict},
                      {"exportitems-operation-3.xml", 1, Code::kConflict},
                      {"exportitems-operation-3.xml", 2, Code::kNotFound}};
  for (const auto& [name, message, code] : rows) {
    SCOPED_TRACE(name);
    const Answer a = msdocs(name);
    ASSERT_TRUE(a.status);
    const auto status = status_of(a.collected.messages.at(message));
    ASSERT_FALSE(status);
    EXPECT_EQ(code_name(status.error().code), code_name(code)) << status.error().what;
  }
  EXPECT_EQ(msdocs("exportitems-operation-2.xml").server.build, 139u);
}

TEST(Samples, BusyFaultsOfOthersGiveTheirBackOff) {
  const auto folder = shared_data("protocol/soap");
  MK_SKIP_IF_ABSENT(folder);
  const Answer davmail = read(slurp(folder / "davmail-errorserverbusy-backoff.xml"));
  ASSERT_TRUE(davmail.fault);
  EXPECT_EQ(davmail.fault->response_code, "ErrorServerBusy");
  EXPECT_EQ(davmail.fault->error.retry_after.count(), 297749);
  const Answer kdepim = read(slurp(folder / "kdepim-ews/errorserverbusy.xml"));
  ASSERT_TRUE(kdepim.fault);
  EXPECT_EQ(kdepim.fault->error.code, Code::kUnavailable);
  EXPECT_EQ(kdepim.server.build, 225u);
}

TEST(Samples, AnIndependentServersFoldersAndItemsAreRead) {
  MK_SKIP_IF_ABSENT(shared_data("protocol/soap/gromox"));
  const Answer folders = gromox("resp-07-findfolder-deep.txt");
  ASSERT_TRUE(folders.status);
  const Element* root = folders.collected.messages.at(0).child("RootFolder");
  ASSERT_NE(root, nullptr);
  EXPECT_EQ(root->child("Folders")->children.size(), 28u);
  EXPECT_EQ(read_folder(root->child("Folders")->children[0]).name, "Deferred Action");
  EXPECT_TRUE(read_folder(root->child("Folders")->children[1]).is_search_folder);
  const Answer items = gromox("resp-06-finditem.txt");
  ASSERT_TRUE(items.status);
  const ItemInfo first = read_item(items.collected.messages.at(0).child("RootFolder/Items")->children.at(0));
  EXPECT_EQ(first.subject, "Plain hello \xC3\xA9\xC3\xA8\xE2\x82\xAC");
  EXPECT_EQ(first.head.size_bytes, 2520u);
  EXPECT_EQ(items.server.build, 847u);
}

TEST(Samples, AnIndependentServersErrorsAreRead) {
  MK_SKIP_IF_ABSENT(shared_data("protocol/soap/gromox"));
  const std::pair<const char*, Code> messages[] = {{"resp-27-getitem-bad.txt", Code::kInvalid},
                                                   {"resp-29-getfolder-nonexist.txt", Code::kNotFound},
                                                   {"resp-31-othermailbox-noperm.txt", Code::kDenied}};
  for (const auto& [name, code] : messages) {
    SCOPED_TRACE(name);
    const Answer a = gromox(name);
    const auto status = status_of(a.collected.messages.at(0));
    ASSERT_FALSE(status);
    EXPECT_EQ(code_name(status.error().code), code_name(code));
  }
  const std::pair<const char*, const char*> faults[] = {
      {"resp-20-exportitems.txt", "Unknown request 'ExportItems'."},
      {"resp-28-notxmlschema.txt", "missing required child"},
      {"resp-30-impersonate-noperm.txt", "ErrorImpersonateUserDenied"}};
  for (const auto& [name, text] : faults) {
    SCOPED_TRACE(name);
    const Answer a = gromox(name);
    ASSERT_TRUE(a.fault);
    EXPECT_NE(a.fault->error.what.find(text), std::string::npos) << a.fault->error.what;
  }
}

TEST(Samples, EveryAnswerOfRealServersInTheTracesIsRead) {
  const auto folder = shared_data("protocol/soap/evolution-ews-traces");
  MK_SKIP_IF_ABSENT(folder);
  int n = 0, n_errors = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".trace") continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      const bool is_answer = line.starts_with("< ") && line.find("Envelope") != std::string::npos;
      if (!is_answer) continue;
      SCOPED_TRACE(entry.path().filename().string());
      const Answer a = read(std::string_view(line).substr(2));
      ASSERT_TRUE(a.status) << a.status.error().what;
      EXPECT_TRUE(a.server.known() || a.fault);
      for (const Element& m : a.collected.messages) n_errors += status_of(m) ? 0 : 1;
      ++n;
    }
  }
  EXPECT_GE(n, 28);
  EXPECT_GE(n_errors, 5);
}

}  // namespace
}  // namespace mk::ews
