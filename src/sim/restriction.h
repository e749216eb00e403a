#pragma once
// Private to sim.
#include "sim/item_shape.h"

namespace mk::sim {

/// The value of one path of an item, as text that can be compared, and how to compare it.
struct Comparable {
  std::string text;
  enum class Kind { kText, kNumber } kind = Kind::kText;
  std::vector<std::string> elements;  // of a multi-valued one
};

/// Nothing when the item does not have it.  Problems: ErrorUnsupportedPathForQuery
Outcome<std::optional<Comparable>> value_of(const Path& path, ItemView& view);

/// t:And, t:Or, t:Not, t:Exists, t:IsEqualTo and its like, t:Contains, t:Excludes.
/// Problems: ErrorUnsupportedPathForQuery, ErrorInvalidRestriction
Outcome<bool> matches(pugi::xml_node restriction, ItemView& view);

/// Less than zero, zero, more than zero.
int compare(const Comparable& a, const Comparable& b);

}  // namespace mk::sim
