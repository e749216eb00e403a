#include "agent_point_commands.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "agent_client.h"
#include "base/file.h"
#include "base/text.h"
#include "standard_output.h"

namespace mk::app {
namespace {

constexpr const char* kFooter =
    R"(A point is the newest one at or before a time: nightly@2026-11-22T20:00, nightly@latest.
Examples:
  mailkeep point list nightly --mailbox anna@example.com
  mailkeep point items nightly@latest --mailbox anna@example.com --folder Inbox --sort subject
  mailkeep point show nightly@latest --mailbox anna@example.com --folder Inbox --item ID --to mail.eml
`mailkeep points` and `mailkeep items` look into directories and vaults without an agent.)";

struct Arguments {
  std::string schedule, point, mailbox, destination, folder, item, sort, after, form, to;
  std::int64_t limit = 100;
  bool reverse = false;
};

std::string path_of(const Arguments& a, const char* what) { return api_path("points", {a.point}) + what; }

void warn_unread(const json::value& answer) {
  for (const auto& place : list_at(answer, "unread"))
    fmt::print(stderr, "warning: cannot be read: {}\n", printable(text_of(place)));
}

Result<ExitCode> list(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  TRY_ASSIGN(const auto answer,
             agent.get(api_path("points") + query_of({{"schedule", a.schedule},
                                                      {"mailbox", a.mailbox},
                                                      {"limit", std::to_string(a.limit)}})));
  if (o.json)
    print_json(answer);
  else
    print_list(list_at(answer, "points"), {"point", "mailbox", "kind", "items", "destination", "problem"});
  warn_unread(answer);
  if (text_at(answer, "more") == "true") fmt::print(stderr, "... more: --limit\n");
  return list_at(answer, "unread").empty() ? ExitCode::kOk : ExitCode::kFailed;
}

Result<ExitCode> folders(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  const auto query = query_of({{"mailbox", a.mailbox}, {"destination", a.destination}});
  TRY_ASSIGN(const auto answer, agent.get(path_of(a, "/folders") + query));
  if (o.json)
    print_json(answer);
  else
    print_list(list_at(answer, "folders"), {"items", "associated", "class", "path", "id"});
  return ExitCode::kOk;
}

Result<ExitCode> items(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  // As `mailkeep items` sorts: the newest and largest first, names from A to Z.
  const bool by_name = a.sort == "subject" || a.sort == "sender";
  const auto query = query_of({{"mailbox", a.mailbox},
                               {"destination", a.destination},
                               {"folder", a.folder},
                               {"sort", a.sort},
                               {"order", by_name != a.reverse ? "ascending" : "descending"},
                               {"after", a.after},
                               {"limit", std::to_string(a.limit)}});
  TRY_ASSIGN(const auto answer, agent.get(path_of(a, "/items") + query));
  const auto& found = list_at(answer, "items");
  if (o.json)
    print_json(answer);
  else
    print_list(found, {"received", "bytes", "sender", "subject", "class", "id"});
  if (text_at(answer, "more") == "true" && !found.empty())
    fmt::print(stderr, "... more: --after {}\n", text_at(found.back(), "id"));
  if (const auto lost = text_at(answer, "lost"); lost != "0")
    fmt::print(stderr, "warning: {} items of this folder are lost\n", lost);
  return ExitCode::kOk;
}

/// Into a new file, or none.
Status save(AgentClient& agent, const std::string& path, const std::string& to) {
  TRY_ASSIGN(File file, File::open(to, File::Mode::kCreateNew));
  const auto fill = [&]() -> Status {
    FileSink out(file);
    TRY(agent.download(path, out));
    TRY(out.flush());
    return file.sync();
  };
  const Status done = fill();
  std::error_code ignored;
  if (!done) std::filesystem::remove(to, ignored);
  return done;
}

Result<ExitCode> show(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  const auto query = query_of({{"mailbox", a.mailbox},
                               {"destination", a.destination},
                               {"folder", a.folder},
                               {"item", a.item},
                               {"form", o.json ? "" : a.form}});
  const std::string path = path_of(a, o.json ? "/item" : "/item/file") + query;
  if (!a.to.empty()) {
    TRY(save(agent, path, a.to));
    return ExitCode::kOk;
  }
  StandardOutput out;
  TRY(agent.download(path, out));
  return ExitCode::kOk;
}

void add_limit(CLI::App& c, Arguments& a, int most) {
  c.add_option("--limit", a.limit, "at most so many")->check(CLI::Range(1, most))->capture_default_str();
}

void add_point(CLI::App& c, Arguments& a) {
  c.add_option("POINT", a.point, "SCHEDULE@TIME or SCHEDULE@latest")->required();
  c.add_option("--mailbox", a.mailbox, "whose")->required();
  c.add_option("--destination", a.destination,
               "the destination of the schedule to read; else the first that has the point");
}

}  // namespace

void add_agent_point_commands(CLI::App& app, Action& action) {
  CLI::App& group =
      *app.add_subcommand("point", "Restore points of the agent's schedules, and what is in them");
  group.require_subcommand(1);
  group.footer(kFooter);
  const auto [listing, to_list] =
      add_agent_command(group, "list", "List restore points, the newest first", action, list);
  listing->add_option("SCHEDULE", to_list->schedule, "name of the schedule")->required();
  listing->add_option("--mailbox", to_list->mailbox, "only those of this mailbox");
  add_limit(*listing, *to_list, 100'000);
  const auto [browsing, to_browse] =
      add_agent_command(group, "folders", "List the folders of a point", action, folders);
  add_point(*browsing, *to_browse);
  const auto [paging, to_page] =
      add_agent_command(group, "items", "List the items of a folder of a point", action, items);
  add_point(*paging, *to_page);
  paging->add_option("--folder", to_page->folder, "a path or id:...")->required();
  paging
      ->add_option(
          "--sort", to_page->sort,
          "in a vault: date and size (the newest and largest first), subject or sender (from A to Z)")
      ->check(CLI::IsMember({"date", "subject", "sender", "size"}));
  paging->add_flag("--reverse", to_page->reverse, "the other way round");
  paging->add_option("--after", to_page->after, "begin behind the item with this id");
  add_limit(*paging, *to_page, 1000);
  const auto [showing, to_show] = add_agent_command(
      group, "show", "Print an item as a file (.eml, .ics or .vcf); with --json all its properties", action,
      show);
  add_point(*showing, *to_show);
  showing->add_option("--folder", to_show->folder, "a path or id:...")->required();
  showing->add_option("--item", to_show->item, "id of the item, as lists and searches give it")->required();
  showing->add_option("--form", to_show->form, "eml, ics or vcf; else what fits the item")
      ->check(CLI::IsMember({"eml", "ics", "vcf"}));
  showing->add_option("--to", to_show->to, "write this new file instead of standard output");
}

}  // namespace mk::app
