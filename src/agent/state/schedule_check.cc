#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "agent/state/json_fields.h"
#include "agent/state/schedule_json.h"
#include "base/text.h"
#include "store/s3_address.h"

namespace mk::agent {
namespace {

constexpr std::size_t kMaxNameBytes = 200;
constexpr std::uint64_t kMinPstBytes = 1'000'000, kMaxPstBytes = std::uint64_t{50} << 30;  // as Outlook opens

Error invalid(const std::string& where, const std::string& why) {
  return {Code::kInvalid, where + ": " + why};
}

/// Holds values against the rules of their fields. Sticky, like a reader.
class Checker {
 public:
  explicit Checker(std::string path = {}) : path_(std::move(path)) {}
  template <class T>
  void operator()(const char* name, T&& value, const Rule& rule = {}) {
    if (went_) look(path_ + name, value, rule);
  }
  const Status& went() const { return went_; }

 private:
  void fail(const std::string& where, const std::string& why) { went_ = invalid(where, why); }

  template <class T>
  void look(const std::string& where, T& value, const Rule& rule) {
    if constexpr (std::is_same_v<T, bool>) {
      return;
    } else if constexpr (std::is_enum_v<T>) {
      if (find_name(names(value), value) == "?") fail(where, "is not " + list_names(names(value)));
    } else if constexpr (std::is_integral_v<T>) {
      look_at_number(where, value, rule);
    } else {
      Checker nested(where + ".");
      fields(nested, value);
      went_ = nested.went();
    }
  }
  void look(const std::string& where, std::string& text, const Rule& rule) {
    if (rule.filled && text.empty()) return fail(where, "is empty");
    if (text.find('\0') != std::string::npos || !is_utf8(text)) fail(where, "is not UTF-8 without NUL");
  }
  template <class Period>
  void look(const std::string& where, std::chrono::duration<std::int64_t, Period>& value, const Rule& rule) {
    // what is negative is out of every range
    look_at_number(where, static_cast<std::uint64_t>(value.count()), rule);
  }
  void look(const std::string&, FileTime&, const Rule&) {}
  void look(const std::string& where, TimeOfDay& at, const Rule&) {
    if (at.value.count() < 0 || at.value.count() >= 24 * 60) fail(where, "is no time of a day");
  }
  void look(const std::string& where, Date& date, const Rule&) {
    if (!date.value.ok()) fail(where, "is no day of the calendar");
  }
  void look(const std::string& where, DaySet& days, const Rule&) {
    if (days.value == 0 || days.value > kAllDays) fail(where, "at least one day of the week is needed");
  }
  template <class T>
  void look(const std::string& where, std::optional<T>& value, const Rule& rule) {
    if (value) look(where, *value, rule);
  }
  template <class T>
  void look(const std::string& where, std::vector<T>& list, const Rule& rule) {
    if (rule.filled && list.empty()) return fail(where, "at least one is needed");
    for (std::size_t i = 0; i < list.size() && went_; ++i)
      look(fmt::format("{}[{}]", where, i), list[i], {.filled = true});
  }
  void look_at_number(const std::string& where, std::uint64_t n, const Rule& rule) {
    if (n >= rule.min && n <= rule.max && (n - rule.min) % rule.step == 0) return;
    fail(where, fmt::format("{} is not from {} to {}{}", static_cast<std::int64_t>(n), rule.min, rule.max,
                            rule.step == 1 ? "" : fmt::format(" in steps of {}", rule.step)));
  }

  std::string path_;
  Status went_ = ok;
};

template <class T>
Status check_fields(T value) {
  Checker checker;
  fields(checker, value);
  return checker.went();
}

Status check_absolute(const std::string& where, const std::string& path) {
  if (path.empty() || path.starts_with('/')) return ok;
  return invalid(where, path + ": a service needs the whole path, from / on");
}

Status check_sources(const Schedule& s) {
  for (std::size_t i = 0; i < s.sources.size(); ++i)
    if (s.sources[i].mailboxes.empty() && s.sources[i].include.empty())
      return invalid(fmt::format("sources[{}]", i),
                     "names no mailboxes: add some to `mailboxes`, or a pattern to `include` (* is all)");
  return ok;
}

Status check_destination(const std::string& where, const Destination& d) {
  constexpr std::string_view kS3 = "s3://";
  if (store::is_s3_url(d.place))
    return d.place.size() > kS3.size() && d.place.starts_with(kS3)
               ? Status(ok)
               : invalid(where + ".place", "s3://BUCKET/PREFIX is needed");
  if (!(d.s3_endpoint + d.s3_region + d.s3_credentials_file + d.s3_ca_file).empty())
    return invalid(where, "s3_... is only for places that begin with s3://");
  if (d.lock_days > 0)
    return invalid(where + ".lock_days",
                   "a directory cannot be locked, only a bucket with object lock (s3://BUCKET/PREFIX)");
  const std::string path(store::without_vault(d.place));
  if (path.empty()) return invalid(where + ".place", "vault:DIR is needed");
  return check_absolute(where + ".place", path);
}

Status check_destinations(const Schedule& s) {
  std::set<std::string> places;
  for (std::size_t i = 0; i < s.destinations.size(); ++i) {
    const std::string where = fmt::format("destinations[{}]", i);
    TRY(check_destination(where, s.destinations[i]));
    if (!places.insert(s.destinations[i].place).second)
      return invalid(where + ".place", s.destinations[i].place + " is there twice");
    TRY(check_absolute(where + ".s3_credentials_file", s.destinations[i].s3_credentials_file));
    TRY(check_absolute(where + ".s3_ca_file", s.destinations[i].s3_ca_file));
  }
  return ok;
}

Status check_technique(const Encryption& e) {
  const unsigned bits = e.key_bits;
  if (e.technique == "blowfish") {
    if (bits == 0 || (bits >= 64 && bits <= 448 && bits % 8 == 0)) return ok;
    return invalid("encryption.key_bits", fmt::format("{} is not from 64 to 448 in steps of 8", bits));
  }
  if (e.technique != "aes-256-gcm" && e.technique != "triple-des")
    return invalid("encryption.technique", e.technique + " is not aes-256-gcm, blowfish or triple-des");
  const unsigned own = e.technique == "triple-des" ? 192 : 256;
  if (bits == 0 || bits == own) return ok;
  return invalid("encryption.key_bits", fmt::format("{} has {} bits, not {}", e.technique, own, bits));
}

Status check_encryption(const Encryption& e) {
  TRY(check_technique(e));
  const bool custom = e.mode == Encryption::Mode::kCustom;
  if (custom) TRY(check_name("encryption.secret", e.secret));
  if (!custom && !e.secret.empty())
    return invalid("encryption.secret", "only mode \"custom\" has a secret of its own");
  return ok;
}

Status check_account(const std::string& where, const Account& a) {
  TRY(check_name(where + ".secret", a.secret));
  if (a.auth == Auth::kBasic && a.user.empty())
    return invalid(where + ".user", "is empty; only auth \"bearer\" goes without a user");
  return ok;
}

}  // namespace

Status check_name(std::string_view what, std::string_view name) {
  const std::string where(what);
  if (name.empty() || name.size() > kMaxNameBytes)
    return invalid(where, fmt::format("a name has 1 to {} bytes, not {}", kMaxNameBytes, name.size()));
  if (!is_utf8(name)) return invalid(where, "a name is UTF-8");
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  // U+0080 to U+009F are control characters, too
  bool control = std::any_of(name.begin(), name.end(), is_control);
  for (std::size_t i = 0; i + 1 < name.size(); ++i)
    control = control || (name[i] == '\xC2' && static_cast<unsigned char>(name[i + 1]) < 0xA0);
  if (control) return invalid(where, "a name has no control characters");
  if (name.front() == ' ' || name.back() == ' ') return invalid(where, "a name has no blanks at its ends");
  return ok;
}

Status check(const Schedule& s) {
  TRY(check_fields(s));
  TRY(check_name("name", s.name));
  TRY(check_sources(s));
  TRY(check_destinations(s));
  TRY(check_absolute("temporary", s.temporary));
  TRY(check_encryption(s.encryption));
  if (s.max_pst_bytes != 0 && (s.max_pst_bytes < kMinPstBytes || s.max_pst_bytes > kMaxPstBytes))
    return invalid("max_pst_bytes", fmt::format("{} is not 0 (20 GB) or from {} to {}", s.max_pst_bytes,
                                                kMinPstBytes, kMaxPstBytes));
  using Kind = Timing::Kind;
  if (s.incremental && (s.incremental->kind == Kind::kMonthly || s.incremental->kind == Kind::kOnce))
    return invalid("incremental.kind", "incrementals are \"weekly\", \"daily\" or \"every\"");
  return ok;
}

Status check(const NotificationSettings& n) {
  TRY(check_fields(n));
  if (n.smtp && !n.smtp->user.empty()) TRY(check_name("smtp.secret", n.smtp->secret));
  if (n.smtp) TRY(check_absolute("smtp.ca_file", n.smtp->ca_file));
  return ok;
}

Status check(const Connection& c) {
  TRY(check_fields(c));
  TRY(check_name("name", c.name));
  TRY(check_account("backup", c.backup));
  if (c.restore) TRY(check_account("restore", c.restore->account));
  TRY(check_absolute("ca_file", c.ca_file));
  return check_absolute("mailboxes_file", c.mailboxes_file);
}

}  // namespace mk::agent
