#include "pst_vault_commands.h"

#include <fmt/format.h>

#include <memory>

#include "base/json.h"
#include "base/safe_name.h"
#include "base/text.h"
#include "job/pst_put.h"
#include "job/pst_regenerate.h"
#include "job/vault_state.h"
#include "mail_vault.h"
#include "mailbox_identity.h"
#include "progress_line.h"
#include "pst/part_writer.h"
#include "run_options.h"
#include "time_option.h"
#include "vault/head_file.h"

namespace mk::app {
namespace {

constexpr std::size_t kMaxNameBytes = 200;

constexpr const char* kPutHelp =
    R"(A PST that mailkeep wrote is kept as its items, each once whichever PSTs, mailboxes and backups have it, and comes back
byte for byte: before the point is committed the file is written anew from what the vault has, and its SHA-256 compared.
A PST of other origin comes back with equal content; with --exact its bytes are kept too.
Examples:
  mailkeep pst put alice.pst --to vault:/backup/vault --vault-key-file vault.key
  mailkeep pst put alice.pst alice-2.pst alice-3.pst --name alice --to s3://bucket/vault --vault-key-file vault.key
  mailkeep items --from vault:/backup/vault --vault-key-file vault.key --mailbox pst:alice --folder Inbox)";

constexpr const char* kGetHelp = R"(Says of each file whether it is byte for byte the one that was put.
Examples:
  mailkeep pst get --from vault:/backup/vault --vault-key-file vault.key --name alice --list
  mailkeep pst get --from vault:/backup/vault --vault-key-file vault.key --name alice --to alice.pst
  mailkeep pst get alice-2.pst --from vault:/backup/vault --vault-key-file vault.key --name alice --at 2026-11-17T20:00 \
      --to part.pst)";

struct PutArguments {
  PlaceOptions to;
  std::vector<std::string> files;
  std::string name;
  bool exact = false, json = false, quiet = false;
};

struct GetArguments {
  PlaceOptions from;
  std::string file, name, mailbox, at, to;
  bool list = false, force = false, json = false, quiet = false;
};

std::string_view kept_name(archive::PstKept kept) {
  constexpr std::string_view kNames[] = {"", "regenerated", "bytes", "content"};
  return kNames[static_cast<std::size_t>(kept)];
}

std::string_view kept_text(archive::PstKept kept) {
  constexpr std::string_view kTexts[] = {"", "the same bytes come back, written anew",
                                         "the same bytes come back, kept beside the items",
                                         "equal content comes back, not the same bytes"};
  return kTexts[static_cast<std::size_t>(kept)];
}

void print_pst(const archive::PstRecord& pst, bool json) {
  if (json)
    fmt::print(
        "{{\"file\":{},\"bytes\":{},\"sha256\":\"{}\",\"items\":{},\"lost\":{},\"kept\":\"{}\",\"writer\":{}}"
        "}\n",
        json_quote(pst.file), pst.bytes, to_hex(pst.sha256), pst.items, pst.lost, kept_name(pst.kept),
        pst.writer);
  else
    fmt::print("{}  {} bytes, {} items{}; {}\n", printable(pst.file), pst.bytes, pst.items,
               pst.lost > 0 ? fmt::format(", {} lost", pst.lost) : "", kept_text(pst.kept));
}

Result<job::PutReport> put(const PutArguments& a) {
  if (!a.to.is_vault()) return Error{Code::kInvalid, "--to takes vault:DIR or s3://BUCKET/PREFIX"};
  job::PutOptions options;
  options.files.assign(a.files.begin(), a.files.end());
  options.name = lower_mailbox(a.name.empty() ? options.files.front().stem().string() : a.name);
  options.keep_bytes = a.exact;
  options.cancel = &interrupted();
  job::Progress progress;
  options.progress = &progress;
  TRY_ASSIGN(const auto opened, open_mail_vault(a.to));
  TRY_ASSIGN(const auto work, work_directory(a.to, opened->vault->id(), job::put_mailbox(options.name)));
  job::VaultPlace place(*opened->vault, work);
  place.compression = a.to.compression;
  Result<job::PutReport> done = [&] {
    const ProgressLine line(progress, a.quiet);
    return job::put_psts(place, options);
  }();
  TRY(vault::write_head(a.to.head_file, *opened->vault));
  return done;
}

ExitCode run_put(const PutArguments& a) {
  const auto done = put(a);
  if (!done) return report(done.error());
  for (const auto& pst : done->psts) print_pst(pst, a.json);
  for (const auto& item : done->manifest.skipped)
    fmt::print(stderr, "skipped {}: {}\n", printable(item.head.id.value), printable(item.reason));
  for (const auto& note : done->manifest.notes)
    fmt::print(stderr, "mailkeep: warning: {}\n", printable(note));
  if (a.json)
    fmt::print("{{\"point\":{},\"mailbox\":{},\"vault_bytes\":{}}}\n", json_quote(done->manifest.name),
               json_quote(done->manifest.mailbox), done->vault_bytes);
  else
    fmt::print("{} {}: the vault grew by {} bytes\n", printable(done->manifest.mailbox), done->manifest.name,
               done->vault_bytes);
  return done->manifest.skipped.empty() && done->manifest.notes.empty() ? ExitCode::kOk : ExitCode::kSkipped;
}

/// A restore point and the PSTs that it keeps.
struct OpenPoint {
  std::unique_ptr<MailVault> vault;
  std::unique_ptr<archive::RestorePoint> point;
  std::vector<archive::StoredPst> psts;
};

Result<OpenPoint> open_point(const GetArguments& a) {
  if (!a.from.is_vault()) return Error{Code::kInvalid, "--from takes vault:DIR or s3://BUCKET/PREFIX"};
  OpenPoint open;
  TRY_ASSIGN(open.vault, open_mail_vault(a.from));
  const std::string mailbox = a.name.empty() ? a.mailbox : job::put_mailbox(a.name);
  TRY_ASSIGN(const auto points, points_of(*open.vault, lower_mailbox(mailbox)));
  FileTime at;
  if (!a.at.empty()) {
    TRY_ASSIGN(at, parse_utc(a.at));
  }
  TRY_ASSIGN(const auto found, job::find_mail_point(points, at));
  TRY_ASSIGN(open.point, archive::RestorePoint::open(*open.vault->chunks, found.point.root));
  TRY_ASSIGN(open.psts, archive::stored_psts(*open.vault->chunks, found.point.root));
  if (open.psts.empty())
    return Error{Code::kNotFound,
                 fmt::format("{} {} keeps no PST files; `mailkeep export` writes its items into some",
                             found.mailbox, found.name)};
  return open;
}

/// What is to be written, and under which name.
struct Wanted {
  const archive::StoredPst* pst;
  std::filesystem::path to;
};

Result<std::vector<Wanted>> choose(const GetArguments& a, const OpenPoint& open) {
  std::vector<Wanted> out;
  std::error_code unknown;
  const bool is_directory = std::filesystem::is_directory(a.to, unknown);
  for (const auto& pst : open.psts) {
    if (!a.file.empty() && pst.record.file != a.file) continue;
    const auto name = safe_name(pst.record.file, kMaxNameBytes, "file.pst");
    out.push_back({&pst, is_directory ? std::filesystem::path(a.to) / name : std::filesystem::path(a.to)});
  }
  if (out.empty())
    return Error{Code::kNotFound, fmt::format("this point keeps no {}; --list shows what it keeps", a.file)};
  if (out.size() > 1 && !is_directory)
    return Error{Code::kInvalid,
                 fmt::format("this point keeps {} files; name one, or a directory that is there with "
                             "--to; --list shows them",
                             out.size())};
  for (const Wanted& w : out) TRY(pst::check_free(w.to, a.force));
  return out;
}

void print_written(const Wanted& w, const job::WrittenPst& written, bool json) {
  const archive::PstRecord& pst = w.pst->record;
  if (json) {
    fmt::print(
        "{{\"file\":{},\"bytes\":{},\"sha256\":\"{}\",\"items\":{},\"left_out\":{},\"original\":{}}}\n",
        json_quote(w.to.string()), written.bytes, to_hex(written.sha256), written.items, written.left_out,
        written.is_original);
    return;
  }
  std::string how = "byte for byte the file that was put, SHA-256 compared";
  if (!written.is_original) how = "equal content, not the same bytes";
  if (!written.is_original && pst.writer != 0 && pst.writer != pst::kWriterVersion)
    how += fmt::format(" (version {} of the writer made it, this is {})", pst.writer, pst::kWriterVersion);
  fmt::print("{}: {} bytes, {} items; {}\n", printable(w.to.string()), written.bytes, written.items, how);
}

Result<ExitCode> get(const GetArguments& a) {
  TRY_ASSIGN(const OpenPoint open, open_point(a));
  if (a.list) {
    for (const auto& pst : open.psts) print_pst(pst.record, a.json);
    return ExitCode::kOk;
  }
  if (a.to.empty()) return Error{Code::kInvalid, "say with --to where the file goes, or --list"};
  TRY_ASSIGN(const auto wanted, choose(a, open));
  std::uint64_t left_out = 0;
  for (const Wanted& w : wanted) {
    job::Progress progress;
    progress.phase = "writing";
    auto written = [&] {
      const ProgressLine line(progress, a.quiet);
      return job::get_pst(*open.vault->chunks, *open.point, *w.pst, w.to, {&progress, &interrupted()});
    }();
    if (!written) return std::move(written).error();
    left_out += written->left_out;
    print_written(w, *written, a.json);
  }
  return left_out == 0 ? ExitCode::kOk : ExitCode::kSkipped;
}

void add_put(CLI::App& pst, Action& action) {
  const auto a = std::make_shared<PutArguments>();
  CLI::App* c = pst.add_subcommand("put", "Keep PST files in a vault as a restore point");
  c->add_option("FILE", a->files, "the PST files: the parts of one mailbox, or several")->required();
  c->add_option("--to", a->to.place, "vault:DIR, or s3://BUCKET/PREFIX")->required()->type_name("VAULT");
  c->add_option(
       "--name", a->name,
       "What they are an export of, the same each time (default: the name of the first file); the points are "
       "those of the mailbox pst:NAME")
      ->type_name("N");
  c->add_flag("--exact", a->exact, "Keep the bytes too of files that cannot be written anew byte for byte");
  add_vault_options(*c, a->to);
  add_work_option(*c, a->to);
  add_compression_option(*c, a->to.compression);
  c->add_flag("--json", a->json, "One JSON object a line, for scripts");
  c->add_flag("--quiet", a->quiet, "Show no progress");
  c->footer(kPutHelp);
  c->callback([a, &action] { action = [a] { return run_put(*a); }; });
}

void add_get(CLI::App& pst, Action& action) {
  const auto a = std::make_shared<GetArguments>();
  CLI::App* c = pst.add_subcommand("get", "Write PST files that a vault keeps");
  c->add_option("FILE", a->file, "which file of the point; without it all");
  c->add_option("--from", a->from.place, "vault:DIR, or s3://BUCKET/PREFIX")->required()->type_name("VAULT");
  c->add_option("--name", a->name, "What `pst put` called them")->type_name("N");
  c->add_option("--mailbox", a->mailbox, "Whose, of `backup --form pst`")->type_name("M")->excludes("--name");
  c->add_option("--at", a->at, "The point at this time (UTC); without it the newest")
      ->type_name("TIME")
      ->check(is_time);
  c->add_option("--to", a->to, "The file to write, or a directory that is there")->type_name("OUT");
  c->add_flag("--list", a->list, "Show which files the point keeps, and how");
  c->add_flag("--force", a->force, "Replace files that are there");
  add_vault_options(*c, a->from);
  c->add_flag("--json", a->json, "One JSON object a line, for scripts");
  c->add_flag("--quiet", a->quiet, "Show no progress");
  c->footer(kGetHelp);
  c->callback([a, &action] {
    action = [a] {
      const auto done = get(*a);
      return done ? *done : report(done.error());
    };
  });
}

}  // namespace

void add_pst_vault_commands(CLI::App& pst, Action& action) {
  add_put(pst, action);
  add_get(pst, action);
}

}  // namespace mk::app
