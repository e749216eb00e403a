#include "pst_copy_command.h"

#include <fmt/format.h>

#include <memory>

#include "base/text.h"
#include "pst/copy.h"

namespace mk::app {
namespace {

struct CopyArguments {
  std::string from, to, temporary;
  bool plain = false, force = false;
};

void print_skipped(const pst::CopyReport& report) {
  for (const auto& s : report.skipped)
    fmt::print(stderr, "skipped {:#x} in {}: {}\n", s.nid.value, printable(s.folder),
               printable(s.error.what));
}

Result<ExitCode> copy(const CopyArguments& a) {
  std::error_code ignored;
  if (std::filesystem::equivalent(a.from, a.to, ignored))
    return Error{Code::kInvalid, a.to + ": is the original itself; choose another name for the copy"};
  if (!a.force && std::filesystem::exists(a.to, ignored))
    return Error{Code::kInvalid,
                 a.to + ": is there already; choose another name, or say --force to replace it"};
  TRY_ASSIGN(const auto from, pst::PstFile::open(a.from));
  pst::CopyOptions options;
  options.permute = !a.plain;
  options.spill_directory = a.temporary;
  TRY_ASSIGN(const auto report, pst::copy_pst(*from, a.to, options));
  for (const auto& w : from->warnings()) fmt::print(stderr, "mailkeep: warning: {}\n", printable(w));
  print_skipped(report);
  fmt::print("{}: {} folders, {} items, {} associated items, {} skipped\n", a.to, report.folders,
             report.items, report.associated, report.skipped.size());
  return report.skipped.empty() ? ExitCode::kOk : ExitCode::kSkipped;
}

}  // namespace

void add_pst_copy_command(CLI::App& pst, Action& action) {
  auto arguments = std::make_shared<CopyArguments>();
  CLI::App* c = pst.add_subcommand("copy", "Copy all folders and items into a new PST file");
  c->add_option("FROM", arguments->from, "the PST file to read")->required();
  c->add_option("TO", arguments->to, "the PST file to make")->required();
  c->add_flag("--plain", arguments->plain, "write without the usual encoding");
  c->add_flag("--force", arguments->force, "replace TO when it is there");
  c->add_option("--temporary", arguments->temporary, "folder for temporary files; else beside TO");
  c->footer(
      "What cannot be read is skipped and listed on standard error; the exit code is then 3.\n"
      "Example:\n  mailkeep pst copy damaged.pst rescued.pst");
  c->callback([arguments, &action] {
    action = [arguments] {
      const auto done = copy(*arguments);
      return done ? *done : report(done.error());
    };
  });
}

}  // namespace mk::app
