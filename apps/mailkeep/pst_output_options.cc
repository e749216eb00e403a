#include "pst_output_options.h"

#include <fmt/format.h>

#include "base/text.h"

namespace mk::app {

const char* const kWhereHelp =
    "--where takes KEY=VALUE and may be repeated: the same key again means either, different keys mean "
    "both.\n"
    "  folder=PATH      that folder and all below it, as `tree` shows it, from its root or from the top of "
    "the\n"
    "                   mailbox (\\/ for a slash in a name)\n"
    "  since=TIME before=TIME   received, else sent, else created then; UTC, as 2024-05-31 or\n"
    "                   2024-05-31T08:00+02:00. Also received-since, received-before, sent-since, "
    "sent-before\n"
    "  from=PATTERN     name or address of the sender, * for any characters, ? for one\n"
    "  class=CLASS      that message class and those below it: IPM.Note, IPM.Appointment\n";

void add_output_options(CLI::App& c, CopyArguments& a, const char* size_option) {
  c.add_flag("--plain", a.plain, "write without the usual encoding");
  c.add_flag("--force", a.force, "replace the new file when it is there");
  c.add_option("--temporary", a.temporary, "folder for temporary files; else beside the new file");
  c.add_option(size_option, a.part_bytes,
               "the most that one file may have, at most 50GiB; what is more goes into NAME-2.pst ...")
      ->type_name("SIZE")
      ->capture_default_str();
}

void add_where_option(CLI::App& c, CopyArguments& a) {
  c.add_option("--where", a.where, "which items: KEY=VALUE, see below; may be repeated")
      ->type_name("TERM")
      ->allow_extra_args(false);
}

Result<pst::CopyOptions> copy_options(const CopyArguments& a) {
  pst::CopyOptions options;
  options.permute = !a.plain;
  options.replace = a.force;
  options.spill_directory = a.temporary;
  options.skip_duplicates = a.skip_duplicates;
  TRY_ASSIGN(options.where, pst::Where::parse(a.where));
  auto bytes = pst::parse_part_bytes(a.part_bytes);
  if (!bytes) return std::move(bytes).error().in("size of a file");
  options.max_bytes = *bytes;
  return options;
}

void print_parts(const pst::CopyReport& report) {
  for (const auto& p : report.parts) {
    if (report.parts.size() > 1 || !p.label.empty())
      fmt::print("{}: {} items, {} associated items, {} bytes\n", printable(p.path.string()), p.items,
                 p.associated, p.bytes);
    if (p.is_oversized)
      fmt::print(stderr, "mailkeep: warning: {}: its one item is larger than the size asked for\n",
                 printable(p.path.string()));
  }
}

ExitCode print_copied(const pst::CopyReport& report, const CopyArguments& a) {
  for (const auto& s : report.skipped)
    fmt::print(stderr, "skipped {:#x} in {}: {}\n", s.nid.value, printable(s.folder),
               printable(s.error.what));
  print_parts(report);
  std::string more;
  if (!a.where.empty()) more += fmt::format(", {} others left out", report.not_meant);
  if (a.skip_duplicates) more += fmt::format(", {} duplicates left out", report.duplicates);
  fmt::print("{}: {} folders, {} items, {} associated items, {} skipped{}\n", a.to, report.folders,
             report.items, report.associated, report.skipped.size(), more);
  return report.skipped.empty() ? ExitCode::kOk : ExitCode::kSkipped;
}

}  // namespace mk::app
