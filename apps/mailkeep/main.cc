#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "agent_point_commands.h"
#include "audit_commands.h"
#include "backup_commands.h"
#include "check_command.h"
#include "connection_commands.h"
#include "exit.h"
#include "folders_commands.h"
#include "fts_commands.h"
#include "heap.h"
#include "key_commands.h"
#include "mailboxes_command.h"
#include "notify_commands.h"
#include "point_commands.h"
#include "proof_commands.h"
#include "pst_commands.h"
#include "report_command.h"
#include "restore_commands.h"
#include "run_commands.h"
#include "schedule_commands.h"
#include "search_command.h"
#include "token_commands.h"
#include "user_commands.h"
#include "vault_commands.h"
#include "verify_commands.h"

namespace {

int run(int argc, char** argv) {
  using namespace mk::app;
  CLI::App app("mailkeep backs up Exchange mailboxes and restores them, item by item.", "mailkeep");
  app.set_version_flag("--version", MAILKEEP_VERSION);
  app.require_subcommand(1);
  Action action;
  // Each area registers its subcommands here; a subcommand's callback sets `action`.
  add_check_command(app, action);
  add_mailboxes_command(app, action);
  add_folders_commands(app, action);
  add_backup_commands(app, action);
  add_restore_commands(app, action);
  add_verify_commands(app, action);
  add_point_commands(app, action);
  add_search_command(app, action);
  add_fts_commands(app, action);
  add_pst_commands(app, action);
  add_vault_commands(app, action);
  add_key_commands(app, action);
  add_connection_commands(app, action);
  add_schedule_commands(app, action);
  add_run_commands(app, action);
  add_report_command(app, action);
  add_agent_point_commands(app, action);
  add_proof_commands(app, action);
  add_user_commands(app, action);
  add_token_commands(app, action);
  add_audit_commands(app, action);
  add_notify_commands(app, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  ExitCode code = action();
  // What was printed is a result too: a full disk behind `> file` must not end in 0.
  if ((std::fflush(stdout) != 0 || std::ferror(stdout) != 0) && code == ExitCode::kOk)
    code = report({mk::Code::kExhausted, "standard output cannot be written; is the disk full?"});
  return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
  mk::app::settle_heap();
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {  // out of memory, or a bug in a library: never a way to end silently
    return static_cast<int>(mk::app::report({mk::Code::kInternal, e.what()}));
  }
}
