#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace mk::sim {

/// What goes wrong on purpose. The names in scripts are those of kFaultNames in faults.cc.
enum class FaultKind {
  // the whole request
  kBusy,
  kUnauthorized,
  kUnavailable,
  kReset,
  kTrickle,
  kDelay,
  // the data of one item that is exported
  kTruncatedMarker,
  kTruncatedMarkerInXml,
  kTruncatedInRecord,
  kTruncatedAtRecord,
  kTruncatedPlaceholder,
  // the answer about one item
  kCorruptItem,
  kVanished,
  kIllegalXml,
  // synchronisation
  kInvalidSyncState,
  kFolderDeleted,
  kLeftOut
};

struct Fault {
  FaultKind kind = FaultKind::kBusy;
  // where: empty means any
  std::string operation, mailbox, folder;
  std::string item_id, subject;  // subject: a part of it
  std::int64_t item_index = -1;  // of the item in the request or page
  // when
  double probability = 1.0;
  std::int64_t after = 0;   // let this many pass first
  std::int64_t times = -1;  // -1: for ever
  // how
  std::int64_t milliseconds = 0;  // busy: BackOffMilliseconds; delay: added round-trip time
  std::uint64_t bytes =
      64 * 1024;     // reset: after this many; trickle: per second; truncated: kept of the data
  std::string text;  // illegal_xml: what is put into the subject, raw

  std::int64_t matched = 0, fired = 0;
};

struct FaultPlace {
  std::string_view operation, mailbox, folder;
  std::string_view item_id, subject;
  std::int64_t item_index = -1;
};

/// The script: rules in order, each with its own count. One seed gives the same choices again.
/// Threads: none; the simulator locks
class Faults {
 public:
  /// {"seed": 1, "faults": [{"fault": "busy", "operation": "GetItem", "backoff_ms": 200, "times": 2}, ...]}
  /// Errors: kInvalid  names the rule and the member
  static Result<Faults> parse(std::string_view json);
  void add(Fault fault) { rules_.push_back(std::move(fault)); }
  /// The rules that fire here and now, among `kinds`; each counts.
  std::vector<Fault> fire(const FaultPlace& place, std::initializer_list<FaultKind> kinds);
  bool empty() const { return rules_.empty(); }
  std::string json() const;

 private:
  bool chance(double probability);
  std::vector<Fault> rules_;
  std::uint64_t random_ = 1;
};

}  // namespace mk::sim
