#pragma once
#include <string>

#include "agent/state/row_id.h"
#include "agent/state/state_file.h"

namespace mk::agent {

/// What concerns all schedules: a JSON text for each key.
/// Errors: kNotFound  get(): never set; kConflict  the version is not the newest; kInvalid  not JSON
class Settings {
 public:
  explicit Settings(StateFile& file) : file_(file) {}
  Result<Versioned<std::string>> get(const std::string& key);
  /// Version 0: it is not there yet.
  Result<Versioned<std::string>> set(const std::string& key, std::int64_t version, const std::string& json);
  /// Whatever the version.
  Status remove(const std::string& key);

 private:
  StateFile& file_;
};

}  // namespace mk::agent
