#include "pst/where.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/safe_name.h"
#include "model/tags.h"

namespace mk::pst {
namespace {

namespace pid = model::pid;

constexpr const char* kKeys =
    "folder, since, before, received-since, received-before, sent-since, sent-before, from, class";
/// Name and address as stored and as SMTP, of who sent it and of whom it was sent for.
constexpr auto kSenders =
    std::to_array<std::uint16_t>({pid::kSenderName, pid::kSenderEmailAddress, 0x5D01,
                                  pid::kSentRepresentingName, pid::kSentRepresentingEmailAddress, 0x5D02});

/// `*` and `?`; goes back to the last star only, so that it takes no more than text times pattern steps.
bool matches(std::string_view text, std::string_view pattern) {
  std::size_t t = 0, p = 0, star = std::string_view::npos, star_at = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_at = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_at;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::optional<FileTime> time_for(const std::string& key, const model::PropertyList& properties) {
  if (key.starts_with("received-")) return properties.get_time(pid::kMessageDeliveryTime);
  if (key.starts_with("sent-")) return properties.get_time(pid::kClientSubmitTime);
  return item_date(properties);
}

Error bad(const std::string& term, const std::string& why) {
  return {Code::kInvalid, fmt::format("--where '{}': {}", term, why)};
}

}  // namespace

std::optional<FileTime> item_date(const model::PropertyList& properties) {
  for (const auto id : {pid::kMessageDeliveryTime, pid::kClientSubmitTime, pid::kCreationTime})
    if (const auto time = properties.get_time(id)) return time;
  return {};
}

Result<Where> Where::parse(std::span<const std::string> terms) {
  Where where;
  for (const auto& term : terms) TRY(where.add(term));
  return where;
}

Status Where::add(const std::string& term) {
  const std::size_t equals = term.find('=');
  if (equals == std::string::npos) return bad(term, fmt::format("write KEY=VALUE; the keys are {}", kKeys));
  const std::string key = lower_ascii(term.substr(0, equals)), value = term.substr(equals + 1);
  if (value.empty()) return bad(term, "there is nothing behind the =");
  if (key == "folder") {
    folders_.push_back(value);
  } else if (key == "from") {
    senders_.push_back(lower_ascii(value));
  } else if (key == "class") {
    classes_.push_back(lower_ascii(value));
  } else if (key.ends_with("since") || key.ends_with("before")) {
    if (Status s = add_time(key, value); !s) return bad(term, s.error().what);
  } else {
    return bad(term, fmt::format("there is no key '{}'; the keys are {}", key, kKeys));
  }
  return ok;
}

Status Where::add_time(const std::string& key, std::string_view value) {
  constexpr auto kTimeKeys = std::to_array<std::string_view>(
      {"since", "before", "received-since", "received-before", "sent-since", "sent-before"});
  if (std::ranges::find(kTimeKeys, key) == kTimeKeys.end())
    return Error{Code::kInvalid, fmt::format("there is no key '{}'; the keys are {}", key, kKeys)};
  if (std::ranges::any_of(times_, [&](const TimeTerm& t) { return t.key == key; }))
    return Error{Code::kInvalid, fmt::format("{} may be given once", key)};
  TRY_ASSIGN(const FileTime time, parse_utc(value));
  times_.push_back({key, time});
  return ok;
}

bool Where::is_in(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool Where::takes_folder(std::string_view path, std::string_view short_path) const {
  return folders_.empty() || std::ranges::any_of(folders_, [&](const std::string& f) {
           return is_in(path, f) || is_in(short_path, f);
         });
}

bool Where::takes_sender(const model::PropertyList& properties) const {
  for (const auto id : kSenders) {
    const auto text = properties.get_text(id);
    if (!text) continue;
    const std::string lower = lower_ascii(*text);
    if (std::ranges::any_of(senders_, [&](const std::string& s) { return matches(lower, s); })) return true;
  }
  return false;
}

bool Where::takes_class(const model::PropertyList& properties) const {
  const std::string kind = lower_ascii(properties.get_text(pid::kMessageClass).value_or("IPM.Note"));
  return std::ranges::any_of(classes_, [&](const std::string& c) {
    return kind.starts_with(c) && (kind.size() == c.size() || kind[c.size()] == '.');
  });
}

bool Where::takes(const model::PropertyList& properties) const {
  const bool in_time = std::ranges::all_of(times_, [&](const TimeTerm& term) {
    const auto time = time_for(term.key, properties);
    return time && (term.key.ends_with("since") ? *time >= term.time : *time < term.time);
  });
  return in_time && (senders_.empty() || takes_sender(properties)) &&
         (classes_.empty() || takes_class(properties));
}

}  // namespace mk::pst
