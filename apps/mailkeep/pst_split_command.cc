#include "pst_split_command.h"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "base/file.h"
#include "pst_arguments.h"
#include "pst_output_options.h"

namespace mk::app {
namespace {

struct SplitArguments : CopyArguments {
  std::string by = "size";
};

const std::map<std::string, pst::SplitBy> kWays = {
    {"size", pst::SplitBy::kSize}, {"year", pst::SplitBy::kYear}, {"folder", pst::SplitBy::kFolder}};

Result<ExitCode> split(SplitArguments a) {
  TRY_ASSIGN(const pst::CopyOptions options, copy_options(a));
  TRY_ASSIGN(const auto from, pst::PstFile::open(a.from));
  std::filesystem::path to = a.to;
  if (to.extension() != ".pst") {
    TRY(mk::create_directories(to));
    to /= std::filesystem::path(a.from).filename().replace_extension(".pst");
  }
  a.to = to.string();
  std::error_code ignored;
  if (std::filesystem::equivalent(a.from, to, ignored))
    return Error{Code::kInvalid, a.to + ": is the original itself; choose another directory or name"};
  TRY_ASSIGN(const auto report, pst::split_pst(*from, to, kWays.at(a.by), options));
  print_warnings(*from);
  return print_copied(report, a);
}

}  // namespace

void add_pst_split_command(CLI::App& pst, Action& action) {
  auto arguments = std::make_shared<SplitArguments>();
  CLI::App* c = pst.add_subcommand("split", "Copy a PST file into several smaller ones");
  c->add_option("FILE", arguments->from, "the PST file to read")->required();
  c->add_option("--to", arguments->to, "a directory, or the name of the first part, which ends in .pst")
      ->required()
      ->type_name("DIR|NAME.pst");
  c->add_option("--by", arguments->by, "size, year, or folder: what is at the top of the mailbox")
      ->check(CLI::IsMember(kWays))
      ->capture_default_str();
  add_output_options(*c, *arguments, "--size");
  add_where_option(*c, *arguments);
  c->footer(
      "Parts are NAME.pst, NAME-2.pst ..., or NAME-2024.pst, NAME-Inbox.pst ...; each has all folders and "
      "none\n"
      "is larger than --size, but where one item alone is. NAME.parts.json lists them.\n"
      "Examples:\n  mailkeep pst split archive.pst --to parts --size 20GB\n"
      "  mailkeep pst split archive.pst --to parts/mail.pst --by year");
  c->callback([arguments, &action] {
    action = [arguments] {
      const auto done = split(*arguments);
      return done ? *done : report(done.error());
    };
  });
}

}  // namespace mk::app
