#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "adopt_command.h"
#include "exit.h"
#include "heap.h"
#include "key_commands.h"
#include "message_command.h"
#include "serve_command.h"
#include "user_commands.h"

namespace {

int run(int argc, char** argv) {
  using namespace mk::app;
  CLI::App app("mailkeepd backs up Exchange mailboxes by schedules: the service that mailkeep talks to.",
               "mailkeepd");
  app.set_version_flag("--version", MAILKEEP_VERSION);
  app.require_subcommand(1);
  Action action;
  add_serve_command(app, action);
  add_user_commands(app, action);
  add_key_commands(app, action);
  add_adopt_command(app, action);
  add_message_command(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  return static_cast<int>(action());
}

}  // namespace

int main(int argc, char** argv) {
  mk::app::settle_heap();
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    return static_cast<int>(mk::app::report({mk::Code::kInternal, e.what()}));
  }
}
