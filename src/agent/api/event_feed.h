#pragma once
#include <functional>
#include <optional>
#include <string>

#include "agent/run/agent.h"

namespace mk::agent {

/// Writes new events as a stream of server-sent events, a piece each time it is asked.
///
/// Ids are INSTANCE-NUMBER: numbers begin anew with each start of the service. A client that comes back with
/// an id of which something is missing by now gets an event `reset` first: what it knows is old. Spec:
/// HTML, 9.2 (text/event-stream).  Threads: one at a time
class EventFeed {
 public:
  /// `last_id`: header Last-Event-ID; empty: from now on. `allowed` is asked now and then; false ends the
  /// stream.
  EventFeed(EventLog& log, std::string instance, const std::string& last_id, std::function<bool()> allowed);
  /// Nothing: it is over.
  std::optional<std::string> take();

  static constexpr int kQuietTakes = 60;  // then a comment shows whether somebody still listens

 private:
  EventLog& log_;
  const std::string instance_;
  const std::function<bool()> allowed_;
  std::int64_t after_ = 0;
  bool reset_ = false, begun_ = false;
  int quiet_ = 0;
};

}  // namespace mk::agent
