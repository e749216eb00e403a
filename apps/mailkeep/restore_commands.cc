#include "restore_commands.h"

#include <fmt/format.h>

#include <memory>

#include "agent_restore_commands.h"
#include "base/text.h"
#include "job/backup_directory.h"
#include "job/report.h"
#include "job/restore.h"
#include "job/vault_state.h"
#include "mail_vault.h"
#include "mailbox_identity.h"
#include "progress_line.h"
#include "run_options.h"
#include "server_options.h"
#include "time_option.h"

namespace mk::app {
namespace {

constexpr const char* kExamples = R"(Examples:
  At the agent, which has the keys and the accounts for restores:
    mailkeep restore start nightly@latest --mailbox alice@example.com --to original --dry-run --wait
  See what would come back, without changing anything:
    mailkeep restore --from /backup/alice --server mail.example.com --user alice@example.com --dry-run
  One folder, as it was on Tuesday evening, into a folder of another mailbox:
    mailkeep restore --from /backup/alice --at 2026-11-17T20:00 --folder Inbox/Invoices \
        --server mail.example.com --user backup@example.com --to-mailbox bob@example.com --to-folder 'From Alice'
  From a vault that holds several mailboxes:
    mailkeep restore --from vault:/backup/vault --vault-key-file vault.key --mailbox alice@example.com \
        --server mail.example.com --user alice@example.com

  What somebody changed since, back to what it was:
    mailkeep restore --from /backup/alice --folder Contacts --if-present replace \
        --server mail.example.com --user alice@example.com

A restore never deletes or sends anything. It creates only what is not there, and a second run creates nothing; with
--if-present replace it also updates what differs from the backup, with --if-present copy it creates everything, and only
an interrupted run goes on where it was. --at takes times in UTC and means the newest point begun at or before it; `mailkeep points` lists them.)";

struct Arguments {
  ServerOptions server;
  job::RestoreOptions restore;
  PlaceOptions from;
  std::string at, mailbox;
  bool json = false, quiet = false, verbose = false;
};

Status check_mailbox(const Arguments& a) {
  if (a.mailbox.empty()) return ok;
  TRY_ASSIGN(const auto dir, job::BackupDirectory::open(a.restore.directory));
  if (lower_mailbox(a.mailbox) == dir.mailbox()) return ok;
  return Error{Code::kInvalid, fmt::format("{} holds backups of {}, not of {}", a.restore.directory.string(),
                                           dir.mailbox(), a.mailbox)};
}

Result<job::RestoreReport> restore_from_vault(model::MailboxTarget& target, const Arguments& a) {
  TRY_ASSIGN(const auto opened, open_mail_vault(a.from));
  TRY_ASSIGN(const auto points, points_of(*opened, lower_mailbox(a.mailbox)));
  TRY_ASSIGN(const auto point, job::find_mail_point(points, a.restore.at));
  TRY_ASSIGN(const auto state, job::VaultState::open(*opened->chunks, point));
  TRY_ASSIGN(const auto work, work_directory(a.from, opened->vault->id(), point.mailbox));
  return job::run_restore(target, {*state, work / "restores"}, a.restore);
}

Result<job::RestoreReport> restore(Arguments& a) {
  a.restore.directory = a.from.place;
  if (!a.from.is_vault()) TRY(check_mailbox(a));
  if (!a.at.empty()) {
    TRY_ASSIGN(a.restore.at, parse_utc(a.at));
  }
  a.restore.target_mailbox = mailbox_identity(a.server);
  a.restore.connections = a.server.connections;
  a.restore.cancel = &interrupted();
  job::Progress progress;
  a.restore.progress = &progress;
  const bool tell_all = (a.restore.dry_run || a.verbose) && !a.json;
  a.restore.on_event = [tell_all](const job::RestoreEvent& e) {
    using Action = job::RestoreEvent::Action;
    const bool bad = e.action == Action::kTooLarge || e.action == Action::kFailed;
    if (tell_all)
      fmt::print("{}\n", job::format_event(e));
    else if (bad)
      fmt::print(stderr, "{}\n", job::format_event(e));
  };
  TRY_ASSIGN(auto options, ews_options(a.server));
  options.cancel = a.restore.cancel;
  TRY_ASSIGN(const auto mailbox, source::open_ews_mailbox(options));
  const ProgressLine line(progress, a.quiet || tell_all);
  return a.from.is_vault() ? restore_from_vault(*mailbox, a) : job::run_restore(*mailbox, a.restore);
}

ExitCode run(Arguments& a) {
  const auto done = restore(a);
  if (!done) return report(done.error());
  fmt::print("{}", a.json ? job::format_json(*done) + "\n" : job::format_text(*done));
  return done->too_large + done->failed > 0 ? ExitCode::kSkipped : ExitCode::kOk;
}

}  // namespace

void add_restore_commands(CLI::App& app, Action& action) {
  auto a = std::make_shared<Arguments>();
  auto* c = app.add_subcommand("restore", "Put a backed up state into a mailbox");
  c->add_option("--from", a->from.place, "Directory that a backup wrote, or vault:DIR, or s3://BUCKET/PREFIX")
      ->required()
      ->type_name("DIR");
  c->add_option("--at", a->at, "The state at this time (UTC); without it the newest")
      ->type_name("TIME")
      ->check(is_time);
  c->add_option("--mailbox", a->mailbox, "Whose backup; of a directory: whose it is expected to hold")
      ->type_name("M");
  c->add_option("--folder", a->restore.folders,
                "A backed up folder with its sub-folders: a path or id:...; may be repeated")
      ->type_name("F");
  add_server_options(*c, a->server);
  add_mailbox_option(*c, a->server, "--to-mailbox");
  c->add_option("--to-folder", a->restore.to_folder, "Folder of the target to restore below, made if needed")
      ->type_name("F");
  add_vault_options(*c, a->from);
  add_work_option(*c, a->from);
  add_choice<job::IfPresent>(*c, "--if-present", a->restore.if_present,
                             {{"skip", job::IfPresent::kSkip},
                              {"copy", job::IfPresent::kCopy},
                              {"replace", job::IfPresent::kReplace}},
                             "An item that is there: leave it, create another one, or give it the backed up "
                             "content in place");
  c->add_flag("--dry-run", a->restore.dry_run,
              "Say what would be created and updated and what is there, change nothing");
  c->add_flag("--verbose", a->verbose, "Say it for every item of a real run too");
  c->add_flag("--json", a->json, "Print the report as one line of JSON");
  c->add_flag("--quiet", a->quiet, "Show no progress");
  c->footer(kExamples);
  c->callback([a, c, &action] {
    if (c->get_subcommands().empty()) action = [a] { return run(*a); };
  });
  add_agent_restore_commands(*c, action);
}

}  // namespace mk::app
