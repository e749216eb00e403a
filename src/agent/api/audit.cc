#include <algorithm>

#include "agent/api/input.h"
#include "agent/api/routes.h"

namespace mk::agent {
namespace {

constexpr std::int64_t kMost = 1000, kUsual = 100;
constexpr std::int64_t kEnd = std::numeric_limits<std::int64_t>::max();

json::object json_of(const AuditEntry& e) {
  return {{"number", e.number}, {"time", format_utc(e.time)}, {"who", e.who},         {"from", e.from},
          {"action", e.action}, {"object", e.object},         {"outcome", e.outcome}, {"detail", e.detail}};
}

json::object json_of(const AuditHead& head) { return {{"number", head.number}, {"hash", to_hex(head.hash)}}; }

Result<net::HttpReply> list(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto before, query_number(call, "before", {1, kEnd, 0}));
  TRY_ASSIGN(const auto limit, query_number(call, "limit", {1, kMost, kUsual}));
  TRY_ASSIGN(const auto entries, agent.state().audit().list(before, static_cast<std::size_t>(limit)));
  json::array out;
  for (const auto& e : entries) out.push_back(json_of(e));
  return reply_of(json::object{{"entries", std::move(out)}});
}

/// A head that was kept elsewhere; none: the chain alone is looked at.
Result<std::optional<AuditHead>> known_head(const Call& call) {
  TRY_ASSIGN(const auto number, query_number(call, "number", {0, kEnd, -1}));
  const auto hash = call.query.find("hash");
  if (number < 0 && hash == call.query.end()) return std::optional<AuditHead>();
  if (number < 0 || hash == call.query.end()) return Error{Code::kInvalid, "number and hash belong together"};
  TRY_ASSIGN(const auto bytes, from_hex(hash->second));
  AuditHead head{number, {}};
  if (bytes.size() != head.hash.size()) return Error{Code::kInvalid, "hash: is not 64 hexadecimal digits"};
  const auto from = as_bytes(bytes);
  std::copy(from.begin(), from.end(), head.hash.begin());
  return std::optional(head);
}

Result<net::HttpReply> verify_chain(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto known, known_head(call));
  TRY_ASSIGN(const auto faults, agent.state().audit().verify(known));
  json::array out;
  for (const auto& f : faults) out.push_back(json::object{{"number", f.number}, {"what", f.what}});
  return reply_of(json::object{{"holds", faults.empty()}, {"faults", std::move(out)}});
}

}  // namespace

void add_audit_routes(Router& router, Agent& agent) {
  router.add({"GET", "/api/v1/audit", kAuditors, "", [&](Call& call) { return list(call, agent); }});
  router.add({"GET", "/api/v1/audit/head", kAuditors, "", [&](Call&) -> Result<net::HttpReply> {
                TRY_ASSIGN(const auto head, agent.state().audit().head());
                return reply_of(json_of(head));
              }});
  router.add(
      {"GET", "/api/v1/audit/verify", kAuditors, "", [&](Call& call) { return verify_chain(call, agent); }});
}

}  // namespace mk::agent
