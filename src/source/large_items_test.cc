// What a 150 MB item costs in memory, in both directions, over a real connection.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <atomic>

#include "base/test_data.h"
#include "ews/string_transport.h"
#include "net/test_server.h"
#include "source/ews_mailbox.h"

namespace mk::source {
namespace {

constexpr std::uint64_t kItemBytes = 150 << 20;
constexpr long kAllowedKilobytes = 16 * 1024;

long peak_kilobytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

/// `size` bytes made up while they are read.
class MadeUpBlob final : public Blob {
 public:
  explicit MadeUpBlob(std::uint64_t size) : size_(size) {}
  std::uint64_t size() const override { return size_; }
  Result<std::unique_ptr<ByteSource>> open(std::uint64_t offset) const override {
    class Source final : public ByteSource {
     public:
      explicit Source(std::uint64_t left) : left_(left) {}
      Result<std::size_t> read(std::span<std::byte> out) override {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), left_));
        std::fill_n(out.begin(), n, std::byte{7});
        left_ -= n;
        return n;
      }

     private:
      std::uint64_t left_;
    };
    return std::unique_ptr<ByteSource>(std::make_unique<Source>(size_ - std::min(size_, offset)));
  }

 private:
  std::uint64_t size_;
};

class CountingReceiver final : public model::ItemReceiver, public ByteSink {
 public:
  std::uint64_t bytes = 0;
  bool ended = false;
  Result<ByteSink*> begin(const model::ItemId&) override { return static_cast<ByteSink*>(this); }
  Status end(const model::ItemId&) override { return ended = true, ok; }
  Status fail(const model::ItemId&, Error why) override { return why; }
  Status write(Bytes b) override { return bytes += b.size(), ok; }
};

/// The server lives in a child process, so that its memory is not counted.
class ServerProcess {
 public:
  ServerProcess() {
    int ends[2];
    MK_CHECK(pipe(ends) == 0);
    child_ = fork();
    if (child_ == 0) serve(ends[1]);
    close(ends[1]);
    char buffer[200];
    for (long n; (n = read(ends[0], buffer, sizeof buffer)) > 0 && !url_.ends_with('\n');)
      url_.append(buffer, static_cast<std::size_t>(n));
    close(ends[0]);
    url_.resize(url_.find('\n'));
  }
  ~ServerProcess() {
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }
  const std::string& url() const { return url_; }

 private:
  [[noreturn]] static void serve(int out) {
    const std::string folder = ews::soap(
        "GetFolder",
        ews::success("GetFolder", "<m:Folders><t:Folder><t:FolderId Id='T'/></t:Folder></m:Folders>"));
    const std::string data =
        ews::soap("ExportItems", ews::success("ExportItems", "<m:ItemId Id='A'/><m:Data>@</m:Data>"));
    const std::string item = data.substr(0, data.find('@')) + std::string(kItemBytes / 3 * 4, 'B') +
                             data.substr(data.find('@') + 1);
    const std::string made = ews::soap("UploadItems", ews::success("UploadItems", "<m:ItemId Id='N'/>"));
    net::TestServer server([&](const std::string& request) {
      const bool is_export = request.find("<m:ExportItems") != std::string::npos;
      const bool is_upload =
          request.find("Content-Length: 2") != std::string::npos;  // two hundred million and more
      return net::TestReply{net::http_answer(200, is_export ? item : is_upload ? made : folder)};
    });
    server.discard_bodies();
    const std::string line = server.url() + "\n";
    if (write(out, line.data(), line.size()) < 0) _exit(1);
    close(out);
    for (;;) pause();
  }
  pid_t child_ = -1;
  std::string url_;
};

TEST(LargeItems, PassThroughWithoutBeingHeld) {
  if (kSanitized) GTEST_SKIP() << "memory is measured in builds without sanitizers";
  const ServerProcess server;
  EwsOptions o;
  o.url = server.url();
  o.user = "a";
  auto mailbox = open_ews_mailbox(o);
  ASSERT_TRUE(mailbox) << mailbox.error().what;
  const long before = peak_kilobytes();
  CountingReceiver receiver;
  const Status fetched = (*mailbox)->fetch({{{"A"}, {}, kItemBytes, false, false, false, ""}}, receiver);
  ASSERT_TRUE(fetched) << fetched.error().what;
  EXPECT_TRUE(receiver.ended);
  EXPECT_EQ(receiver.bytes, kItemBytes);
  const long after_fetch = peak_kilobytes();
  const auto results = (*mailbox)->upload({{{"F"}, false, std::make_shared<MadeUpBlob>(kItemBytes)}});
  ASSERT_TRUE(results) << results.error().what;
  ASSERT_TRUE((*results)[0]) << (*results)[0].error().what;
  EXPECT_EQ((*results)[0]->id.value, "N");
  const long after_upload = peak_kilobytes();
  RecordProperty("fetch_kilobytes", static_cast<int>(after_fetch - before));
  RecordProperty("upload_kilobytes", static_cast<int>(after_upload - after_fetch));
  std::printf("peak memory of a 150 MB item: fetch +%ld KB, upload +%ld KB\n", after_fetch - before,
              after_upload - after_fetch);
  EXPECT_LE(after_upload - before, kAllowedKilobytes);
}

// --- the server's limits
// -----------------------------------------------------------------------------------------

struct NoWait final : Clock {
  std::chrono::system_clock::time_point now() const override { return {}; }
  std::chrono::steady_clock::time_point steady() const override { return {}; }
  void sleep_for(std::chrono::milliseconds) override {}
};

std::string reply_to(const std::string& request, int uploads) {
  if (request.find("UploadItems") == std::string::npos)
    return net::http_answer(
        200, ews::soap("GetFolder",
                       ews::success("GetFolder",
                                    "<m:Folders><t:Folder><t:FolderId Id='T'/></t:Folder></m:Folders>")));
  std::string messages;
  for (int i = 0; i < uploads; ++i)
    messages += ews::success("UploadItems", "<m:ItemId Id='N" + std::to_string(i) + "'/>");
  return net::http_answer(200, ews::soap("UploadItems", messages));
}

struct Uploading {
  explicit Uploading(net::TestServer::Handler handler) : server(std::move(handler)) {}
  Result<std::vector<Result<model::CreatedItem>>> upload(std::vector<std::uint64_t> sizes) {
    EwsOptions o;
    o.url = server.url();
    o.user = "a";
    o.clock = &clock;
    TRY_ASSIGN(auto mailbox, open_ews_mailbox(o));
    std::vector<model::Upload> items;
    for (const auto size : sizes) items.push_back({{"F"}, false, std::make_shared<MadeUpBlob>(size)});
    return mailbox->upload(items);
  }
  NoWait clock;
  net::TestServer server;
};

TEST(Upload, SaysWhichItemIsTooLargeForTheServerAndItsLimit) {
  const std::string answers[] = {"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
                                 "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: "
                                 "17\r\nConnection: close\r\n\r\nHTTP Error 404.13",
                                 ""};
  for (const auto& answer : answers) {
    SCOPED_TRACE(answer.substr(0, 20));
    Uploading u([](const std::string& request) { return net::TestReply{reply_to(request, 1)}; });
    u.server.refuse_bodies_above(5 << 20, answer);
    const auto results = u.upload({9 << 20, 1000});
    ASSERT_TRUE(results) << results.error().what;
    ASSERT_FALSE((*results)[0]);
    const Error& why = (*results)[0].error();
    EXPECT_EQ(why.code, Code::kExhausted);
    EXPECT_NE(why.what.find("too large for this server"), std::string::npos) << why.what;
    EXPECT_NE(why.what.find("9.0 MB"), std::string::npos) << why.what;
    EXPECT_NE(why.what.find("64 MB"), std::string::npos) << why.what;
    EXPECT_TRUE((*results)[1]);
  }
}

TEST(Upload, TakesABatchApartThatIsTooLargeTogether) {
  Uploading u([](const std::string& request) { return net::TestReply{reply_to(request, 1)}; });
  u.server.refuse_bodies_above(5 << 20,
                               "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  const auto results = u.upload({3 << 20, 3 << 20});
  ASSERT_TRUE(results) << results.error().what;
  EXPECT_TRUE((*results)[0] && (*results)[1]);
}

TEST(Upload, DoesNotSendItemsAgainWhoseAnswerWasLost) {
  std::atomic<int> uploads = 0;
  Uploading u([&](const std::string& request) {
    const bool is_upload = request.find("UploadItems") != std::string::npos;
    uploads += is_upload ? 1 : 0;
    return is_upload ? net::TestReply{"", true} : net::TestReply{reply_to(request, 0)};
  });
  const auto results = u.upload({1000, 1000});
  ASSERT_TRUE(results) << results.error().what;
  ASSERT_EQ(results->size(), 2u);
  EXPECT_EQ((*results)[0].error().code, Code::kUnavailable);
  EXPECT_NE((*results)[0].error().what.find("is not known"), std::string::npos);
  EXPECT_EQ(uploads, 1);
}

TEST(Upload, SendsAgainWhatABusyServerTurnedAway) {
  std::atomic<int> uploads = 0;
  Uploading u([&](const std::string& request) {
    if (request.find("UploadItems") == std::string::npos) return net::TestReply{reply_to(request, 0)};
    if (++uploads == 1) return net::TestReply{net::http_answer(500, ews::fault("ErrorServerBusy", 10))};
    if (uploads == 2)
      return net::TestReply{net::http_answer(
          200, ews::soap("UploadItems", ews::success("UploadItems", "<m:ItemId Id='N0'/>") +
                                            ews::failure("UploadItems", "ErrorServerBusy")))};
    return net::TestReply{reply_to(request, 1)};
  });
  const auto results = u.upload({1000, 1000});
  ASSERT_TRUE(results) << results.error().what;
  EXPECT_TRUE((*results)[0] && (*results)[1]);
  EXPECT_EQ(uploads, 3);
}

}  // namespace
}  // namespace mk::source
