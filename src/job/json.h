#pragma once
// For .cc files only: JSON objects with defaults, so that an older or hand-made line never crashes a reader.
#include <boost/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/text.h"
#include "base/time.h"

namespace mk::job {

using Object = boost::json::object;

/// Errors: kCorrupt  not a JSON object
inline Result<Object> parse_object(std::string_view json) {
  boost::json::error_code failed;
  auto value = boost::json::parse(json, failed);
  if (failed || !value.is_object())
    return Error{Code::kCorrupt, "a line is no JSON object: " + failed.message()};
  return std::move(value.as_object());
}

inline std::string text_in(const Object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return v != nullptr && v->is_string() ? std::string(v->as_string()) : std::string{};
}
inline std::uint64_t number_in(const Object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  if (v == nullptr) return 0;
  if (v->is_uint64()) return v->as_uint64();
  return v->is_int64() && v->as_int64() > 0 ? static_cast<std::uint64_t>(v->as_int64()) : 0;
}
inline std::int64_t signed_in(const Object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return v != nullptr && v->is_int64() ? v->as_int64() : 0;
}
inline bool flag_in(const Object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return v != nullptr && v->is_bool() && v->as_bool();
}
inline FileTime time_in(const Object& o, std::string_view key) {
  const auto parsed = parse_utc(text_in(o, key));
  return parsed ? *parsed : FileTime{};
}
/// The texts of the list below `key`; what is no text is left out.
inline std::vector<std::string> texts_in(const Object& o, std::string_view key) {
  std::vector<std::string> out;
  const auto* v = o.if_contains(key);
  if (v == nullptr || !v->is_array()) return out;
  for (const auto& text : v->as_array())
    if (text.is_string()) out.emplace_back(text.as_string());
  return out;
}
inline boost::json::array json_texts(std::span<const std::string> list) {
  boost::json::array a;
  for (const auto& s : list) a.emplace_back(valid_utf8(s));
  return a;
}
/// The object below `key`, an empty one when there is none.
inline const Object& object_in(const Object& o, std::string_view key) {
  static const Object none;
  const auto* v = o.if_contains(key);
  return v != nullptr && v->is_object() ? v->as_object() : none;
}

// Fields that say nothing are left out.
inline void put(Object& o, std::string_view key, std::string_view text) {
  if (!text.empty()) o[key] = valid_utf8(text);
}
inline void put(Object& o, std::string_view key, std::uint64_t n) {
  if (n != 0) o[key] = n;
}
inline void put_flag(Object& o, std::string_view key, bool flag) {
  if (flag) o[key] = true;
}
inline void put(Object& o, std::string_view key, FileTime t) {
  if (t.ticks != 0) o[key] = format_utc(t);
}

}  // namespace mk::job
