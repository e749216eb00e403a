#include "agent_restore_commands.h"

#include <fmt/format.h>

#include "agent_client.h"
#include "base/text.h"

namespace mk::app {
namespace {

struct Arguments {
  std::int64_t restore = 0, limit = 100, max_pst_bytes = 0;
  std::string point, mailbox, destination, kind, connection, to_mailbox, to_folder, directory, if_present;
  std::vector<std::string> folders, items;
  bool dry_run = false, wait = false;
};

std::string path_of(const std::string& number) { return api_path("restores", {number}); }
std::string one(const Arguments& a) { return path_of(std::to_string(a.restore)); }

bool is_over(const json::value& restore) {
  const std::string state = text_at(restore, "state");
  return state != "queued" && state != "running";
}

/// As the direct restore ends.
ExitCode outcome_of(const json::value& restore) {
  const std::string state = text_at(restore, "state");
  if (state == "incomplete") return ExitCode::kSkipped;
  if (state == "failed") return ExitCode::kFailed;
  return state == "cancelled" ? ExitCode::kCancelled : ExitCode::kOk;
}

void print_restore(const json::value& r) {
  const json::value& request = r.at("request");
  const std::string undone = text_at(request, "undo");
  const bool undoes = !undone.empty() && undone != "0";
  fmt::print("restore {}: {}, {}{}\n", text_at(r, "id"),
             undoes ? "undo of " + undone : printable(text_at(request, "point")), text_at(r, "state"),
             text_at(request, "dry_run") == "true" ? ", dry run" : "");
  print_members(request, {"mailbox", "destination", "target"});
  print_members(r, {"requested", "started", "finished", "in_state", "created", "updated", "skipped", "failed",
                    "output", "notes", "error", "undone", "progress"});
}

/// Tells of a restore that was begun; with --wait, when it is over.
Result<ExitCode> tell(AgentClient& agent, const AgentOptions& o, const Arguments& a, json::value restore) {
  if (!o.json) fmt::print("restore {}\n", text_at(restore, "id"));
  if (a.wait) {
    std::fflush(stdout);
    TRY_ASSIGN(restore, wait_for(agent, path_of(text_at(restore, "id")), is_over));
    if (!o.json) print_restore(restore);
  }
  if (o.json) print_json(restore);
  return outcome_of(restore);
}

json::object target_of(const Arguments& a) {
  json::object target{{"kind", a.kind}};
  for (const auto& [member, value] : {std::pair("connection", &a.connection),
                                      {"mailbox", &a.to_mailbox},
                                      {"folder", &a.to_folder},
                                      {"directory", &a.directory}})
    if (!value->empty()) target[member] = *value;
  if (a.max_pst_bytes != 0) target["max_pst_bytes"] = a.max_pst_bytes;
  return target;
}

Result<ExitCode> start(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  json::object request{
      {"point", a.point}, {"mailbox", a.mailbox}, {"target", target_of(a)}, {"dry_run", a.dry_run}};
  if (!a.destination.empty()) request["destination"] = a.destination;
  if (!a.if_present.empty()) request["if_present"] = a.if_present;
  if (!a.folders.empty()) request["folders"] = json::value_from(a.folders);
  if (!a.items.empty()) request["items"] = json::value_from(a.items);
  TRY_ASSIGN(auto begun, agent.post(api_path("restores"), request));
  return tell(agent, o, a, std::move(begun));
}

Result<ExitCode> undo(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  const std::string path = one(a) + "/undo" + query_of({{"dry_run", a.dry_run ? "true" : ""}});
  TRY_ASSIGN(auto begun, agent.post(path, json::object()));
  return tell(agent, o, a, std::move(begun));
}

Result<ExitCode> again(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  TRY_ASSIGN(auto begun, agent.post(one(a) + "/again", json::object()));
  return tell(agent, o, a, std::move(begun));
}

Result<ExitCode> cancel(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  TRY_ASSIGN(const auto restore, agent.post(one(a) + "/cancel", json::object()));
  o.json ? print_json(restore)
         : fmt::print("restore {}: {}\n", text_at(restore, "id"), text_at(restore, "state"));
  return ExitCode::kOk;
}

Result<ExitCode> list(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  TRY_ASSIGN(const auto answer,
             agent.get(api_path("restores") + query_of({{"limit", std::to_string(a.limit)}})));
  if (o.json) return print_json(answer), ExitCode::kOk;
  std::vector<std::vector<std::string>> rows{
      {"restore", "point", "mailbox", "who", "requested", "state", "created", "skipped", "failed"}};
  for (const auto& r : list_at(answer, "restores"))
    rows.push_back({text_at(r, "id"), text_at(r.at("request"), "point"), text_at(r.at("request"), "mailbox"),
                    text_at(r, "who"), text_at(r, "requested"), text_at(r, "state"), text_at(r, "created"),
                    text_at(r, "skipped"), text_at(r, "failed")});
  print_table(rows);
  return ExitCode::kOk;
}

/// Ends as the restore did, so that a script can ask.
Result<ExitCode> show(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  TRY_ASSIGN(const auto restore, agent.get(one(a)));
  o.json ? print_json(restore) : print_restore(restore);
  return outcome_of(restore);
}

Result<ExitCode> items(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  for (std::string from = "0"; !from.empty();) {
    TRY_ASSIGN(const auto page, agent.get(one(a) + "/items" + query_of({{"from", from}, {"limit", "1000"}})));
    for (const auto& item : list_at(page, "items")) {
      if (o.json)
        print_json(item);
      else
        fmt::print("{}  {}  {}  {}\n", text_at(item, "action"), printable(text_at(item, "folder")),
                   printable(text_at(item, "subject")), printable(text_at(item, "why")));
    }
    from = text_at(page, "next");
  }
  return ExitCode::kOk;
}

/// Shows it, or sets it.
Result<ExitCode> root(AgentClient& agent, const AgentOptions& o, const Arguments& a) {
  const std::string path = api_path("restore-root");
  TRY_ASSIGN(const auto answer, a.directory.empty()
                                    ? agent.get(path)
                                    : agent.put(path, json::object{{"directory", a.directory}}));
  o.json ? print_json(answer) : print_members(answer);
  return ExitCode::kOk;
}

void add_start_options(CLI::App& c, Arguments& a) {
  c.add_option("POINT", a.point, "SCHEDULE@TIME or SCHEDULE@latest")->required();
  c.add_option("--mailbox", a.mailbox, "whose backup")->required();
  c.add_option("--destination", a.destination,
               "the destination of the schedule to read; else the first that has the point");
  c.add_option("--folder", a.folders, "a folder with its sub-folders: a path or id:...; may be repeated");
  c.add_option("--item", a.items, "id of a single item; may be repeated");
  c.add_option("--to", a.kind,
               "original: where it came from; mailbox: another mailbox; pst, files: below the restore root")
      ->required()
      ->check(CLI::IsMember({"original", "mailbox", "pst", "files"}));
  c.add_option("--connection", a.connection, "the connection by which the mailbox is reached");
  c.add_option("--to-mailbox", a.to_mailbox, "address of the mailbox to restore into");
  c.add_option("--to-folder", a.to_folder, "folder of the target to restore below, made if needed");
  c.add_option("--directory", a.directory, "name of the new directory below the restore root");
  c.add_option("--if-present", a.if_present,
               "what to do with items that the target has: skip (default), copy, replace")
      ->check(CLI::IsMember({"skip", "copy", "replace"}));
  c.add_option("--max-pst-bytes", a.max_pst_bytes, "most bytes of one PST file")->check(CLI::PositiveNumber);
}

}  // namespace

void add_agent_restore_commands(CLI::App& restore, Action& action) {
  // What the direct restore must be told, these do not need. And `restore --dry-run undo 17` must not undo.
  CLI::Option* const from = restore.get_option("--from");
  CLI::Option* const server = restore.get_option("--server");
  const auto direct = restore.get_options();
  const auto add = [&](const char* name, const char* what, auto run) {
    const auto made = add_agent_command(restore, name, what, action, run);
    made.first->preparse_callback([from, server](std::size_t) {
      from->required(false);
      server->required(false);
    });
    made.first->excludes(server);
    for (CLI::Option* const option : direct) made.first->excludes(option);
    return made;
  };
  const auto add_numbered = [&](const char* name, const char* what, auto run) {
    const auto made = add(name, what, run);
    made.first->add_option("RESTORE", made.second->restore, "number of the restore")
        ->required()
        ->check(CLI::PositiveNumber);
    return made;
  };
  const auto add_wait = [](const auto& made) {
    made.first->add_flag("--wait", made.second->wait, "until it is over, and end as it does");
  };
  const auto add_dry_run = [](const auto& made) {
    made.first->add_flag("--dry-run", made.second->dry_run, "only count and list, change nothing");
  };
  const auto starting = add("start", "At the agent: restore from a point of a schedule", start);
  add_start_options(*starting.first, *starting.second);
  add_dry_run(starting);
  add_wait(starting);
  const auto listing = add("list", "At the agent: list restores and undos, the newest first", list);
  listing.first->add_option("--limit", listing.second->limit, "at most so many")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  add_numbered("show", "At the agent: show a restore; ends with the code that a direct one would end with",
               show);
  add_numbered("items", "At the agent: what became of each item of a restore", items);
  add_numbered("cancel", "At the agent: end a restore; what it created stays", cancel);
  add_wait(add_numbered("again", "At the agent: go on with a restore that is not complete", again));
  const auto undoing =
      add_numbered("undo", "At the agent: remove what a restore created and nobody changed since", undo);
  add_dry_run(undoing);
  add_wait(undoing);
  const auto rooting =
      add("root", "At the agent: show or set the directory below which PSTs and files are written", root);
  rooting.first->add_option("DIRECTORY", rooting.second->directory, "the directory, on the agent's machine");
}

}  // namespace mk::app
