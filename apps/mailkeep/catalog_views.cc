#include "catalog_views.h"

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "job/selection.h"

namespace mk::app {
namespace {

std::string time_text(FileTime t) { return t.ticks == 0 ? "" : format_utc(t); }

job::FolderTree tree_of(const std::vector<catalog::FolderRow>& folders) {
  std::vector<const model::Folder*> pointers;
  for (const auto& f : folders) pointers.push_back(&f.folder);
  return job::FolderTree(pointers);
}

void print_folders(const std::vector<catalog::FolderRow>& folders, bool json) {
  const job::FolderTree tree = tree_of(folders);
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const auto& f = folders[i];
    if (!f.selected) continue;
    if (json)
      fmt::print("{{\"id\":{},\"path\":{},\"class\":{},\"items\":{},\"associated\":{}}}\n",
                 json_quote(f.folder.id.value), json_quote(tree.path(i)), json_quote(f.folder.folder_class),
                 f.held.items, f.held.associated);
    else
      fmt::print("{:>10} {:>6}  {}\n", f.held.items, f.held.associated, printable(tree.path(i)));
  }
}

/// The members of a version that `items` shows without a catalog too.
std::string item_members(const catalog::VersionRow& v) {
  return fmt::format(
      "\"id\":{},\"subject\":{},\"sender\":{},\"received\":{},\"class\":{},\"bytes\":{},\"read\":{},"
      "\"associated\":{}",
      json_quote(v.head.id.value), json_quote(v.label.subject), json_quote(v.label.sender),
      json_quote(time_text(v.label.received)), json_quote(v.head.item_class), v.bytes, v.head.read,
      v.head.associated);
}

void print_item(const catalog::VersionRow& v, bool json) {
  if (json)
    fmt::print("{{{}}}\n", item_members(v));
  else
    fmt::print("{:20} {:>10}  {}  {}\n", time_text(v.label.received).substr(0, 19), v.bytes,
               printable(v.label.sender), printable(v.label.subject));
}

Result<catalog::PageQuery> page_query(const ItemsView& view) {
  using catalog::Order;
  catalog::PageQuery q{view.point, 0, Order::kDate, true, {view.after}, view.limit + 1};
  if (view.sort == "subject") q.order = Order::kSubject;
  if (view.sort == "sender") q.order = Order::kSender;
  if (view.sort == "size") q.order = Order::kSize;
  const bool text = q.order == Order::kSubject || q.order == Order::kSender;
  q.descending = text == view.reverse;
  return q;
}

}  // namespace

void print_points(const std::vector<catalog::PointRow>& points) {
  for (const auto& p : points)
    fmt::print(
        "{}  {}  {} to {}  {}\n", printable(p.mailbox), printable(p.name), format_utc(p.started),
        format_utc(p.finished),
        p.problem.empty() ? fmt::format("{} items", p.items) : "CANNOT BE READ: " + printable(p.problem));
}

Status show_items(catalog::Database& db, const ItemsView& view) {
  TRY_ASSIGN(const auto folders, catalog::folders(db, view.point));
  if (view.folder.empty()) return print_folders(folders, view.json), ok;
  TRY_ASSIGN(const std::size_t i, tree_of(folders).find(view.folder));
  TRY_ASSIGN(auto query, page_query(view));
  query.folder = folders[i].id;
  TRY_ASSIGN(auto page, catalog::page(db, query));
  const bool more = page.size() > view.limit;
  if (more) page.resize(view.limit);
  for (const auto& v : page) print_item(v, view.json);
  if (more && !page.empty()) fmt::print(stderr, "... more: --after {}\n", page.back().head.id.value);
  return ok;
}

void print_versions(const std::vector<catalog::VersionRow>& versions, bool json) {
  for (const auto& v : versions) {
    if (json) {
      const std::string last = v.last.value == 0 ? "null" : fmt::format("{}", v.last.value);
      fmt::print(
          "{{{},\"attachments\":{},\"mailbox\":{},\"folder\":{},\"folder_id\":{},\"first\":{},\"last\":{},"
          "\"version\":{}}}\n",
          item_members(v), v.head.has_attachments, json_quote(v.mailbox), json_quote(v.folder),
          json_quote(v.folder_id.value), v.first.value, last, v.id);
      continue;
    }
    const std::string until = v.last.value == 0 ? "" : fmt::format("#{}", v.last.value);
    fmt::print("{:20} {:>10}  {}  {}  {}  {}  [#{}-{}]\n", time_text(v.label.received).substr(0, 19), v.bytes,
               printable(v.mailbox), printable(v.folder), printable(v.label.sender),
               printable(v.label.subject), v.first.value, until);
  }
}

}  // namespace mk::app
