#include "agent/api/event_feed.h"

#include <fmt/format.h>

#include <charconv>

namespace mk::agent {

EventFeed::EventFeed(EventLog& log, std::string instance, const std::string& last_id,
                     std::function<bool()> allowed)
    : log_(log), instance_(std::move(instance)), allowed_(std::move(allowed)), after_(log.newest()) {
  if (last_id.empty()) return;
  const std::string prefix = instance_ + "-";
  std::int64_t seen = -1;
  if (last_id.starts_with(prefix))
    std::from_chars(last_id.data() + prefix.size(), last_id.data() + last_id.size(), seen);
  reset_ = seen < 0 || seen > after_;
  if (!reset_) after_ = seen;
}

std::optional<std::string> EventFeed::take() {
  if (log_.closed()) return std::nullopt;
  std::string out;
  if (!begun_) out = fmt::format("retry: 2000\nid: {}-{}\n\n", instance_, after_);
  begun_ = true;
  if (log_.newest() > after_) {
    const auto events = log_.wait(after_, std::chrono::milliseconds(0));
    if (!events.empty() && events.front().number != after_ + 1) reset_ = true;
    for (const auto& e : events)
      out += fmt::format("id: {}-{}\nevent: {}\ndata: {{\"id\":{}}}\n\n", instance_, e.number, e.type, e.id);
    if (!events.empty()) after_ = events.back().number;
  }
  if (std::exchange(reset_, false)) out = "event: reset\ndata: {}\n\n" + out;
  if (!out.empty()) {
    quiet_ = 0;
    return out;
  }
  if (++quiet_ % kQuietTakes != 0) return out;
  if (!allowed_()) return std::nullopt;
  return ":\n\n";
}

}  // namespace mk::agent
