#include "pst_list_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/json.h"
#include "base/text.h"
#include "model/tags.h"
#include "pst/folder_paths.h"
#include "pst/folder_totals.h"
#include "pst_arguments.h"

namespace mk::app {
namespace {

namespace pid = model::pid;

struct ListArguments : PstArguments {
  bool associated = false;
};

/// A subject without the two characters that tell the length of its prefix.  [MS-PST] 2.5.3.1.1.1
std::string subject_of(const model::PropertyList& row) {
  std::string s = row.get_text(pid::kSubject).value_or("");
  if (s.size() >= 2 && s[0] == '\x01') s.erase(0, 2);
  return s;
}

struct Line {
  std::string nid, date, sender, subject;
  std::int64_t size = 0;
};

Line line_of(pst::Nid nid, const model::PropertyList& row) {
  auto time = row.get_time(pid::kMessageDeliveryTime);
  if (!time) time = row.get_time(pid::kLastModificationTime);
  auto sender = row.get_text(pid::kSentRepresentingName);
  if (!sender) sender = row.get_text(pid::kDisplayName);
  return {nid_text(nid), time ? format_utc(*time).substr(0, 19) : "-", sender.value_or(""), subject_of(row),
          row.get_integer(pid::kMessageSize).value_or(0)};
}

void print_line(const Line& l, int indent, bool json, const std::string& path) {
  if (json)
    fmt::print("{{\"item\":\"{}\",\"folder\":{},\"date\":{},\"sender\":{},\"subject\":{},\"size\":{}}}\n",
               l.nid, json_quote(path), json_quote(l.date), json_quote(l.sender), json_quote(l.subject),
               l.size);
  else
    fmt::print("{:{}}{:<10} {:<19} {:>10}  {:<24}  {}\n", "", indent, l.nid, l.date, l.size,
               printable(l.sender), printable(l.subject));
}

Status list_folder(const pst::PstFile& file, const pst::FolderEntry& f, const std::string& path,
                   const ListArguments& a) {
  const int depth = static_cast<int>(std::count(path.begin(), path.end(), '/'));
  if (a.json)
    fmt::print(
        "{{\"folder\":\"{}\",\"parent\":\"{}\",\"path\":{},\"class\":{},\"items\":{},\"associated\":{}}}\n",
        nid_text(f.nid), nid_text(f.parent), json_quote(path), json_quote(f.container_class), f.items,
        f.associated);
  else
    fmt::print("{:{}}{}/  {} items, {} associated{}{}\n", "", 2 * depth, printable(f.name), f.items,
               f.associated, f.container_class.empty() ? "" : ", ", printable(f.container_class));
  for (const bool associated : {false, true}) {
    if (associated && !a.associated) continue;
    TRY(pst::visit_items(file, f.nid, associated,
                         [&](pst::Nid nid, const model::PropertyList& row) -> Status {
                           print_line(line_of(nid, row), 2 * depth + 2, a.json, path);
                           return ok;
                         }));
  }
  return ok;
}

Status list(const ListArguments& a) {
  TRY_ASSIGN(const auto file, pst::PstFile::open(a.file));
  TRY_ASSIGN(const auto folders, file->folders());
  pst::FolderPaths paths;
  for (const auto& f : folders) TRY(list_folder(*file, f, paths.add(f), a));
  print_warnings(*file);
  return ok;
}

}  // namespace

void add_pst_list_command(CLI::App& pst, Action& action) {
  auto arguments = std::make_shared<ListArguments>();
  CLI::App* c = add_pst_command(pst, *arguments, "ls",
                                "The folder tree and its items: id, date, size, sender, subject");
  c->add_flag("--associated", arguments->associated, "list associated (hidden) items too");
  c->callback([arguments, &action] { action = [arguments] { return exit_code_of(list(*arguments)); }; });
}

}  // namespace mk::app
