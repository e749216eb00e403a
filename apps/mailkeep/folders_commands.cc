#include "folders_commands.h"

#include <fmt/format.h>

#include <map>
#include <memory>
#include <set>

#include "base/json.h"
#include "base/text.h"
#include "server_options.h"

namespace mk::app {
namespace {

constexpr const char* kFooter = R"(Examples:
  mailkeep folders --server mail.example.com --user anna@example.com --password-file pw
  mailkeep folders --server https://mail.example.com/EWS/Exchange.asmx --user backup@example.com \
      --password-env MAIL_PASSWORD --mailbox anna@example.com --impersonate --json

Names are labels only: for other commands a folder is best named by its id, as id:..., which --json shows.)";

std::string readable_size(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double size = static_cast<double>(bytes);
  const char* unit = "";
  for (const char* next : {"KB", "MB", "GB", "TB"}) {
    if (size < 1024) break;
    size /= 1024;
    unit = next;
  }
  return fmt::format("{:.1f} {}", size, unit);
}

/// How many columns a name takes: one for each character, which is right for most scripts.
std::size_t columns(std::string_view utf8) {
  std::size_t n = 0;
  for (const char c : utf8) n += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return n;
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t have = columns(text);
  return have < width ? text + std::string(width - have, ' ') : text;
}

/// A line of the tree.
struct Row {
  const model::Folder* folder;
  std::string name;  // moved to the right by its depth below the top
};

/// Every folder followed by what lies below it; siblings stay in the server's order.
std::vector<Row> tree_rows(const std::vector<model::Folder>& folders) {
  std::map<std::string, std::vector<const model::Folder*>> below;
  std::set<std::string> ids;
  for (const auto& f : folders) ids.insert(f.id.value);
  for (const auto& f : folders) below[ids.contains(f.parent.value) ? f.parent.value : ""].push_back(&f);
  std::vector<std::pair<const model::Folder*, std::size_t>> waiting;  // with depth; the next is the last
  const auto push = [&](const std::string& parent, std::size_t depth) {
    const auto it = below.find(parent);
    if (it == below.end()) return;
    for (auto f = it->second.rbegin(); f != it->second.rend(); ++f) waiting.emplace_back(*f, depth);
  };
  std::vector<Row> rows;
  push("", 0);
  while (!waiting.empty()) {
    const auto [f, depth] = waiting.back();
    waiting.pop_back();
    rows.push_back({f, std::string(2 * std::min<std::size_t>(depth, 20), ' ') + printable(f->name)});
    push(f->id.value, depth + 1);
  }
  return rows;
}

void print_tree(const std::vector<model::Folder>& folders) {
  const auto rows = tree_rows(folders);
  std::size_t width = 30;
  for (const auto& row : rows) width = std::min<std::size_t>(std::max(width, columns(row.name)), 80);
  fmt::print("{} {:>10} {:>10} {:>10} {:>12}\n", padded("Folder", width), "Items", "Associated", "Unread",
             "Size");
  std::uint64_t items = 0, associated = 0, bytes = 0;
  for (const auto& [f, name] : rows) {
    fmt::print("{} {:>10} {:>10} {:>10} {:>12}{}\n", padded(name, width), f->items, f->associated, f->unread,
               readable_size(f->size_bytes),
               f->readable ? "" : "  not readable: " + printable(f->why_unreadable));
    items += f->items;
    associated += f->associated;
    bytes += f->size_bytes;
  }
  fmt::print("{} {:>10} {:>10} {:>10} {:>12}\n", padded(fmt::format("{} folders", folders.size()), width),
             items, associated, "", readable_size(bytes));
}

void print_json(const std::vector<model::Folder>& folders) {
  fmt::print("[");
  const char* separator = "\n";
  for (const auto& f : folders) {
    fmt::print(
        R"({}{{"id":{},"parent":{},"name":{},"class":{},"well_known":{},"items":{},"associated":{},"unread":{},"size_bytes":{},"readable":{})",
        separator, json_quote(f.id.value), json_quote(f.parent.value), json_quote(f.name),
        json_quote(f.folder_class), json_quote(f.well_known), f.items, f.associated, f.unread, f.size_bytes,
        f.readable);
    if (!f.readable) fmt::print(R"(,"why_unreadable":{})", json_quote(f.why_unreadable));
    fmt::print("}}");
    separator = ",\n";
  }
  fmt::print("\n]\n");
}

ExitCode list_folders(const ServerOptions& o, bool json) {
  const auto options = ews_options(o);
  if (!options) return report(options.error());
  const auto mailbox = source::open_ews_mailbox(*options);
  if (!mailbox) return report(mailbox.error());
  const auto folders = (*mailbox)->folders();
  if (!folders) return report(folders.error());
  json ? print_json(*folders) : print_tree(*folders);
  return ExitCode::kOk;
}

}  // namespace

void add_folders_commands(CLI::App& app, Action& action) {
  struct Chosen {
    ServerOptions server;
    bool json = false;
  };
  const auto chosen = std::make_shared<Chosen>();
  CLI::App& command =
      *app.add_subcommand("folders", "List the folders of a mailbox with their counts and sizes");
  command.footer(kFooter);
  add_server_options(command, chosen->server);
  add_mailbox_option(command, chosen->server);
  command.add_flag("--json", chosen->json, "print JSON, one folder a line");
  command.callback(
      [chosen, &action] { action = [chosen] { return list_folders(chosen->server, chosen->json); }; });
}

}  // namespace mk::app
