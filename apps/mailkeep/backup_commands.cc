#include "backup_commands.h"

#include <fmt/format.h>

#include <memory>

#include "base/size.h"
#include "base/text.h"
#include "job/backup.h"
#include "job/pst_backup.h"
#include "job/report.h"
#include "job/vault_backup.h"
#include "mail_vault.h"
#include "mailbox_identity.h"
#include "progress_line.h"
#include "run_options.h"
#include "server_options.h"
#include "vault/head_file.h"

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
  Into a vault (mailkeep vault init), every mail once and encrypted, several mailboxes in one:
    mailkeep backup --server mail.example.com --user alice@example.com --password-file /etc/mailkeep/alice \
        --to vault:/backup/vault --vault-key-file /etc/mailkeep/vault.key
  The same as PST files of at most 10 GB, which the vault gives back byte for byte (mailkeep pst get):
    mailkeep backup --server mail.example.com --user alice@example.com --password-file /etc/mailkeep/alice \
        --to vault:/backup/vault --vault-key-file /etc/mailkeep/vault.key --form pst --split 10GB

An interrupted run is continued by the same command. Exit codes: 0 the ledger balances, 3 items were skipped,
4 the ledger does not balance, 5 no access, 6 server not reachable (docs/guides/exit-codes.md).)";

struct Arguments {
  ServerOptions server;
  job::BackupOptions backup;
  std::string max_pst = "20GB";
  PlaceOptions to;
  std::string piece, form = "items", temporary;
  CpuUse cpu = CpuUse::kHigh;
  bool upload_while_dumping = true;
  bool no_verbatim = false, json = false, quiet = false;
};

/// The PSTs go to the vault too, or the items alone.
Result<job::BackupReport> run_into(job::VaultPlace& place, model::MailboxSource& mailbox,
                                   const Arguments& a) {
  if (a.form == "items") return job::run_backup(mailbox, place, a.backup);
  TRY_ASSIGN(auto done, job::run_pst_backup(mailbox, place, a.backup));
  for (const auto& pst : done.psts)
    if (pst.kept == archive::PstKept::kContent)
      fmt::print(stderr, "mailkeep: warning: {} comes back with equal content, not the same bytes\n",
                 printable(pst.file));
  return std::move(done.backup);
}

Result<job::BackupReport> back_up_into_vault(model::MailboxSource& mailbox, const Arguments& a) {
  TRY_ASSIGN(const auto opened, open_mail_vault(a.to));
  TRY_ASSIGN(const auto work, work_directory(a.to, opened->vault->id(), a.backup.mailbox));
  std::uint64_t piece_bytes = job::VaultPlace::kPieceBytes;
  if (!a.piece.empty()) {
    TRY_ASSIGN(piece_bytes, parse_size(a.piece));
  }
  job::VaultPlace place(*opened->vault, work, piece_bytes);
  place.compression = a.to.compression;
  if (!a.temporary.empty())
    place.temporary = directory_below(a.temporary, opened->vault->id(), a.backup.mailbox);
  Result<job::BackupReport> done = [&] {
    const ProgressLine line(*a.backup.progress, a.quiet);
    return run_into(place, mailbox, a);
  }();
  TRY(vault::write_head(a.to.head_file, *opened->vault));
  return done;
}

/// Options that do not go together are refused rather than passed over.
Status check_options(const Arguments& a) {
  if (a.to.is_vault() && a.no_verbatim)
    return Error{Code::kInvalid, "--no-verbatim: a vault keeps the verbatim streams and nothing else"};
  if (!a.to.is_vault() && a.to.compression != vault::Compression::kNormal)
    return Error{Code::kInvalid, "--compression is for vaults; the files of a directory are not compressed"};
  if (!a.to.is_vault() && (a.backup.reread || !a.piece.empty()))
    return Error{Code::kInvalid, "--reread and --commit-every are for vaults; --to is a directory"};
  const bool is_pst = a.form == "pst";
  if (!is_pst && (!a.temporary.empty() || !a.upload_while_dumping))
    return Error{Code::kInvalid, "--temporary and --dump-first go with --form pst; nothing else is dumped"};
  if (is_pst && !a.to.is_vault())
    return Error{Code::kInvalid, "--form pst is for vaults; a directory keeps PST files anyway"};
  if (is_pst && a.backup.reread)
    return Error{Code::kInvalid, "--reread goes with --form items; PST files are dumped anew anyway"};
  if (!a.upload_while_dumping && !a.piece.empty())
    return Error{Code::kInvalid, "--commit-every: with --dump-first nothing is stored before all is dumped"};
  if (a.backup.reread && a.backup.incremental)
    return Error{Code::kInvalid,
                 "--reread is for fulls; an incremental fetches what the server says has changed"};
  return ok;
}

Result<job::BackupReport> back_up(Arguments& a) {
  TRY(check_options(a));
  TRY_ASSIGN(auto options, ews_options(a.server));
  options.cancel = a.backup.cancel;
  TRY_ASSIGN(const auto mailbox, source::open_ews_mailbox(options));
  if (a.to.is_vault()) return back_up_into_vault(*mailbox, a);
  a.backup.directory = a.to.place;
  const ProgressLine line(*a.backup.progress, a.quiet);
  return job::run_backup(*mailbox, a.backup);
}

ExitCode run(Arguments& a) {
  auto max_pst_bytes = pst::parse_part_bytes(a.max_pst);
  if (!max_pst_bytes) return report(std::move(max_pst_bytes).error().in("--split"));
  a.backup.max_pst_bytes = *max_pst_bytes;
  a.backup.mailbox = mailbox_identity(a.server);
  a.backup.verbatim = !a.no_verbatim;
  a.backup.dump_first = !a.upload_while_dumping;
  a.backup.connections = threads_of(a.cpu, a.server.connections);
  a.backup.encoder_threads =
      static_cast<unsigned>(threads_of(a.cpu, static_cast<int>(a.backup.encoder_threads)));
  a.backup.cancel = &interrupted();
  job::Progress progress;
  a.backup.progress = &progress;
  const auto done = with_share(a.cpu, [&a] { return back_up(a); });
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
  auto* c =
      app.add_subcommand("backup", "Back up a mailbox or some of its folders into PST files or a vault");
  add_server_options(*c, a->server);
  add_mailbox_option(*c, a->server);
  c->add_option("--to", a->to.place,
                "Directory for the backups of this mailbox, or vault:DIR, or s3://BUCKET/PREFIX")
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
  c->add_flag("--reread", a->backup.reread,
              "Into a vault, full: fetch again what has not changed too, to find what changed silently");
  c->add_option(
       "--form", a->form,
       "In a vault: items, or pst: the run dumps PST files, which come back byte for byte with `pst get`")
      ->check(CLI::IsMember({"items", "pst"}))
      ->capture_default_str();
  c->add_option("--temporary", a->temporary,
                "With --form pst: directory for the dumped PST files (default: --work)")
      ->type_name("DIR");
  c->add_flag(
       "--upload-while-dumping,!--dump-first", a->upload_while_dumping,
       "With --form pst: store and remove each part as soon as it is dumped, or dump all of them first")
      ->default_str("true");
  c->add_option("--commit-every", a->piece,
                "Into a vault: what a killed run has stored counts every so many bytes (default: 256MiB)")
      ->type_name("SIZE");
  add_vault_options(*c, a->to);
  add_work_option(*c, a->to);
  add_compression_option(*c, a->to.compression);
  add_cpu_option(*c, a->cpu);
  c->add_flag("--json", a->json, "Print the report as one line of JSON");
  c->add_flag("--quiet", a->quiet, "Show no progress");
  c->footer(kExamples);
  c->callback([a, &action] { action = [a] { return run(*a); }; });
}

}  // namespace mk::app
