#include "sim/faults.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <limits>
#include <optional>

namespace mk::sim {
namespace {

namespace json = boost::json;

struct Named {
  const char* name;
  FaultKind kind;
};

constexpr Named kFaultNames[] = {
    {"busy", FaultKind::kBusy},
    {"unauthorized", FaultKind::kUnauthorized},
    {"unavailable", FaultKind::kUnavailable},
    {"reset", FaultKind::kReset},
    {"trickle", FaultKind::kTrickle},
    {"delay", FaultKind::kDelay},
    {"truncated_marker", FaultKind::kTruncatedMarker},
    {"truncated_marker_in_xml", FaultKind::kTruncatedMarkerInXml},
    {"truncated_in_record", FaultKind::kTruncatedInRecord},
    {"truncated_at_record", FaultKind::kTruncatedAtRecord},
    {"truncated_placeholder", FaultKind::kTruncatedPlaceholder},
    {"corrupt_item", FaultKind::kCorruptItem},
    {"vanished", FaultKind::kVanished},
    {"illegal_xml", FaultKind::kIllegalXml},
    {"invalid_sync_state", FaultKind::kInvalidSyncState},
    {"folder_deleted", FaultKind::kFolderDeleted},
    {"left_out", FaultKind::kLeftOut},
};

const char* name_of(FaultKind kind) {
  for (const auto& n : kFaultNames)
    if (n.kind == kind) return n.name;
  return "";
}

std::optional<FaultKind> kind_of(std::string_view name) {
  for (const auto& n : kFaultNames)
    if (name == n.name) return n.kind;
  return {};
}

Error invalid(std::string what) { return {Code::kInvalid, std::move(what)}; }

Status set_text(const json::object& o, const char* key, std::string& into) {
  const auto* v = o.if_contains(key);
  if (v == nullptr) return ok;
  if (!v->is_string()) return invalid(fmt::format("\"{}\" is not a string", key));
  into = std::string(v->get_string());
  return ok;
}

template <class N>
Status set_number(const json::object& o, const char* key, N& into) {
  const auto* v = o.if_contains(key);
  if (v == nullptr) return ok;
  json::error_code ec;
  const N n = v->to_number<N>(ec);
  if (ec) return invalid(fmt::format("\"{}\" is not a number in range", key));
  into = n;
  return ok;
}

Status refuse_unknown_members(const json::object& o) {
  constexpr std::string_view kKnown[] = {"fault",      "operation", "mailbox",     "folder", "item",
                                         "subject",    "index",     "probability", "after",  "times",
                                         "backoff_ms", "delay_ms",  "bytes",       "text"};
  for (const auto& member : o)
    if (std::find(std::begin(kKnown), std::end(kKnown), std::string_view(member.key())) == std::end(kKnown))
      return invalid(fmt::format("\"{}\" is not a member of a fault", std::string_view(member.key())));
  return ok;
}

Result<Fault> parse_fault(const json::value& value) {
  if (!value.is_object()) return invalid("not an object");
  const auto& o = value.get_object();
  TRY(refuse_unknown_members(o));
  Fault f;
  std::string kind;
  TRY(set_text(o, "fault", kind));
  const auto k = kind_of(kind);
  if (!k) return invalid(fmt::format("\"{}\" is not a kind of fault", kind));
  f.kind = *k;
  TRY(set_text(o, "operation", f.operation));
  TRY(set_text(o, "mailbox", f.mailbox));
  TRY(set_text(o, "folder", f.folder));
  TRY(set_text(o, "item", f.item_id));
  TRY(set_text(o, "subject", f.subject));
  TRY(set_number(o, "index", f.item_index));
  TRY(set_number(o, "probability", f.probability));
  TRY(set_number(o, "after", f.after));
  TRY(set_number(o, "times", f.times));
  TRY(set_number(o, "backoff_ms", f.milliseconds));
  TRY(set_number(o, "delay_ms", f.milliseconds));
  TRY(set_number(o, "bytes", f.bytes));
  TRY(set_text(o, "text", f.text));
  return f;
}

bool fits(std::string_view wanted, std::string_view given) { return wanted.empty() || wanted == given; }

bool matches(const Fault& f, const FaultPlace& p) {
  return fits(f.operation, p.operation) && fits(f.mailbox, p.mailbox) && fits(f.folder, p.folder) &&
         fits(f.item_id, p.item_id) &&
         (f.subject.empty() || p.subject.find(f.subject) != std::string_view::npos) &&
         (f.item_index < 0 || f.item_index == p.item_index);
}

}  // namespace

Result<Faults> Faults::parse(std::string_view text) {
  json::error_code ec;
  json::parse_options options;
  options.allow_comments = true;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), ec, {}, options);
  if (ec) return invalid(fmt::format("fault script: {}", ec.message()));
  if (!value.is_object()) return invalid("fault script: not an object");
  Faults out;
  if (auto s = set_number(value.get_object(), "seed", out.random_); !s)
    return std::move(s).error().in("fault script");
  const auto* list = value.get_object().if_contains("faults");
  if (list == nullptr || !list->is_array()) return invalid("fault script: no array \"faults\"");
  for (std::size_t i = 0; i < list->get_array().size(); ++i) {
    auto f = parse_fault(list->get_array()[i]);
    if (!f) return std::move(f).error().in(fmt::format("fault script: rule {}", i));
    out.rules_.push_back(*std::move(f));
  }
  return out;
}

bool Faults::chance(double probability) {
  if (probability >= 1.0) return true;
  // splitmix64: small, and the same everywhere
  std::uint64_t z = (random_ += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53 < probability;
}

std::vector<Fault> Faults::fire(const FaultPlace& place, std::initializer_list<FaultKind> kinds) {
  std::vector<Fault> out;
  for (auto& rule : rules_) {
    if (std::find(kinds.begin(), kinds.end(), rule.kind) == kinds.end() || !matches(rule, place)) continue;
    if (rule.matched++ < rule.after || rule.times == rule.fired || !chance(rule.probability)) continue;
    ++rule.fired;
    out.push_back(rule);
  }
  return out;
}

std::string Faults::json() const {
  json::array list;
  for (const auto& f : rules_)
    list.push_back({{"fault", name_of(f.kind)},
                    {"operation", f.operation},
                    {"mailbox", f.mailbox},
                    {"folder", f.folder},
                    {"item", f.item_id},
                    {"subject", f.subject},
                    {"times", f.times},
                    {"matched", f.matched},
                    {"fired", f.fired}});
  return json::serialize(json::object{{"faults", std::move(list)}});
}

}  // namespace mk::sim
