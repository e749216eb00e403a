#include "pst_copy_command.h"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "base/text.h"
#include "pst_arguments.h"
#include "pst_output_options.h"

namespace mk::app {
namespace {

/// Names a file twice, or one that is read and one that is written: refused before anything is touched.
Status check_names(const std::vector<std::string>& from, const std::string& to, bool force) {
  std::error_code ignored;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (std::filesystem::equivalent(from[i], to, ignored))
      return Error{Code::kInvalid, to + ": is the original itself; choose another name for the copy"};
    for (std::size_t k = 0; k < i; ++k)
      if (std::filesystem::equivalent(from[i], from[k], ignored))
        return Error{Code::kInvalid, from[i] + ": is given twice; name each file once"};
  }
  return pst::check_free(to, force);
}

Result<ExitCode> copy(const std::vector<std::string>& from, const CopyArguments& a) {
  TRY_ASSIGN(const pst::CopyOptions options, copy_options(a));
  TRY(check_names(from, a.to, a.force));
  std::vector<std::unique_ptr<pst::PstFile>> files;
  std::vector<pst::CopySource> sources;
  for (const auto& name : from) {
    TRY_ASSIGN(auto file, pst::PstFile::open(name));
    files.push_back(std::move(file));
    sources.push_back({files.back().get(), from.size() > 1 ? name : ""});
  }
  TRY_ASSIGN(const auto report, pst::copy_psts(sources, a.to, options));
  for (const auto& file : files) print_warnings(*file);
  return print_copied(report, a);
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
  TRY_ASSIGN(pst::CopyOptions options, copy_options(a));
  options.partial = true;
  TRY(check_names({a.from}, a.to, a.force));
  TRY_ASSIGN(const auto from, pst::PstFile::open(a.from, {.salvage = true}));
  TRY_ASSIGN(const auto report, pst::copy_pst(*from, a.to, options));
  const auto damage = from->warnings();
  for (const auto& w : damage) fmt::print("damage: {}\n", printable(w));
  print_losses(report);
  print_parts(report);
  fmt::print("{}: {} folders, {} items, {} associated items; {} items not whole, {} lost\n", a.to,
             report.folders, report.items, report.associated, report.incomplete.size(),
             report.skipped.size());
  const bool whole = damage.empty() && report.skipped.empty() && report.incomplete.empty();
  return whole ? ExitCode::kOk : ExitCode::kSkipped;
}

void add_recover_command(CLI::App& pst, Action& action) {
  auto arguments = std::make_shared<CopyArguments>();
  CLI::App* c = pst.add_subcommand("recover", "Rebuild what can be read of a damaged or cut PST file");
  c->add_option("FILE", arguments->from, "the damaged file; it is only read")->required();
  c->add_option("--to", arguments->to, "the PST file to make")->required();
  add_output_options(*c, *arguments);
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

struct MergeArguments : CopyArguments {
  std::vector<std::string> files;
};

/// `from` gives the files that are read.
template <class Arguments, class From>
void run_copy(CLI::App& c, const std::shared_ptr<Arguments>& arguments, From from, Action& action) {
  c.callback([arguments, from, &action] {
    action = [arguments, from] {
      const auto done = copy(from(*arguments), *arguments);
      return done ? *done : report(done.error());
    };
  });
}

void add_merge_command(CLI::App& pst, Action& action) {
  auto arguments = std::make_shared<MergeArguments>();
  CLI::App* c = pst.add_subcommand("merge", "Copy several PST files into one new file");
  c->add_option("FILE", arguments->files, "the PST files to read, two or more")->required()->expected(2, -1);
  c->add_option("--to", arguments->to, "the PST file to make")->required();
  add_output_options(*c, *arguments);
  add_where_option(*c, *arguments);
  c->add_flag("--skip-duplicates", arguments->skip_duplicates,
              "leave out an item when its folder holds the same one already");
  c->footer(
      "Folders of equal path become one; the top of the mailbox and Deleted Items meet whatever they are\n"
      "called. Items that cannot be read are skipped and listed on standard error; the exit code is then 3.\n"
      "Examples:\n  mailkeep pst merge 2023.pst 2024.pst --to both.pst\n"
      "  mailkeep pst merge *.pst --to all.pst --skip-duplicates --split 20GB");
  run_copy(*c, arguments, [](const MergeArguments& a) { return a.files; }, action);
}

}  // namespace

void add_pst_copy_command(CLI::App& pst, Action& action) {
  auto arguments = std::make_shared<CopyArguments>();
  CLI::App* c = pst.add_subcommand("copy", "Copy all folders and items, or some, into a new PST file");
  c->add_option("FROM", arguments->from, "the PST file to read")->required();
  c->add_option("TO", arguments->to, "the PST file to make")->required();
  add_output_options(*c, *arguments);
  add_where_option(*c, *arguments);
  c->footer(
      kWhereHelp +
      std::string(
          "Items that cannot be read are skipped and listed on standard error; the exit code is then 3.\n"
          "`mailkeep pst recover` gets more out of a damaged file.\n"
          "Examples:\n  mailkeep pst copy archive.pst copy.pst\n"
          "  mailkeep pst copy archive.pst inbox.pst --where folder=Inbox --where since=2019-01-01 \\\n"
          "      --where before=2020-01-01\n"
          "  mailkeep pst copy archive.pst bob.pst --where 'from=*@example.com' --where class=IPM.Note"));
  run_copy(*c, arguments, [](const CopyArguments& a) { return std::vector{a.from}; }, action);
  add_merge_command(pst, action);
  add_recover_command(pst, action);
}

}  // namespace mk::app
