#include <algorithm>

#include "agent/api/input.h"
#include "agent/api/routes.h"
#include "agent/restore/point_address.h"
#include "agent/restore/views.h"
#include "model/item_dump.h"

namespace mk::agent {
namespace {

constexpr std::int64_t kMost = 1000, kUsual = 100;

std::string query_text(const Call& call, const char* name) {
  const auto found = call.query.find(name);
  return found == call.query.end() ? std::string() : found->second;
}
Result<std::string> needed_text(const Call& call, const char* name) {
  auto text = query_text(call, name);
  if (text.empty()) return Error{Code::kInvalid, std::string(name) + ": is missing in the query"};
  return text;
}

Result<net::HttpReply> list(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto name, needed_text(call, "schedule"));
  TRY_ASSIGN(const auto saved, agent.state().schedules().find(name));
  TRY_ASSIGN(const auto limit, query_number(call, "limit", {1, 100 * kMost, kMost}));
  TRY_ASSIGN(auto found, list_points(saved.schedule, query_text(call, "mailbox"), agent.workshop()));
  const bool more = found.points.size() > static_cast<std::size_t>(limit);
  if (more) found.points.resize(static_cast<std::size_t>(limit));
  json::array points;
  for (const auto& p : found.points) points.push_back(view_of(p, name));
  return reply_of(
      json::object{{"points", std::move(points)}, {"more", more}, {"unread", texts(found.unread)}});
}

/// The point that {point} and the query name; for the audit log, too.
Result<OpenState> open(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto address, parse_point(call.path["point"]));
  TRY_ASSIGN(const auto saved, agent.state().schedules().find(address.schedule));
  TRY_ASSIGN(const auto mailbox, needed_text(call, "mailbox"));
  call.object = call.path["point"];
  call.detail = mailbox;
  return open_state(saved.schedule, query_text(call, "destination"), mailbox, address.at, agent.workshop());
}

Result<net::HttpReply> folders(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto opened, open(call, agent));
  json::array out;
  for (const auto& f : list_folders(opened)) out.push_back(view_of(f));
  return reply_of(json::object{
      {"destination", opened.destination}, {"name", opened.manifest().name}, {"folders", std::move(out)}});
}

Result<std::optional<catalog::Order>> order_of(const Call& call) {
  const auto name = query_text(call, "sort");
  if (name.empty()) return std::optional<catalog::Order>{};
  constexpr std::pair<std::string_view, catalog::Order> kOrders[] = {{"date", catalog::Order::kDate},
                                                                     {"subject", catalog::Order::kSubject},
                                                                     {"sender", catalog::Order::kSender},
                                                                     {"size", catalog::Order::kSize}};
  for (const auto& [text, order] : kOrders)
    if (text == name) return std::optional(order);
  return Error{Code::kInvalid, "sort: is none of date, subject, sender, size"};
}

Result<net::HttpReply> items(Call& call, Agent& agent) {
  ItemsQuery query;
  TRY_ASSIGN(query.folder, needed_text(call, "folder"));
  TRY_ASSIGN(query.order, order_of(call));
  query.descending = query_text(call, "order") != "ascending";
  query.after = query_text(call, "after");
  TRY_ASSIGN(const auto limit, query_number(call, "limit", {1, kMost, kUsual}));
  query.limit = static_cast<std::size_t>(limit);
  TRY_ASSIGN(const auto opened, open(call, agent));
  TRY_ASSIGN(const auto page, list_items(opened, query, agent.workshop()));
  json::array out;
  for (const auto& item : page.items) out.push_back(view_of(item));
  return reply_of(json::object{{"items", std::move(out)}, {"more", page.more}, {"lost", page.lost}});
}

Result<model::Item> item_of(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto folder, needed_text(call, "folder"));
  TRY_ASSIGN(const auto item, needed_text(call, "item"));
  TRY_ASSIGN(const auto opened, open(call, agent));
  call.detail += ", item " + item;
  return read_item(opened, folder, item);
}

/// All properties, as `mailkeep pst dump --json` writes them.
Result<net::HttpReply> properties(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto item, item_of(call, agent));
  net::HttpReply reply = json_reply(200, {});
  StringSink out(reply.body);
  TRY(model::dump_json(item, out));
  return reply;
}

Result<std::optional<mime::Form>> form_of(const Call& call) {
  const auto name = query_text(call, "form");
  if (name.empty()) return std::optional<mime::Form>{};
  if (name == "eml") return std::optional(mime::Form::kEml);
  if (name == "ics") return std::optional(mime::Form::kIcs);
  if (name == "vcf") return std::optional(mime::Form::kVcf);
  return Error{Code::kInvalid, "form: is none of eml, ics, vcf"};
}

/// Reads a blob and holds it for as long.
class BlobReader final : public ByteSource {
 public:
  static Result<std::unique_ptr<ByteSource>> open(BlobPtr blob) {
    TRY_ASSIGN(auto in, blob->open());
    return std::unique_ptr<ByteSource>(new BlobReader(std::move(blob), std::move(in)));
  }
  Result<std::size_t> read(std::span<std::byte> out) override { return in_->read(out); }

 private:
  BlobReader(BlobPtr blob, std::unique_ptr<ByteSource> in) : blob_(std::move(blob)), in_(std::move(in)) {}
  BlobPtr blob_;
  std::unique_ptr<ByteSource> in_;
};

/// A name for Content-Disposition: of ASCII, without what would end it.
std::string plain_name(const std::string& name) {
  std::string out = name;
  for (char& c : out)
    if (c < 0x20 || c > 0x7E || c == '"' || c == '\\') c = '_';
  return out;
}

Result<net::HttpReply> file(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto form, form_of(call));
  TRY_ASSIGN(const auto item, item_of(call, agent));
  TRY_ASSIGN(const auto file, item_file(item, form));
  net::HttpReply reply;
  reply.content_type = file.content_type;
  reply.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + plain_name(file.name) + "\"");
  TRY_ASSIGN(reply.stream, BlobReader::open(file.content));
  return reply;
}

}  // namespace

void add_point_routes(Router& router, Agent& agent) {
  router.add({"GET", "/api/v1/points", kAllRoles, "", [&](Call& call) { return list(call, agent); }});
  router.add({"GET", "/api/v1/points/{point}/folders", kRestorers, "folder.list",
              [&](Call& call) { return folders(call, agent); }});
  router.add({"GET", "/api/v1/points/{point}/items", kRestorers, "item.list",
              [&](Call& call) { return items(call, agent); }});
  router.add({"GET", "/api/v1/points/{point}/item", kRestorers, "item.read",
              [&](Call& call) { return properties(call, agent); }});
  router.add({"GET", "/api/v1/points/{point}/item/file", kRestorers, "item.read",
              [&](Call& call) { return file(call, agent); }});
}

}  // namespace mk::agent
