#include "state_options.h"

#include <cstdlib>

namespace mk::app {

void add_state_options(CLI::App& command, StateOptions& o) {
  command
      .add_option("--state", o.directory,
                  "Directory of the agent's state; made if need be, for its owner only")
      ->type_name("DIR")
      ->capture_default_str();
  command
      .add_option("--key-file", o.key_file,
                  "File with the key that seals the agent's secrets (default: systemd's credential "
                  "mailkeep.key, else "
                  "agent.key in the state)")
      ->type_name("FILE");
}

std::optional<agent::KeyPlace> key_place(const StateOptions& o) {
  if (!o.key_file.empty()) return agent::KeyPlace{o.key_file, {}};
  const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
  if (credentials == nullptr || *credentials == '\0') return std::nullopt;
  return agent::KeyPlace{std::filesystem::path(o.directory) / "agent.key",
                         std::filesystem::path(credentials)};
}

Result<std::unique_ptr<agent::AgentState>> open_state(const StateOptions& o) {
  return agent::AgentState::open(o.directory, key_place(o));
}

}  // namespace mk::app
