#include "sim/item_shape.h"
#include "sim/operations.h"

namespace mk::sim {
namespace {

constexpr std::string_view kNone = "<m:Items/>";

void write_result(Call& call, const ItemPlace& place) {
  call.begin_message();
  call.out.open("m:Items");
  const std::string element = "t:" + std::string(item_element(place.item->facts.message_class));
  call.out.open(element);
  write_item_id(call.out, *place.mailbox, *place.item);
  call.out.close(element);
  call.out.close("m:Items");
  call.end_message();
}

/// The item in another mailbox shares the bytes: they are never changed in place.
ItemPlace transfer(const ItemPlace& from, const FolderPlace& to, bool keep) {
  if (!keep && from.mailbox == to.mailbox)
    return {to.mailbox, &to.mailbox->move_item(*from.item, to.folder->number)};
  const std::uint64_t old = from.item->number;
  Item& made =
      to.mailbox->add_item(to.folder->number, from.item->associated, from.item->bytes, from.item->facts);
  if (!keep) from.mailbox->remove_item(old);
  return {to.mailbox, &made};
}

bool discard(const ItemPlace& place, std::string_view folder) {
  const Folder* to = place.mailbox->well_known(folder);
  if (to != nullptr) place.mailbox->move_item(*place.item, to->number);
  return to != nullptr;
}

OpResult move_or_copy(Call& call, bool keep) {
  const auto to_id = xml::first(xml::child(call.request, "ToFolderId"));
  const auto ids = xml::child(call.request, "ItemIds");
  if (!to_id) return missing_child(call.operation, "ToFolderId");
  if (!xml::first(ids)) return missing_child(call.operation, "ItemIds");
  auto to = find_folder(call, to_id);
  for (auto id = xml::first(ids); id; id = xml::next(id)) {
    auto from = find_item(call, id);
    if (!to)
      call.error_message(to.why, kNone);
    else if (!from)
      call.error_message(from.why, kNone);
    else
      write_result(call, transfer(*from, *to, keep));
  }
  return {};
}

}  // namespace

OpResult move_item(Call& call) { return move_or_copy(call, false); }
OpResult copy_item(Call& call) { return move_or_copy(call, true); }

OpResult delete_item(Call& call) {
  const std::string type = xml::attribute(call.request, "DeleteType");
  if (type != "HardDelete" && type != "SoftDelete" && type != "MoveToDeletedItems")
    return bad_enumeration("DeleteType", type, "DisposalType");
  const auto ids = xml::child(call.request, "ItemIds");
  if (!xml::first(ids)) return missing_child("DeleteItem", "ItemIds");
  for (auto id = xml::first(ids); id; id = xml::next(id)) {
    auto place = find_item(call, id);
    if (!place) {
      call.error_message(place.why);
      continue;
    }
    if (type == "HardDelete")
      place->mailbox->remove_item(place->item->number);
    else if (!discard(*place, type == "SoftDelete" ? "recoverableitemsdeletions" : "deleteditems")) {
      call.error_message(problem("ErrorCannotDeleteObject"));
      continue;
    }
    call.begin_message();
    call.end_message();
  }
  return {};
}

}  // namespace mk::sim
