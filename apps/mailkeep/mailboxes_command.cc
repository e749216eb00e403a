#include "mailboxes_command.h"

#include <fmt/format.h>

#include <memory>

#include "base/json.h"
#include "base/text.h"
#include "server_options.h"
#include "source/mailbox_directory.h"

namespace mk::app {
namespace {

constexpr const char* kFooter = R"(Examples:
  mailkeep mailboxes --server mail.example.com --user backup@example.com --password-file pw
  mailkeep mailboxes --file people.csv --include '*@example.com' --exclude 'room*'

A file has an address and, if there is one, a name in each row; a first row may name the columns. Ends with 3 when
rows of the file were left out, or when the server names fewer mailboxes than it has.)";

struct Chosen {
  ServerOptions server;
  std::string file, prefix;
  std::vector<std::string> include{"*"}, exclude;
  bool json = false;
};

void warn(const std::string& text) { fmt::print(stderr, "mailkeep: {}\n", printable(text)); }

/// What the sources give; the value is true when nothing is missing.
Result<bool> read_file_into(source::MailboxDirectory& directory, const std::string& file) {
  TRY_ASSIGN(const auto list, source::read_address_list(file));
  directory.add(list.people);
  for (const auto& fault : list.faults) warn(fmt::format("{} line {}: {}", file, fault.line, fault.why));
  if (list.n_faults > list.faults.size())
    warn(fmt::format("{}: and {} more lines like that", file, list.n_faults - list.faults.size()));
  return list.n_faults == 0;
}

Result<bool> ask_server(source::MailboxDirectory& directory, const Chosen& chosen) {
  TRY_ASSIGN(const auto options, ews_options(chosen.server));
  TRY_ASSIGN(const auto listing, source::list_directory(options, chosen.prefix));
  directory.add(listing.people);
  if (!listing.incomplete.empty())
    warn(fmt::format("the server names not all whose address begins with {}; give them in a file",
                     fmt::join(listing.incomplete, ", ")));
  return listing.incomplete.empty();
}

void print(const std::vector<source::Person>& people, bool json) {
  if (!json) {
    for (const auto& p : people)
      fmt::print("{}{}{}\n", printable(p.address), p.name.empty() ? "" : "\t", p.name);
    return;
  }
  const char* separator = "\n";
  fmt::print("[");
  for (const auto& p : people) {
    fmt::print(R"({}{{"address":{},"name":{}}})", separator, json_quote(p.address), json_quote(p.name));
    separator = ",\n";
  }
  fmt::print("\n]\n");
}

ExitCode list_mailboxes(const Chosen& chosen) {
  if (chosen.file.empty() && chosen.server.server.empty())
    return report({Code::kInvalid, "whose mailboxes? give --server, --file or both"});
  source::MailboxDirectory directory;
  bool complete = true;
  for (const bool of_file : {true, false}) {
    if (of_file ? chosen.file.empty() : chosen.server.server.empty()) continue;
    const auto read = of_file ? read_file_into(directory, chosen.file) : ask_server(directory, chosen);
    if (!read) return report(read.error());
    complete = complete && *read;
  }
  print(source::choose_mailboxes(directory.people(), {{}, chosen.include, chosen.exclude}), chosen.json);
  return complete ? ExitCode::kOk : ExitCode::kSkipped;
}

}  // namespace

void add_mailboxes_command(CLI::App& app, Action& action) {
  const auto chosen = std::make_shared<Chosen>();
  CLI::App& command =
      *app.add_subcommand("mailboxes", "List the mailboxes of a server, or of a file with addresses");
  command.footer(kFooter);
  add_server_options(command, chosen->server, false);
  command.add_option("--file", chosen->file, "CSV file with addresses (UTF-8)");
  command.add_option("--prefix", chosen->prefix, "ask the server only for those that begin like this");
  command.add_option("--include", chosen->include, "pattern of addresses with * and ?, repeatable")
      ->capture_default_str();
  command.add_option("--exclude", chosen->exclude, "pattern of addresses that are left out, repeatable");
  command.add_flag("--json", chosen->json, "print JSON, one mailbox a line");
  command.callback([chosen, &action] { action = [chosen] { return list_mailboxes(*chosen); }; });
}

}  // namespace mk::app
