#include <fmt/format.h>

#include "sim/operations.h"
#include "sim/shape.h"

namespace mk::sim {
namespace {

struct Paging {
  std::size_t offset = 0, limit = 1000;  // EWSFindCountLimit
};

OpResult parse_paging(Call& call, Paging& paging) {
  const auto node = xml::child(call.request, "IndexedPageFolderView");
  if (!node) return {};
  const auto offset = xml::number(xml::attribute(node, "Offset"));
  if (!offset || xml::attribute(node, "BasePoint").empty())
    return schema_fault("The required attribute 'Offset' is missing.");
  paging.offset = *offset;
  if (const auto n = xml::number(xml::attribute(node, "MaxEntriesReturned")))
    paging.limit = std::min<std::size_t>(paging.limit, *n);
  return {};
}

/// The folders below `top` in the order of their numbers, which puts parents first.
std::vector<const Folder*> folders_below(const Mailbox& mailbox, const Folder& top, bool deep) {
  std::vector<const Folder*> out;
  for (const auto& [number, folder] : mailbox.folders())
    if (folder.parent == top.number || (deep && mailbox.is_below(number, top.number))) out.push_back(&folder);
  return out;
}

void write_found(Call& call, const FolderPlace& place, const Shape& shape, bool deep, const Paging& paging) {
  const auto all = folders_below(*place.mailbox, *place.folder, deep);
  const std::size_t from = std::min(paging.offset, all.size()),
                    to = std::min(all.size(), from + paging.limit);
  call.begin_message();
  call.out.open("m:RootFolder", {{"IndexedPagingOffset", std::to_string(to)},
                                 {"TotalItemsInView", std::to_string(all.size())},
                                 {"IncludesLastItemInRange", to == all.size() ? "true" : "false"}});
  call.out.open("t:Folders");
  for (std::size_t i = from; i < to; ++i) write_folder(call.out, *place.mailbox, *all[i], shape);
  call.out.close("t:Folders");
  call.out.close("m:RootFolder");
  call.end_message();
}

}  // namespace

OpResult get_folder(Call& call) {
  const auto shape = parse_shape(call.request, "FolderShape");
  if (shape.fault) return shape.fault;
  const auto ids = xml::child(call.request, "FolderIds");
  if (!xml::first(ids)) return missing_child("GetFolder", "FolderIds");
  for (auto id = xml::first(ids); id; id = xml::next(id)) {
    auto place = find_folder(call, id);
    if (shape.problem) place = *shape.problem;
    if (!place) {
      call.error_message(place.why, "<m:Folders/>");
      continue;
    }
    call.begin_message();
    call.out.open("m:Folders");
    write_folder(call.out, *place->mailbox, *place->folder, shape.shape);
    call.out.close("m:Folders");
    call.end_message();
  }
  return {};
}

OpResult find_folders(Call& call) {
  const std::string traversal = xml::attribute(call.request, "Traversal");
  if (traversal != "Shallow" && traversal != "Deep" && traversal != "SoftDeleted")
    return bad_enumeration("Traversal", traversal, "FolderQueryTraversalType");
  const auto shape = parse_shape(call.request, "FolderShape");
  if (shape.fault) return shape.fault;
  Paging paging;
  if (auto fault = parse_paging(call, paging)) return fault;
  const auto parents = xml::child(call.request, "ParentFolderIds");
  if (!xml::first(parents)) return missing_child("FindFolder", "ParentFolderIds");
  for (auto id = xml::first(parents); id; id = xml::next(id)) {
    auto place = find_folder(call, id);
    if (shape.problem) place = *shape.problem;
    if (place)
      write_found(call, *place, shape.shape, traversal == "Deep", paging);
    else
      call.error_message(place.why);
  }
  return {};
}

}  // namespace mk::sim
