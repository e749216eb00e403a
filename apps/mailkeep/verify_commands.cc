#include "verify_commands.h"

#include <fmt/format.h>

#include <memory>

#include "job/report.h"
#include "job/verify.h"
#include "mail_vault.h"
#include "mailbox_identity.h"
#include "progress_line.h"
#include "server_options.h"
#include "time_option.h"

namespace mk::app {
namespace {

constexpr const char* kExamples = R"(Examples:
  Read every item of every restore point, streams and PSTs:
    mailkeep verify --from /backup/alice
  And compare the newest state with the mailbox, content included:
    mailkeep verify --from /backup/alice --server mail.example.com --user alice@example.com --content
  Every restore point of every mailbox in a vault, each stream once:
    mailkeep verify --from vault:/backup/vault --vault-key-file vault.key

Exit codes: 0 all is well, 7 the backup is damaged, 3 the mailbox holds other content than the backup.)";

struct Arguments {
  ServerOptions server;
  job::VerifyOptions verify;
  PlaceOptions from;
  std::string at;
  bool json = false, quiet = false;
};

Result<job::VerifyReport> verify_vault(const Arguments& a, model::MailboxSource* live) {
  TRY_ASSIGN(const auto opened, open_mail_vault(a.from));
  job::VaultToVerify vault{*opened->chunks, {}, lower_mailbox(a.server.mailbox)};
  if (live != nullptr) vault.mailbox = mailbox_identity(a.server);
  vault.points = archive::mail_points(opened->vault->points(), vault.mailbox);
  const ProgressLine line(*a.verify.progress, a.quiet);
  return job::run_verify(vault, a.verify, live);
}

Result<job::VerifyReport> verify(Arguments& a) {
  if (!a.at.empty()) {
    TRY_ASSIGN(a.verify.at, parse_utc(a.at));
  }
  job::Progress progress;
  progress.phase = "reading";
  a.verify.progress = &progress;
  a.verify.cancel = &interrupted();
  std::unique_ptr<model::MailboxTarget> mailbox;
  if (!a.server.server.empty()) {
    TRY_ASSIGN(const auto options, ews_options(a.server));
    TRY_ASSIGN(mailbox, source::open_ews_mailbox(options));
  }
  if (a.from.is_vault()) return verify_vault(a, mailbox.get());
  a.verify.directory = a.from.place;
  const ProgressLine line(progress, a.quiet);
  return job::run_verify(a.verify, mailbox.get());
}

ExitCode run(Arguments& a) {
  const auto done = verify(a);
  if (!done) return report(done.error());
  fmt::print("{}", a.json ? job::format_json(*done) + "\n" : job::format_text(*done));
  if (done->n_problems > 0) return ExitCode::kDamaged;
  return done->content_differs > 0 ? ExitCode::kSkipped : ExitCode::kOk;
}

}  // namespace

void add_verify_commands(CLI::App& app, Action& action) {
  auto a = std::make_shared<Arguments>();
  auto* c = app.add_subcommand("verify", "Prove that a backup can be read, and compare it with the mailbox");
  c->add_option("--from", a->from.place, "Directory that a backup wrote, or vault:DIR, or s3://BUCKET/PREFIX")
      ->required()
      ->type_name("DIR");
  c->add_option("--at", a->at, "Compare the mailbox with the state at this time (UTC)")
      ->type_name("TIME")
      ->check(is_time);
  add_server_options(*c, a->server, false);
  add_mailbox_option(*c, a->server);
  add_vault_options(*c, a->from);
  c->add_flag("--content", a->verify.content, "Fetch unchanged items again and compare what is in them");
  c->add_flag("--json", a->json, "Print the report as one line of JSON");
  c->add_flag("--quiet", a->quiet, "Show no progress");
  c->footer(kExamples);
  c->callback([a, &action] { action = [a] { return run(*a); }; });
}

}  // namespace mk::app
