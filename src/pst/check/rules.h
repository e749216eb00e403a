#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "pst/check/rule_table.h"

namespace mk::pst::check {

/// Names a rule by its code; a code that is not in the table does not compile.
struct RuleId {
  std::size_t index;
  consteval RuleId(const char* code) : index(find(code)) {}  // implicit: add("page.crc", ...) reads well
  explicit constexpr RuleId(std::size_t i) : index(i) {}
  constexpr const Rule& rule() const { return kRules[index]; }

 private:
  static consteval std::size_t find(std::string_view code) {
    for (std::size_t i = 0; i < kRules.size(); ++i)
      if (kRules[i].code == code) return i;
    throw "no rule has this code";  // never runs: it ends the compilation
  }
};

constexpr std::string_view weight_name(Weight w) {
  return w == Weight::kFatal ? "fatal" : w == Weight::kRepair ? "repair" : "note";
}
constexpr std::string_view scope_name(Scope s) {
  return s == Scope::kWriter   ? "strict"
         : s == Scope::kNewPst ? "since 2007"
         : s == Scope::kPst    ? "not in OST"
                               : "";
}

}  // namespace mk::pst::check
