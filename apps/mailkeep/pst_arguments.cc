#include "pst_arguments.h"

#include <fmt/format.h>

#include "base/text.h"

namespace mk::app {

CLI::App* add_pst_command(CLI::App& pst, PstArguments& arguments, const char* name, const char* what) {
  CLI::App* c = pst.add_subcommand(name, what);
  c->add_option("FILE", arguments.file, "the PST file")->required();
  c->add_flag("--json", arguments.json, "one JSON object a line, for scripts");
  return c;
}

void print_warnings(const pst::PstFile& file) {
  for (const auto& w : file.warnings()) fmt::print(stderr, "mailkeep: warning: {}\n", printable(w));
}

std::string nid_text(pst::Nid nid) { return fmt::format("{:#x}", nid.value); }

ExitCode exit_code_of(const Status& s) { return s ? ExitCode::kOk : report(s.error()); }

}  // namespace mk::app
