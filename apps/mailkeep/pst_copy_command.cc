#include "pst_copy_command.h"

#include <fmt/format.h>

#include <map>
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

Status check_names(const CopyArguments& a) {
  std::error_code ignored;
  if (std::filesystem::equivalent(a.from, a.to, ignored))
    return Error{Code::kInvalid, a.to + ": is the original itself; choose another name for the copy"};
  if (!a.force && std::filesystem::exists(a.to, ignored))
    return Error{Code::kInvalid,
                 a.to + ": is there already; choose another name, or say --force to replace it"};
  return ok;
}

Result<ExitCode> copy(const CopyArguments& a) {
  TRY(check_names(a));
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

/// What became of a folder that lost something.
struct FolderLoss {
  std::uint64_t copied = 0, lost = 0, incomplete = 0;
};

std::map<std::string, FolderLoss> losses_of(const pst::CopyReport& report) {
  std::map<std::string, FolderLoss> out;
  for (const auto& s : report.skipped) ++out[s.folder].lost;
  for (const auto& i : report.incomplete) ++out[i.folder].incomplete;
  for (auto& [folder, loss] : out)
    if (const auto it = report.copied.find(folder); it != report.copied.end()) loss.copied = it->second;
  return out;
}

void print_losses(const pst::CopyReport& report) {
  for (const auto& [folder, loss] : losses_of(report))
    fmt::print("folder {}: {} items recovered, {} of them not whole, {} lost\n", printable(folder),
               loss.copied, loss.incomplete, loss.lost);
  for (const auto& s : report.skipped)
    fmt::print("lost {:#x} in {}: {}\n", s.nid.value, printable(s.folder), printable(s.error.what));
  for (const auto& i : report.incomplete)
    for (const auto& what : i.lost)
      fmt::print("not whole {:#x} in {}: {}\n", i.nid.value, printable(i.folder), printable(what));
}

Result<ExitCode> recover(const CopyArguments& a) {
  TRY(check_names(a));
  TRY_ASSIGN(const auto from, pst::PstFile::open(a.from, {.salvage = true}));
  pst::CopyOptions options;
  options.permute = !a.plain;
  options.partial = true;
  options.spill_directory = a.temporary;
  TRY_ASSIGN(const auto report, pst::copy_pst(*from, a.to, options));
  const auto damage = from->warnings();
  for (const auto& w : damage) fmt::print("damage: {}\n", printable(w));
  print_losses(report);
  fmt::print("{}: {} folders, {} items, {} associated items; {} items not whole, {} lost\n", a.to,
             report.folders, report.items, report.associated, report.incomplete.size(),
             report.skipped.size());
  const bool whole = damage.empty() && report.skipped.empty() && report.incomplete.empty();
  return whole ? ExitCode::kOk : ExitCode::kSkipped;
}

void add_options(CLI::App& c, CopyArguments& a) {
  c.add_flag("--plain", a.plain, "write without the usual encoding");
  c.add_flag("--force", a.force, "replace the new file when it is there");
  c.add_option("--temporary", a.temporary, "folder for temporary files; else beside the new file");
}

void add_recover_command(CLI::App& pst, Action& action) {
  auto arguments = std::make_shared<CopyArguments>();
  CLI::App* c = pst.add_subcommand("recover", "Rebuild what can be read of a damaged or cut PST file");
  c->add_option("FILE", arguments->from, "the damaged file; it is only read")->required();
  c->add_option("--to", arguments->to, "the PST file to make")->required();
  add_options(*c, *arguments);
  c->footer(
      "Where the file's B-trees are damaged, the whole file is scanned for pages and blocks. Items whose\n"
      "folder is gone are put into a folder \"Recovered\". Of damaged items everything that can be read is\n"
      "kept; zeros take the place of lost parts of long values. Standard output says what is damaged, lost\n"
      "or not whole, and why. The exit code is 3 when there was any damage, 0 when there was none.\n"
      "Example:\n  mailkeep pst recover damaged.pst --to rescued.pst");
  c->callback([arguments, &action] {
    action = [arguments] {
      const auto done = recover(*arguments);
      return done ? *done : report(done.error());
    };
  });
}

}  // namespace

void add_pst_copy_command(CLI::App& pst, Action& action) {
  auto arguments = std::make_shared<CopyArguments>();
  CLI::App* c = pst.add_subcommand("copy", "Copy all folders and items into a new PST file");
  c->add_option("FROM", arguments->from, "the PST file to read")->required();
  c->add_option("TO", arguments->to, "the PST file to make")->required();
  add_options(*c, *arguments);
  c->footer(
      "Items that cannot be read are skipped and listed on standard error; the exit code is then 3. "
      "`mailkeep pst\n"
      "recover` gets more out of a damaged file.\n"
      "Example:\n  mailkeep pst copy archive.pst copy.pst");
  c->callback([arguments, &action] {
    action = [arguments] {
      const auto done = copy(*arguments);
      return done ? *done : report(done.error());
    };
  });
  add_recover_command(pst, action);
}

}  // namespace mk::app
