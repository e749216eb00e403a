#pragma once
#include <compare>
#include <cstdint>

namespace mk::agent {

/// The number of a row; never given twice.
template <class Tag>
struct RowId {
  std::int64_t value = 0;
  auto operator<=>(const RowId&) const = default;
};

using ScheduleId = RowId<struct ScheduleTag>;
using RunId = RowId<struct RunTag>;
using TaskId = RowId<struct TaskTag>;
using RestoreId = RowId<struct RestoreTag>;
using TokenId = RowId<struct TokenTag>;

/// What somebody edits has a version, which grows by one with each change: who changes it says which one he
/// saw, and is refused with kConflict when it is not the newest.
template <class T>
struct Versioned {
  T value;
  std::int64_t version = 0;
};

}  // namespace mk::agent
