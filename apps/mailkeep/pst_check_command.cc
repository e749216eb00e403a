#include "pst_check_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <limits>
#include <memory>

#include "base/json.h"
#include "base/text.h"
#include "progress_line.h"
#include "pst/check/checker.h"

namespace mk::app {
namespace {

struct CheckArguments {
  std::string file, temporary;
  bool strict = false, json = false, rules = false, all = false, quiet = false;
  std::uint64_t limit = 20;
};

/// Of this command alone: what a script asks for is a verdict (docs/guides/exit-codes.md).
constexpr ExitCode kClean = ExitCode::kOk, kFound = static_cast<ExitCode>(1),
                   kUnreadable = static_cast<ExitCode>(2);

void print_rules() {
  fmt::print("{:<26}{:<8}{:<11}{:<12}{}\n", "code", "weight", "where", "[MS-PST]", "found when");
  for (const auto& r : pst::check::kRules)
    fmt::print("{:<26}{:<8}{:<11}{:<12}{}\n", r.code, weight_name(r.weight), scope_name(r.scope), r.section,
               r.meaning);
}

void print_json(const pst::check::Finding& f) {
  fmt::print(
      R"({{"code":{},"weight":{},"invariant":{},"section":{},"place":{},"expected":{},"found":{},"meaning":{}}})"
      "\n",
      json_quote(f.rule->code), json_quote(weight_name(f.weight)), f.rule->invariant,
      json_quote(f.rule->section), json_quote(f.place), json_quote(f.expected), json_quote(f.found),
      json_quote(f.rule->meaning));
}

void print_text(const pst::check::Finding& f) {
  fmt::print("{}: {}: {}: {} ([MS-PST] {}); expected {}, found {}\n", weight_name(f.weight), f.rule->code,
             printable(f.place), f.rule->meaning, f.rule->section, printable(f.expected), printable(f.found));
}

void print_summary(const CheckArguments& a, const pst::check::CheckReport& r) {
  if (a.json) {
    std::string counts;
    for (std::size_t i = 0; i < r.counts.size(); ++i)
      if (r.counts[i] > 0)
        counts += fmt::format("{}{}:{}", counts.empty() ? "" : ",", json_quote(pst::check::kRules[i].code),
                              r.counts[i]);
    fmt::print(
        R"({{"file":{},"bytes":{},"nodes":{},"blocks":{},"fatal":{},"repair":{},"note":{},"counts":{{{}}}}})"
        "\n",
        json_quote(a.file), r.bytes, r.nodes, r.blocks, r.fatals, r.repairs, r.notes, counts);
    return;
  }
  for (std::size_t i = 0; i < r.counts.size(); ++i)
    if (!a.all && r.counts[i] > a.limit)
      fmt::print("{}: {} more; --all shows them\n", pst::check::kRules[i].code, r.counts[i] - a.limit);
  fmt::print("{}: {} bytes, {} nodes, {} blocks: {} fatal, {} repair, {} notes\n", printable(a.file), r.bytes,
             r.nodes, r.blocks, r.fatals, r.repairs, r.notes);
}

/// One line on a terminal, rewritten a few times a second.
class Ticker {
 public:
  void operator()(const char* phase, std::uint64_t done, std::uint64_t of) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now - last_ < std::chrono::milliseconds(200)) return;
    last_ = now;
    fmt::print(stderr, "\r{}: {}{}\033[K", phase, done, of > 0 ? fmt::format(" of {}", of) : "");
    std::fflush(stderr);
    shown_ = true;
  }
  void clear() const {
    if (shown_) fmt::print(stderr, "\r\033[K");
  }

 private:
  bool terminal_ = isatty(STDERR_FILENO) == 1, shown_ = false;
  std::chrono::steady_clock::time_point last_;
};

Result<ExitCode> check(const CheckArguments& a) {
  TRY_ASSIGN(auto storage, pst::ndb::open_file_storage(a.file));
  pst::check::CheckOptions options;
  options.findings = {a.strict, a.all ? std::numeric_limits<std::uint64_t>::max() : a.limit};
  options.spill_directory = a.temporary;
  if (a.temporary.empty()) options.spill_directory = std::filesystem::temp_directory_path();
  options.cancelled = &interrupted();
  auto ticker = std::make_shared<Ticker>();
  if (!a.quiet) options.progress = [ticker](const char* p, auto done, auto of) { (*ticker)(p, done, of); };
  const auto report = check_pst(std::move(storage), options, a.json ? print_json : print_text);
  ticker->clear();
  if (!report) return report.error();
  print_summary(a, *report);
  return report->repairs + report->fatals == 0 ? kClean : kFound;
}

}  // namespace

void add_pst_check_command(CLI::App& pst, Action& action) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* c = pst.add_subcommand("check", "Check a PST or OST file against every rule of the format");
  auto* file = c->add_option("FILE", arguments->file, "the file to check; it is only read");
  c->add_flag("--strict", arguments->strict, "the rules for files that mailkeep wrote, with their weight");
  c->add_flag("--json", arguments->json, "one JSON object a line, for scripts");
  c->add_flag("--rules", arguments->rules, "list all codes with weight and section")->excludes(file);
  auto* limit = c->add_option("--limit", arguments->limit, "findings of one code that are shown")
                    ->capture_default_str();
  c->add_flag("--all", arguments->all, "show all findings")->excludes(limit);
  c->add_flag("--quiet", arguments->quiet, "no progress");
  c->add_option("--temporary", arguments->temporary, "folder for temporary files; else the system's");
  c->footer(
      "fatal: Outlook does not open it; repair: Microsoft's repair tool would complain; note: genuine files "
      "of\n"
      "Outlook do this too. The exit code is 0 when nothing above note was found, 1 when something was, 2 "
      "when\n"
      "the file cannot be read at all.\n"
      "Example:\n  mailkeep pst check archive.pst --strict");
  c->callback([arguments, file, &action] {
    if (!arguments->rules && file->count() == 0) throw CLI::RequiredError("FILE");
    action = [arguments] {
      if (arguments->rules) {
        print_rules();
        return kClean;
      }
      const auto done = check(*arguments);
      if (done) return *done;
      const ExitCode code = report(done.error());
      return code == ExitCode::kCancelled ? code : kUnreadable;
    };
  });
}

}  // namespace mk::app
