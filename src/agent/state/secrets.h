#pragma once
#include <vector>

#include "agent/state/state_file.h"
#include "base/secret.h"
#include "base/time.h"

namespace mk::agent {

struct SecretInfo {
  std::string name;
  FileTime changed;
};

/// Passwords and tokens, each sealed under the master key and bound to its name.
/// Errors: kNotFound  no such secret; kInvalid  the name, more than 64 KiB; kConflict  remove(): connections
/// or
///         schedules use it; kCorrupt  get(): not what was sealed under this name
class Secrets {
 public:
  Secrets(StateFile& file, SecretString key) : file_(file), key_(std::move(key)) {}
  Status put(const std::string& name, const SecretString& secret, FileTime now);
  Result<SecretString> get(const std::string& name);
  Result<std::vector<SecretInfo>> list();
  Status remove(const std::string& name);

 private:
  StateFile& file_;
  SecretString key_;
};

}  // namespace mk::agent
