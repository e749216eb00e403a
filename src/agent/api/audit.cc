#include <fmt/format.h>
#include <fmt/ranges.h>

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

json::object json_of(const SignedAuditHead& s, const PublicKey& key) {
  return {{"number", s.head.number},
          {"hash", to_hex(s.head.hash)},
          {"signed_at", format_utc(s.signed_at)},
          {"signature", to_hex(s.signature)},
          {"public_key", to_hex(key)}};
}

Result<net::HttpReply> list(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto before, query_number(call, "before", {1, kEnd, 0}));
  TRY_ASSIGN(const auto limit, query_number(call, "limit", {1, kMost, kUsual}));
  TRY_ASSIGN(const auto entries, agent.state().audit().list(before, static_cast<std::size_t>(limit)));
  json::array out;
  for (const auto& e : entries) out.push_back(json_of(e));
  return reply_of(json::object{{"entries", std::move(out)}});
}

/// Bytes that the query has as hexadecimal digits.
template <class Array>
Status read_hex(const Call& call, const char* name, Array& out) {
  TRY_ASSIGN(const auto bytes, from_hex(call.query.at(name)));
  if (bytes.size() != out.size())
    return Error{Code::kInvalid, fmt::format("{}: is not {} hexadecimal digits", name, 2 * out.size())};
  const auto from = as_bytes(bytes);
  std::copy(from.begin(), from.end(), out.begin());
  return ok;
}

/// Whether all of them are in the query.  Errors: kInvalid  only some are
Result<bool> has(const Call& call, std::initializer_list<const char*> names) {
  const auto n =
      std::count_if(names.begin(), names.end(), [&](const char* name) { return call.query.contains(name); });
  if (n == 0 || n == static_cast<std::ptrdiff_t>(names.size())) return n != 0;
  return Error{Code::kInvalid, fmt::format("{} belong together", fmt::join(names, " and "))};
}

/// A head that was kept elsewhere; none: the chain alone is looked at.
Result<std::optional<AuditHead>> known_head(const Call& call) {
  TRY_ASSIGN(const bool given, has(call, {"number", "hash"}));
  if (!given) return std::optional<AuditHead>();
  AuditHead head;
  TRY_ASSIGN(head.number, query_number(call, "number", {0, kEnd, 0}));
  TRY(read_hex(call, "hash", head.hash));
  return std::optional(head);
}

/// Whether this agent gave the head out.  Errors: kInvalid  there is no head
Result<bool> is_genuine(const Call& call, const std::optional<AuditHead>& head, const PublicKey& key) {
  TRY_ASSIGN(const bool given, has(call, {"signed_at", "signature"}));
  if (!given) return true;
  if (!head) return Error{Code::kInvalid, "a signature is that of a head: number and hash are missing"};
  SignedAuditHead s{*head, {}, {}};
  TRY_ASSIGN(s.signed_at, parse_utc(call.query.at("signed_at")));
  TRY(read_hex(call, "signature", s.signature));
  return verify(key, s);
}

Result<net::HttpReply> verify_chain(Call& call, Agent& agent) {
  TRY_ASSIGN(const auto known, known_head(call));
  TRY_ASSIGN(const bool genuine, is_genuine(call, known, agent.state().signing_key().public_key()));
  TRY_ASSIGN(auto faults, agent.state().audit().verify(known));
  if (!genuine)
    faults.push_back({known->number,
                      "the head does not have this agent's signature: it was changed, or the agent's state "
                      "was made anew"});
  json::array out;
  for (const auto& f : faults) out.push_back(json::object{{"number", f.number}, {"what", f.what}});
  return reply_of(json::object{{"holds", faults.empty()}, {"faults", std::move(out)}});
}

}  // namespace

void add_audit_routes(Router& router, Agent& agent) {
  router.add({"GET", "/api/v1/audit", kAuditors, "", [&](Call& call) { return list(call, agent); }});
  router.add({"GET", "/api/v1/audit/head", kAuditors, "", [&](Call&) -> Result<net::HttpReply> {
                const auto& key = agent.state().signing_key();
                TRY_ASSIGN(const auto head, agent.state().audit().head());
                return reply_of(json_of(sign(key, head, agent.now()), key.public_key()));
              }});
  router.add(
      {"GET", "/api/v1/audit/verify", kAuditors, "", [&](Call& call) { return verify_chain(call, agent); }});
}

}  // namespace mk::agent
