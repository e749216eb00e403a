// Any bytes are a request to the simulator (or, beginning with a brace, a script of faults): it answers, and
// goes on answering. {inbox}, {drafts}, {item0}, {item1} and {item2} stand for ids that exist.
#include "sim/service.h"
#include "sim/synthetic.h"

namespace {

using namespace mk;
using namespace mk::sim;

constexpr const char* kAlice = "alice@example.test";
constexpr std::uint64_t kMaxReplyBytes = 64 << 20;

FileTime fixed_now() { return {133'500'000'000'000'000ULL}; }

/// One mailbox with three items.
struct Exchange : World {
  Exchange() {
    now = fixed_now;
    secret = "secret";
    for (const auto& v : known_versions()) versions.push_back(v.version);
    users.push_back(*parse_user(std::string(kAlice) + ":pw:impersonate"));
    auto mailbox = std::make_unique<Mailbox>(kAlice, *Spool::open(std::filesystem::temp_directory_path()));
    static const SyntheticItems items({3, 2000, 1, 1});  // its pools take long to make
    for (std::uint64_t i = 0; i < 3; ++i)
      mailbox->add_item(mailbox->well_known("inbox")->number, false, items.bytes(i), items.facts(i));
    mailboxes[kAlice] = std::move(mailbox);
  }
};

void replace_all(std::string& text, std::string_view what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size())
    text.replace(at, what.size(), with);
}

std::string with_ids(std::string text, Mailbox& mailbox) {
  if (text.find('{') == std::string::npos) return text;
  for (const char* name : {"inbox", "drafts"})
    replace_all(text, "{" + std::string(name) + "}", format_id(mailbox.ref(*mailbox.well_known(name))));
  int n = 0;
  for (const auto& [number, item] : mailbox.well_known("inbox")->items)
    replace_all(text, "{item" + std::to_string(n++) + "}", format_id(mailbox.ref(*item)));
  return text;
}

unsigned answered(World& world, std::string path, std::string body) {
  static const std::string credentials = "Basic " + to_base64(as_bytes(std::string(kAlice) + ":pw"));
  net::HttpRequest request;
  request.method = "POST";
  request.path = std::move(path);
  request.body = std::move(body);
  request.headers = {{"Authorization", credentials}};
  request.from_loopback = true;
  auto reply = answer_request(world, std::move(request));
  if (reply.stream) MK_CHECK(read_all(*reply.stream, kMaxReplyBytes));
  return reply.status;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Exchange world;
  const std::string body(reinterpret_cast<const char*>(data), size);
  if (body.starts_with('{')) {
    const unsigned status = answered(world, "/admin/faults", body);
    MK_CHECK(status == 200 || status == 400);
  }
  const unsigned status = answered(world, "/EWS/Exchange.asmx", with_ids(body, *world.mailbox(kAlice)));
  MK_CHECK(status == 200 || status == 500);
  const unsigned after = answered(
      world, "/EWS/Exchange.asmx",
      "<s:Envelope xmlns:s=\"s\" xmlns:t=\"t\" xmlns:m=\"m\"><s:Header><t:RequestServerVersion "
      "Version=\"Exchange2013_SP1\"/></"
      "s:Header><s:Body><m:SyncFolderItems><m:ItemShape><t:BaseShape>AllProperties"
      "</t:BaseShape></m:ItemShape><m:SyncFolderId><t:DistinguishedFolderId Id=\"inbox\"/></m:SyncFolderId>"
      "<m:MaxChangesReturned>512</m:MaxChangesReturned></m:SyncFolderItems></s:Body></s:Envelope>");
  MK_CHECK(after == 200 || body.starts_with('{'));
  return 0;
}
