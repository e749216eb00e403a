#pragma once
#include <optional>
#include <string>
#include <vector>

#include "agent/state/state_file.h"
#include "base/time.h"

namespace mk::agent {

/// What the last drill of a mailbox in a destination showed.
struct Proof {
  std::string schedule, mailbox, destination;
  FileTime tried;
  std::optional<FileTime> proven;  // the last drill in which everything came back as it was
  std::string point;               // of the last drill
  std::uint64_t sampled = 0, of = 0;
  std::uint64_t same = 0, differ = 0, unreadable = 0;  // of the sample
  std::uint64_t round = 0;                             // drills so far: which part is next
  std::string way;                                     // `scratch mailbox` or `memory`
  std::string error;  // not empty: why it could not be finished, or the first difference
};

class Proofs {
 public:
  explicit Proofs(StateFile& file) : file_(file) {}
  /// By mailbox and destination; of one schedule, or (empty) of all.
  Result<std::vector<Proof>> list(const std::string& schedule = {});
  /// Nothing: there was no drill yet.
  Result<std::optional<Proof>> find(const std::string& schedule, const std::string& mailbox,
                                    const std::string& destination);
  /// Replaces the one before.
  Status put(const Proof& proof);

 private:
  StateFile& file_;
};

}  // namespace mk::agent
