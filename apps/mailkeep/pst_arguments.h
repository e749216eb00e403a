#pragma once
#include <CLI/CLI.hpp>
#include <string>

#include "exit.h"
#include "pst/reader.h"

namespace mk::app {

/// What all commands that look into a PST have in common.
struct PstArguments {
  std::string file;
  bool json = false;
};
CLI::App* add_pst_command(CLI::App& pst, PstArguments& arguments, const char* name, const char* what);

/// Prints the file's warnings on standard error.
void print_warnings(const pst::PstFile& file);
/// `0x200024`
std::string nid_text(pst::Nid nid);
ExitCode exit_code_of(const Status& s);

}  // namespace mk::app
