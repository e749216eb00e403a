#include "message_command.h"

#include <fmt/format.h>

#include <memory>

#include "agent/check/messages.h"

namespace mk::app {

void add_message_command(CLI::App& app, Action& action) {
  const auto markdown = std::make_shared<bool>(false);
  auto* c = app.add_subcommand("messages", "All message codes, each with cause and solution, as JSON");
  c->add_flag("--markdown", *markdown, "As the page docs/guides/messages.md");
  c->callback([markdown, &action] {
    action = [markdown] {
      fmt::print("{}", *markdown ? agent::messages_markdown() : agent::messages_json());
      return ExitCode::kOk;
    };
  });
}

}  // namespace mk::app
