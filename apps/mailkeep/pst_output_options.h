#pragma once
#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "exit.h"
#include "pst/copy.h"

namespace mk::app {

/// What the commands that write PSTs have in common.
struct CopyArguments {
  std::vector<std::string> where;
  std::string from, to, temporary, part_bytes = "20GB";
  bool plain = false, force = false, skip_duplicates = false;
};

/// What `--where` takes, for --help.
extern const char* const kWhereHelp;

void add_output_options(CLI::App& c, CopyArguments& a, const char* size_option = "--split");
void add_where_option(CLI::App& c, CopyArguments& a);
Result<pst::CopyOptions> copy_options(const CopyArguments& a);

/// Which parts there are, when there are several; which of them are above the limit.
void print_parts(const pst::CopyReport& report);
/// What was copied and what was not; gives the exit code.
ExitCode print_copied(const pst::CopyReport& report, const CopyArguments& a);

}  // namespace mk::app
