#include "pst_export_command.h"

#include <fmt/format.h>

#include <memory>

#include "base/text.h"
#include "job/pst_export.h"

namespace mk::app {
namespace {

struct ExportArguments {
  std::string file, to;
  job::ExportOptions options;
};

void print_skipped(const std::string& folder, pst::Nid item, const Error& error) {
  const std::string what = item.value == 0 ? "a list of items" : fmt::format("{:#x}", item.value);
  fmt::print(stderr, "skipped {} in {}: {}\n", what, printable(folder), printable(error.what));
}

void print_incomplete(const std::string& folder, pst::Nid item, const std::string& note) {
  fmt::print(stderr, "incomplete {:#x} in {}: {}\n", item.value, printable(folder), printable(note));
}

Result<ExitCode> run_export(ExportArguments& a) {
  TRY_ASSIGN(const auto from, pst::PstFile::open(a.file));
  a.options.on_skipped = print_skipped;
  a.options.on_incomplete = print_incomplete;
  TRY_ASSIGN(const auto report, job::export_pst(*from, a.to, a.options));
  for (const auto& w : from->warnings()) fmt::print(stderr, "mailkeep: warning: {}\n", printable(w));
  fmt::print("{}: {} folders, {} items ({} incomplete), {} skipped\n", a.to, report.folders, report.items,
             report.incomplete, report.skipped);
  return report.skipped + report.incomplete == 0 ? ExitCode::kOk : ExitCode::kSkipped;
}

}  // namespace

void add_pst_export_command(CLI::App& pst, Action& action) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App* c = pst.add_subcommand("export", "Write the items as files that other programs read");
  c->add_option("FILE", arguments->file, "the PST file")->required();
  c->add_option("--to", arguments->to, "the directory to make; if it is there, it must be empty")->required();
  c->add_option("--folder", arguments->options.folders,
                "only this folder and those below it, as `ls --json` shows its path; may be repeated")
      ->allow_extra_args(false);
  c->add_flag("--associated", arguments->options.associated, "associated (hidden) items too");
  c->footer(
      "One directory for each folder, one file for each item, and export.jsonl, which lists them.\n"
      "Appointments, tasks and journal entries become .ics, contacts and lists .vcf, all else .eml.\n"
      "What cannot be read is skipped, what its form cannot hold is left out; both are listed on standard\n"
      "error, and the exit code is then 3.\n"
      "Examples:\n  mailkeep pst export archive.pst --to archive\n"
      "  mailkeep pst export archive.pst --to inbox --folder 'Top of Personal Folders/Inbox'");
  c->callback([arguments, &action] {
    action = [arguments] {
      const auto done = run_export(*arguments);
      return done ? *done : report(done.error());
    };
  });
}

}  // namespace mk::app
