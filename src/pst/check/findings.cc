#include "pst/check/findings.h"

#include <fmt/format.h>

namespace mk::pst::check {

std::string Where::text() const {
  std::string out = up != nullptr ? up->text() : "";
  if (*what != '\0') out += fmt::format("{}{} {:#x}", out.empty() ? "" : ", ", what, id);
  if (*part != '\0') out += fmt::format("{}{}", out.empty() ? "" : ", ", part);
  return out;
}

Weight Findings::weight_of(const Rule& rule) const {
  const bool holds = rule.scope == Scope::kAll || (rule.scope == Scope::kPst && !is_ost_) ||
                     (rule.scope == Scope::kNewPst && (options_.strict || (!is_ost_ && !is_old_))) ||
                     (rule.scope == Scope::kWriter && options_.strict);
  return holds ? rule.weight : Weight::kNote;
}

void Findings::add(RuleId rule, const Where& where, std::string expected, std::string found) {
  const Weight weight = weight_of(rule.rule());
  ++by_weight_[static_cast<std::size_t>(weight)];
  if (counts_[rule.index]++ >= options_.limit || !sink_) return;
  sink_({&rule.rule(), weight, where.text(), std::move(expected), std::move(found)});
}

void Findings::equal(RuleId rule, const Where& where, std::uint64_t found, std::uint64_t expected) {
  if (found == expected) return;
  add(rule, where, fmt::format("{:#x}", expected), fmt::format("{:#x}", found));
}

void Findings::expect(bool holds, RuleId rule, const Where& where, const char* expected,
                      std::uint64_t found) {
  if (!holds) add(rule, where, expected, fmt::format("{:#x}", found));
}

void Findings::expect(bool holds, RuleId rule, const Where& where, const char* expected, const char* found) {
  if (!holds) add(rule, where, expected, found);
}

std::string shown(Bytes value) {
  constexpr std::size_t kShown = 24;
  const Bytes front = value.first(std::min(value.size(), kShown));
  return fmt::format("{} bytes {}{}", value.size(), to_hex(front), front.size() < value.size() ? "..." : "");
}

}  // namespace mk::pst::check
