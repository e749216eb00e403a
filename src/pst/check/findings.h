#pragma once
#include <array>
#include <functional>
#include <string>

#include "base/bytes.h"
#include "pst/check/rules.h"
#include "pst/ids.h"

namespace mk::pst::check {

/// One rule that is broken in one place.
struct Finding {
  const Rule* rule = nullptr;
  Weight weight = Weight::kNote;  // the rule's, or less where the rule does not hold
  std::string place;              // outermost first: "node 0x200024, property 0xe08"
  std::string expected, found;
};

/// Where the check is: a chain on the stack, turned into text only when there is something to say.
struct Where {
  const Where* up = nullptr;
  const char* what = "";
  std::uint64_t id = 0;
  const char* part = "";  // a field, or what of it
  std::string text() const;
};

/// Takes what is found: counts all of it, hands on what is not above the limit for its code.
class Findings {
 public:
  using Sink = std::function<void(const Finding&)>;
  struct Options {
    bool strict = false;
    std::uint64_t limit = 20;  // findings of one code that are handed on
  };
  Findings(Options options, Sink sink) : options_(options), sink_(std::move(sink)) {}

  /// What kind of file it is decides where some rules hold.
  void set_kind(bool is_ost, bool is_old) {
    is_ost_ = is_ost;
    is_old_ = is_old;
  }
  void add(RuleId rule, const Where& where, std::string expected, std::string found);
  /// Says nothing when the two are equal.
  void equal(RuleId rule, const Where& where, std::uint64_t found, std::uint64_t expected);
  void expect(bool holds, RuleId rule, const Where& where, const char* expected, std::uint64_t found);
  void expect(bool holds, RuleId rule, const Where& where, const char* expected, const char* found);

  std::uint64_t count(std::size_t rule) const { return counts_[rule]; }
  std::uint64_t count(Weight weight) const { return by_weight_[static_cast<std::size_t>(weight)]; }
  std::uint64_t above_note() const { return count(Weight::kRepair) + count(Weight::kFatal); }

 private:
  Weight weight_of(const Rule& rule) const;
  Options options_;
  Sink sink_;
  bool is_ost_ = false, is_old_ = false;
  std::array<std::uint64_t, kRules.size()> counts_{};
  std::array<std::uint64_t, 3> by_weight_{};
};

/// The first bytes of a value in hexadecimal, with its length.
std::string shown(Bytes value);

}  // namespace mk::pst::check
