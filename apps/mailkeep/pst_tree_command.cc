#include "pst_tree_command.h"

#include <fmt/format.h>

#include <map>
#include <memory>

#include "base/json.h"
#include "base/text.h"
#include "pst/folder_paths.h"
#include "pst/folder_totals.h"
#include "pst_arguments.h"

namespace mk::app {
namespace {

void print_json(const pst::FolderEntry& f, const pst::FolderTotals& t, const std::string& path) {
  fmt::print(
      "{{\"folder\":\"{}\",\"parent\":\"{}\",\"path\":{},\"class\":{},\"items\":{},\"associated\":{},"
      "\"unread\":{},\"bytes\":{}}}\n",
      nid_text(f.nid), nid_text(f.parent), json_quote(path), json_quote(f.container_class), f.items,
      f.associated, t.unread, t.bytes);
}

Status tree(const PstArguments& a) {
  TRY_ASSIGN(const auto file, pst::PstFile::open(a.file));
  TRY_ASSIGN(auto folders, file->folders());
  const pst::FolderEntry root = file->root_entry();
  if (root.items + root.associated > 0) folders.insert(folders.begin(), root);
  pst::FolderEntry sum;
  pst::FolderTotals total;
  pst::FolderPaths paths;
  std::map<pst::Nid, int> depths;
  if (!a.json) fmt::print("{:>8} {:>8} {:>10} {:>14}  folder\n", "items", "unread", "associated", "bytes");
  for (const auto& f : folders) {
    const std::string path = f.nid == root.nid ? "" : paths.add(f);
    const pst::FolderTotals t = pst::totals_of(*file, f.nid);
    sum.items += f.items, sum.associated += f.associated, total.unread += t.unread, total.bytes += t.bytes;
    if (a.json) {
      print_json(f, t, path);
      continue;
    }
    const auto above = depths.find(f.parent);
    const int depth = depths[f.nid] = above == depths.end() ? 0 : above->second + 2;
    fmt::print("{:>8} {:>8} {:>10} {:>14}  {:{}}{}\n", f.items, t.unread, f.associated, t.bytes, "", depth,
               f.nid == root.nid ? "(root)" : printable(f.name));
  }
  if (!a.json)
    fmt::print("{:>8} {:>8} {:>10} {:>14}  in {} folders\n", sum.items, total.unread, sum.associated,
               total.bytes, folders.size());
  print_warnings(*file);
  return ok;
}

}  // namespace

void add_pst_tree_command(CLI::App& pst, Action& action) {
  auto arguments = std::make_shared<PstArguments>();
  CLI::App* c =
      add_pst_command(pst, *arguments, "tree", "The folders with their numbers of items and their sizes");
  c->footer(
      "Counts are of each folder alone; bytes are PidTagMessageSize of its items, associated ones too.\n"
      "Example:\n  mailkeep pst tree archive.pst");
  c->callback([arguments, &action] { action = [arguments] { return exit_code_of(tree(*arguments)); }; });
}

}  // namespace mk::app
