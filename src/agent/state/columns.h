#pragma once
#include <optional>
#include <span>
#include <string>

#include "base/time.h"
#include "sql/database.h"

namespace mk::agent {

// Times, counts and enums as columns.

inline sql::Value column(FileTime t) { return static_cast<std::int64_t>(t.ticks); }
inline sql::Value column(const std::optional<FileTime>& t) { return t ? column(*t) : sql::Value(); }
inline sql::Value column(std::uint64_t n) { return static_cast<std::int64_t>(n); }
inline sql::Value column(unsigned n) { return static_cast<std::int64_t>(n); }
inline sql::Value column(std::string_view text) { return std::string(text); }

inline FileTime time_at(const sql::Row& row, int c) { return {static_cast<std::uint64_t>(row.integer(c))}; }
inline std::optional<FileTime> optional_time_at(const sql::Row& row, int c) {
  return row.is_null(c) ? std::nullopt : std::optional(time_at(row, c));
}
inline std::uint64_t count_at(const sql::Row& row, int c) {
  return static_cast<std::uint64_t>(row.integer(c));
}

/// An enum and its name, as in JSON and in the state.
template <class E>
struct Named {
  E value;
  std::string_view name;
};
template <class E>
std::string_view find_name(std::span<const Named<E>> all, E value) {
  for (const auto& n : all)
    if (n.value == value) return n.name;
  return "?";
}
template <class E>
std::optional<E> find_value(std::span<const Named<E>> all, std::string_view name) {
  for (const auto& n : all)
    if (n.name == name) return n.value;
  return std::nullopt;
}
/// `"a", "b" or "c"`
template <class E>
std::string list_names(std::span<const Named<E>> all) {
  std::string out;
  for (std::size_t i = 0; i < all.size(); ++i)
    out += (i == 0 ? "\"" : i + 1 == all.size() ? " or \"" : ", \"") + std::string(all[i].name) + '"';
  return out;
}

}  // namespace mk::agent
