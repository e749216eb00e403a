#include "backup_commands.h"

#include <fmt/format.h>

#include <memory>

#include "job/backup.h"
#include "job/report.h"
#include "mailbox_identity.h"
#include "progress_line.h"
#include "server_options.h"

namespace mk::app {
namespace {

constexpr const char* kExamples = R"(Examples:
  The whole mailbox, for the first time (the password is asked for):
    mailkeep backup --server mail.example.com --user alice@example.com --to /backup/alice
  Only what changed since then, every night, the password in a file:
    mailkeep backup --server mail.example.com --user alice@example.com --password-file /etc/mailkeep/alice \
        --to /backup/alice --incremental
  Somebody else's Inbox and a sub-folder with a slash in its name, one PST each:
    mailkeep backup --server mail.example.com --user backup@example.com --mailbox bob@example.com \
        --folder Inbox --folder 'Projects/2026\/27' --to /backup/bob

An interrupted run is continued by the same command. Exit codes: 0 the ledger balances, 3 items were skipped,
4 the ledger does not balance, 5 no access, 6 server not reachable (docs/guides/exit-codes.md).)";

struct Arguments {
  ServerOptions server;
  job::BackupOptions backup;
  std::string max_pst = "20GB";
  bool no_verbatim = false, json = false, quiet = false;
};

ExitCode run(Arguments& a) {
  auto max_pst_bytes = pst::parse_part_bytes(a.max_pst);
  if (!max_pst_bytes) return report(std::move(max_pst_bytes).error().in("--split"));
  a.backup.max_pst_bytes = *max_pst_bytes;
  a.backup.mailbox = mailbox_identity(a.server);
  a.backup.verbatim = !a.no_verbatim;
  a.backup.connections = a.server.connections;
  a.backup.cancel = &interrupted();
  job::Progress progress;
  a.backup.progress = &progress;
  auto options = ews_options(a.server);
  if (!options) return report(options.error());
  auto mailbox = source::open_ews_mailbox(*options);
  if (!mailbox) return report(mailbox.error());
  Result<job::BackupReport> done = [&] {
    const ProgressLine line(progress, a.quiet);
    return job::run_backup(**mailbox, a.backup);
  }();
  if (!done) return report(done.error());
  fmt::print("{}", a.json ? job::format_json(*done) + "\n" : job::format_text(*done));
  switch (job::outcome_of(*done)) {
    case job::Outcome::kBalanced:
      return ExitCode::kOk;
    case job::Outcome::kSkipped:
      return ExitCode::kSkipped;
    case job::Outcome::kUnbalanced:
      break;
  }
  return ExitCode::kUnbalanced;
}

}  // namespace

void add_backup_commands(CLI::App& app, Action& action) {
  auto a = std::make_shared<Arguments>();
  auto* c = app.add_subcommand("backup", "Back up a mailbox or some of its folders into PST files");
  add_server_options(*c, a->server);
  add_mailbox_option(*c, a->server);
  c->add_option("--to", a->backup.directory, "Directory for the backups of this mailbox")
      ->required()
      ->type_name("DIR");
  c->add_option(
       "--folder", a->backup.folders,
       "A folder with its sub-folders: a path (\\/ for a slash in a name) or id:...; may be repeated")
      ->type_name("F");
  c->add_flag("--incremental", a->backup.incremental, "Only what changed since the last full or incremental");
  c->add_option("--split", a->max_pst,
                "The most that one PST may have, at most 50GiB; what is more goes into NAME-2.pst ...")
      ->type_name("SIZE")
      ->capture_default_str();
  c->add_flag("--no-verbatim", a->no_verbatim,
              "Keep no verbatim streams; restores are then made from the PST");
  c->add_flag("--restart", a->backup.restart, "Throw an interrupted run away instead of continuing it");
  c->add_flag("--json", a->json, "Print the report as one line of JSON");
  c->add_flag("--quiet", a->quiet, "Show no progress");
  c->footer(kExamples);
  c->callback([a, &action] { action = [a] { return run(*a); }; });
}

}  // namespace mk::app
