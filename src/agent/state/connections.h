#pragma once
#include <vector>

#include "agent/state/connection.h"
#include "agent/state/row_id.h"
#include "agent/state/state_file.h"

namespace mk::agent {

using SavedConnection = Versioned<Connection>;

/// Errors: kNotFound  no such connection; kConflict  the name is taken, the version is not the newest,
///         schedules use it (remove, rename); kInvalid  check(), a secret that does not exist
class Connections {
 public:
  explicit Connections(StateFile& file) : file_(file) {}
  Result<std::vector<SavedConnection>> list();  // by name
  Result<SavedConnection> get(const std::string& name);
  Result<SavedConnection> add(const Connection& connection);
  /// `name` is what it was called until now.
  Result<SavedConnection> replace(const std::string& name, std::int64_t version,
                                  const Connection& connection);
  Status remove(const std::string& name, std::int64_t version);

 private:
  StateFile& file_;
};

}  // namespace mk::agent
