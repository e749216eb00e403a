#include "agent/state/schedule_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "agent/state/json_fields.h"

namespace mk::agent {
namespace {

namespace json = boost::json;
constexpr std::size_t kMaxBytes = 4 << 20;
constexpr std::size_t kMaxDepth = 16;

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

class Writer {
 public:
  template <class T>
  void operator()(const char* name, T&& value, const Rule& = {}) {
    if constexpr (kIsOptional<std::remove_cvref_t<T>>) {
      if (value) object_[name] = value_of(*value);
    } else {
      object_[name] = value_of(value);
    }
  }
  json::object take() { return std::move(object_); }

 private:
  template <class T>
  static json::value value_of(T& value) {
    using V = std::remove_cv_t<T>;
    if constexpr (std::is_enum_v<V>) {
      return json::value(find_name(names(value), value));
    } else if constexpr (std::is_arithmetic_v<V>) {
      return json::value(value);
    } else {
      Writer nested;
      fields(nested, value);
      return nested.take();
    }
  }
  static json::value value_of(std::string& text) { return json::value(text); }
  static json::value value_of(std::chrono::minutes& d) { return json::value(d.count()); }
  static json::value value_of(std::chrono::seconds& d) { return json::value(d.count()); }
  static json::value value_of(FileTime& t) { return json::value(format_utc(t)); }
  static json::value value_of(TimeOfDay& t) {
    return json::value(fmt::format("{:02}:{:02}", t.value.count() / 60, t.value.count() % 60));
  }
  static json::value value_of(Date& d) {
    return json::value(fmt::format("{:04}-{:02}-{:02}", int(d.value.year()), unsigned(d.value.month()),
                                   unsigned(d.value.day())));
  }
  static json::value value_of(DaySet& days) {
    json::array out;
    for (std::size_t i = 0; i < std::size(kDayNames); ++i)
      if ((days.value >> i & 1) != 0) out.emplace_back(kDayNames[i]);
    return out;
  }
  template <class T>
  static json::value value_of(std::vector<T>& list) {
    json::array out;
    for (T& element : list) out.push_back(value_of(element));
    return out;
  }

  json::object object_;
};

/// Sticky: what comes behind the first error is not looked at.
class Reader {
 public:
  explicit Reader(const json::object& from, std::string path = {}) : from_(from), path_(std::move(path)) {}

  template <class T>
  void operator()(const char* name, T&& value, const Rule& rule = {}) {
    if (!went_) return;
    known_.push_back(name);
    const json::value* const there = from_.if_contains(name);
    if (there != nullptr)
      take(*there, path_ + name, value);
    else if (rule.required)
      fail(path_ + name, "is missing");
  }
  Status finish() {
    for (const auto& field : from_)
      if (went_ && std::find(known_.begin(), known_.end(), field.key()) == known_.end())
        fail(path_ + std::string(field.key()),
             fmt::format("no such field here; those that there are: {}", fmt::join(known_, ", ")));
    return went_;
  }

 private:
  void fail(const std::string& where, const std::string& why) {
    went_ = Error{Code::kInvalid, where + ": " + why};
  }
  void fail_type(const std::string& where, const json::value& is, const std::string& expected) {
    std::string text = json::serialize(is);
    if (text.size() > 60) text = fmt::format("{} of {} bytes", json::to_string(is.kind()), text.size());
    fail(where, fmt::format("{} is not {}", text, expected));
  }

  template <class T>
  void take(const json::value& from, const std::string& where, T& value) {
    if constexpr (std::is_enum_v<T>) {
      const auto found = from.is_string() ? find_value(names(value), from.as_string()) : std::nullopt;
      if (!found) return fail_type(where, from, list_names(names(value)));
      value = *found;
    } else {
      if (!from.is_object()) return fail_type(where, from, "an object");
      Reader nested(from.as_object(), where + ".");
      fields(nested, value);
      if (went_) went_ = nested.finish();
    }
  }
  void take(const json::value& from, const std::string& where, bool& value) {
    if (!from.is_bool()) return fail_type(where, from, "true or false");
    value = from.as_bool();
  }
  void take(const json::value& from, const std::string& where, std::string& value) {
    if (!from.is_string()) return fail_type(where, from, "a text");
    value = from.as_string();
  }
  void take(const json::value& from, const std::string& where, std::uint64_t& value) {
    if (from.is_int64() && from.as_int64() >= 0)
      value = static_cast<std::uint64_t>(from.as_int64());
    else if (from.is_uint64())
      value = from.as_uint64();
    else
      fail_type(where, from, "a whole number from 0");
  }
  void take(const json::value& from, const std::string& where, unsigned& value) {
    std::uint64_t n = value;
    take(from, where, n);
    if (went_ && n > std::numeric_limits<unsigned>::max()) fail_type(where, from, "a number of that size");
    value = static_cast<unsigned>(n);
  }
  template <class Period>
  void take(const json::value& from, const std::string& where,
            std::chrono::duration<std::int64_t, Period>& value) {
    unsigned n = 0;
    take(from, where, n);
    value = std::chrono::duration<std::int64_t, Period>(n);
  }
  void take(const json::value& from, const std::string& where, FileTime& value) {
    auto parsed = from.is_string() ? parse_utc(std::string(from.as_string())) : Result<FileTime>(FileTime{});
    if (!from.is_string() || !parsed) return fail_type(where, from, "a time like \"2026-12-24T20:00:00Z\"");
    value = *parsed;
  }
  void take(const json::value& from, const std::string& where, TimeOfDay& value) {
    const auto n = from.is_string() ? numbers(from.as_string(), "dd:dd") : std::nullopt;
    if (!n || (*n)[0] > 23 || (*n)[1] > 59)
      return fail_type(where, from, "a time of day from \"00:00\" to \"23:59\"");
    value.value = std::chrono::minutes((*n)[0] * 60 + (*n)[1]);
  }
  void take(const json::value& from, const std::string& where, Date& value) {
    using namespace std::chrono;
    const auto n = from.is_string() ? numbers(from.as_string(), "dddd-dd-dd") : std::nullopt;
    if (n) value.value = {year(int((*n)[0])), month((*n)[1]), day((*n)[2])};
    if (!n || !value.value.ok()) fail_type(where, from, "a day like \"2026-12-24\"");
  }
  void take(const json::value& from, const std::string& where, DaySet& value) {
    if (!from.is_array()) return fail_type(where, from, "a list of days like [\"monday\"]");
    value.value = 0;
    for (std::size_t i = 0; i < from.as_array().size() && went_; ++i) {
      const json::value& day = from.as_array()[i];
      const auto found = std::find(std::begin(kDayNames), std::end(kDayNames),
                                   day.is_string() ? std::string_view(day.as_string()) : "");
      if (found == std::end(kDayNames))
        return fail_type(fmt::format("{}[{}]", where, i), day, fmt::format("{}", fmt::join(kDayNames, ", ")));
      value.value = static_cast<Weekdays>(value.value | 1u << (found - std::begin(kDayNames)));
    }
  }
  template <class T>
  void take(const json::value& from, const std::string& where, std::optional<T>& value) {
    value.reset();
    if (from.is_null()) return;
    T taken{};
    take(from, where, taken);
    value = std::move(taken);
  }
  template <class T>
  void take(const json::value& from, const std::string& where, std::vector<T>& list) {
    if (!from.is_array()) return fail_type(where, from, "a list");
    list.clear();
    for (std::size_t i = 0; i < from.as_array().size() && went_; ++i)
      take(from.as_array()[i], fmt::format("{}[{}]", where, i), list.emplace_back());
  }

  /// Digits where `form` has d, grouped by what is between them.
  static std::optional<std::array<unsigned, 3>> numbers(std::string_view text, std::string_view form) {
    if (text.size() != form.size()) return std::nullopt;
    std::array<unsigned, 3> out{};
    std::size_t group = 0;
    for (std::size_t i = 0; i < form.size(); ++i) {
      const bool digit = text[i] >= '0' && text[i] <= '9';
      if (form[i] == 'd' ? !digit : text[i] != form[i]) return std::nullopt;
      if (form[i] == 'd')
        out[group] = out[group] * 10 + unsigned(text[i] - '0');
      else
        ++group;
    }
    return out;
  }

  const json::object& from_;
  std::string path_;
  std::vector<std::string_view> known_;
  Status went_ = ok;
};

template <class T>
std::string format(T value) {
  Writer writer;
  fields(writer, value);
  return json::serialize(writer.take());
}

template <class T>
Result<T> parse(std::string_view text) {
  if (text.size() > kMaxBytes)
    return Error{Code::kInvalid,
                 fmt::format("{} bytes of JSON, at most {} are taken", text.size(), kMaxBytes)};
  json::error_code failed;
  json::parse_options options;
  options.max_depth = kMaxDepth;
  const json::value parsed = json::parse(text, failed, {}, options);
  if (failed) return Error{Code::kInvalid, "not JSON: " + failed.message()};
  if (!parsed.is_object()) return Error{Code::kInvalid, "not a JSON object"};
  T value;
  Reader reader(parsed.as_object());
  fields(reader, value);
  TRY(reader.finish());
  TRY(check(value));
  return value;
}

}  // namespace

std::string format_json(const Schedule& schedule) { return format(schedule); }
std::string format_json(const Connection& connection) { return format(connection); }
std::string format_json(const NotificationSettings& settings) { return format(settings); }
std::string format_json(const RestoreRequest& request) { return format(request); }
std::string format_json(const ProofRule& rule) { return format(rule); }
Result<Schedule> parse_schedule(std::string_view text) { return parse<Schedule>(text); }
Result<Connection> parse_connection(std::string_view text) { return parse<Connection>(text); }
Result<NotificationSettings> parse_notifications(std::string_view text) {
  return parse<NotificationSettings>(text);
}
Result<RestoreRequest> parse_restore_request(std::string_view text) { return parse<RestoreRequest>(text); }
Result<ProofRule> parse_proof_rule(std::string_view text) { return parse<ProofRule>(text); }

}  // namespace mk::agent
