#include "agent/api/input.h"
#include "agent/api/routes.h"
#include "agent/restore/views.h"

namespace mk::agent {
namespace {

constexpr std::int64_t kMost = 1000, kUsual = 100;
constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

std::string text(const Call& call, const char* name) {
  const auto found = call.query.find(name);
  return found == call.query.end() ? std::string() : found->second;
}
Result<FileTime> time(const Call& call, const char* name) {
  const auto given = text(call, name);
  if (given.empty()) return FileTime{};
  auto parsed = parse_utc(given);
  if (!parsed) return std::move(parsed).error().in(name);
  return parsed;
}

Result<Search> question(const Call& call) {
  Search s;
  auto& q = s.query;
  q.words = text(call, "words"), q.subject = text(call, "subject"), q.sender = text(call, "sender");
  q.mailbox = text(call, "mailbox"), q.folder = text(call, "folder"), q.item_class = text(call, "class");
  q.with_attachments = text(call, "attachments") == "true";
  TRY_ASSIGN(q.since, time(call, "since"));
  TRY_ASSIGN(q.until, time(call, "until"));
  TRY_ASSIGN(q.at, time(call, "at"));
  TRY_ASSIGN(q.before, query_number(call, "before", {1, kEnd, 0}));
  TRY_ASSIGN(const auto limit, query_number(call, "limit", {1, kMost, kUsual}));
  q.limit = static_cast<std::size_t>(limit);
  TRY_ASSIGN(s.since, time(call, "deleted_since"));
  s.item = text(call, "versions_of");
  if (s.since.ticks != 0) s.what = Search::What::kDeletedSince;
  if (!s.item.empty()) s.what = Search::What::kVersions;
  if (s.since.ticks != 0 && !s.item.empty())
    return Error{Code::kInvalid, "deleted_since and versions_of are two questions; ask one"};
  return s;
}

Result<SearchResult> ask_one(const Call& call, const Search& s, Agent& agent) {
  TRY_ASSIGN(const auto saved, agent.state().schedules().find(text(call, "schedule")));
  return search(saved.schedule, text(call, "destination"), s, agent.workshop());
}

Result<SearchResult> ask_all(const Call& call, const Search& s, Agent& agent) {
  if (!text(call, "destination").empty())
    return Error{Code::kInvalid, "destination: belongs to a schedule, which is missing in the query"};
  TRY_ASSIGN(const auto saved, agent.state().schedules().list());
  std::vector<Schedule> schedules;
  for (const auto& one : saved) schedules.push_back(one.schedule);
  return search_all(schedules, s, agent.workshop());
}

Result<net::HttpReply> ask(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto s, question(call));
  call.object = text(call, "schedule");
  call.detail = call.request.query;
  TRY_ASSIGN(const auto result, call.object.empty() ? ask_all(call, s, agent) : ask_one(call, s, agent));
  json::array found;
  for (const auto& f : result.found) found.push_back(view_of(f));
  return reply_of(json::object{{"found", std::move(found)},
                               {"not_indexed", texts(result.not_indexed)},
                               {"unread", texts(result.unread)}});
}

}  // namespace

void add_search_routes(Router& router, Agent& agent) {
  router.add(
      {"GET", "/api/v1/search", kRestorers, "item.search", [&](Call& call) { return ask(call, agent); }});
}

}  // namespace mk::agent
