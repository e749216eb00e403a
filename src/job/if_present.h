#pragma once

namespace mk::job {

/// What a restore does where an item of the backup is in the target already.
enum class IfPresent {
  kSkip,    // leaves it
  kCopy,    // creates another one
  kReplace  // gives it what was backed up, if it has something else; it keeps its id
};

}  // namespace mk::job
