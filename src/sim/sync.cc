#include <fmt/format.h>

#include "sim/change_page.h"
#include "sim/item_shape.h"
#include "sim/operations.h"

namespace mk::sim {
namespace {

constexpr std::string_view kEmptyItems =
    "<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>";
constexpr std::string_view kEmptyFolders =
    "<m:SyncState/><m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange>";

/// The client's state when it is a valid one for this place; from the beginning when it sent none.
std::optional<SyncPoint> point_for(Call& call, const FolderPlace& place, SyncPoint::Kind kind,
                                   bool associated_too) {
  SyncPoint start;
  start.kind = kind;
  start.associated_too = associated_too;
  start.mailbox = place.mailbox->guid();
  start.folder = place.folder == nullptr ? 0 : place.folder->number;
  const std::string text = xml::text(call.request, "SyncState");
  if (text.empty()) return start;
  auto point = parse_sync_state(text, call.world.secret);
  if (!point || point->kind != start.kind || point->folder != start.folder ||
      point->mailbox != start.mailbox || point->associated_too != associated_too)
    return {};
  return point;
}

struct FolderEvents {
  std::vector<const Folder*> created, updated;
  std::vector<Tombstone> gone;
};

FolderEvents folder_events(const Mailbox& mailbox, const SyncPoint& point) {
  FolderEvents out;
  for (const auto& [number, folder] : mailbox.folders()) {
    if (!mailbox.is_below(number, point.folder) || folder.changed_seq <= point.since) continue;
    (folder.created_seq > point.since ? out.created : out.updated).push_back(&folder);
  }
  for (const auto& t : mailbox.gone_folders())
    if (t.seq > point.since && t.created_seq <= point.since) out.gone.push_back(t);
  return out;
}

void write_folder_events(Call& call, Mailbox& mailbox, const FolderEvents& events, const Shape& shape) {
  call.out.open("m:Changes");
  const auto each = [&](const char* element, const std::vector<const Folder*>& folders) {
    for (const Folder* f : folders) {
      call.out.open(element);
      write_folder(call.out, mailbox, *f, shape);
      call.out.close(element);
    }
  };
  each("t:Create", events.created);
  each("t:Update", events.updated);
  for (const auto& t : events.gone) {
    if (call.version < Version::k2010) break;  // Exchange 2007 does not report deleted folders
    call.out.open("t:Delete");
    call.out.empty("t:FolderId", {{"Id", format_id(FolderRef{mailbox.guid(), t.number})}});
    call.out.close("t:Delete");
  }
  call.out.close("m:Changes");
}

void write_head(Call& call, const SyncPoint& next, const char* last_element, bool last) {
  call.begin_message();
  call.out.element("m:SyncState", format_sync_state(next, call.world.secret));
  call.out.element(last_element, last);
}

Status write_item_event(Call& call, Mailbox& mailbox, const ItemEvent& event, const Shape& shape) {
  if (event.kind == ItemEvent::Kind::kDelete) {
    call.out.open("t:Delete");
    call.out.empty("t:ItemId",
                   {{"Id", format_id(ItemRef{mailbox.guid(), event.gone.parent, event.gone.number})}});
    call.out.close("t:Delete");
    return ok;
  }
  if (event.kind == ItemEvent::Kind::kReadFlag && call.version >= Version::k2010) {
    call.out.open("t:ReadFlagChange");
    write_item_id(call.out, mailbox, *event.item);
    call.out.element("t:IsRead", event.item->facts.read());
    call.out.close("t:ReadFlagChange");
    return ok;
  }
  const char* element = event.kind == ItemEvent::Kind::kCreate ? "t:Create" : "t:Update";
  call.out.open(element);
  ItemView view(mailbox, *event.item);
  TRY(write_item(call.out, view, shape, false));
  call.out.close(element);
  return ok;
}

/// True when a fault says that the client is not to learn of this item.
bool is_left_out(Call& call, const Mailbox& mailbox, const ItemEvent& event, std::size_t index) {
  if (event.item == nullptr) return false;
  const Folder* folder = const_cast<Mailbox&>(mailbox).folder(event.item->folder);
  const std::string id = format_id(mailbox.ref(*event.item));
  return !call.faults({FaultKind::kLeftOut}, {.operation = {},
                                              .mailbox = mailbox.address(),
                                              .folder = folder->name,
                                              .item_id = id,
                                              .subject = event.item->facts.subject,
                                              .item_index = static_cast<std::int64_t>(index)})
              .empty();
}

struct ItemsRequest {
  Shape shape;
  std::size_t limit = 0;
  bool associated_too = false;
  pugi::xml_node folder;
};

struct ParsedItems {
  ItemsRequest request;
  OpResult fault;
  std::optional<Problem> problem;
};

ParsedItems parse_items_request(Call& call) {
  ParsedItems out;
  auto shape = parse_shape(call.request, "ItemShape");
  out.fault = std::move(shape.fault);
  out.problem = std::move(shape.problem);
  out.request.shape = std::move(shape.shape);
  if (out.request.shape.mime_content) out.problem = problem("ErrorInvalidPropertyForOperation");
  out.request.folder = xml::first(xml::child(call.request, "SyncFolderId"));
  if (!out.request.folder) out.fault = missing_child("SyncFolderItems", "SyncFolderId");
  const std::string limit = xml::text(call.request, "MaxChangesReturned");
  const auto n = xml::number(limit);
  if (!n)
    out.fault = missing_child("SyncFolderItems", "MaxChangesReturned");
  else if (*n < 1 || *n > 512)
    out.fault = schema_fault(
        fmt::format("The 'http://schemas.microsoft.com/exchange/services/2006/messages:MaxChangesReturned' "
                    "element is invalid - The value "
                    "'{}' is invalid according to its datatype "
                    "'http://schemas.microsoft.com/exchange/services/2006/types:MaxSyncChangesReturnedType' "
                    "- The {} constraint failed.",
                    limit, *n < 1 ? "MinInclusive" : "MaxInclusive"));
  out.request.limit = n.value_or(0);
  const std::string scope = xml::text(call.request, "SyncScope");
  if (!scope.empty() && scope != "NormalItems" && scope != "NormalAndAssociatedItems")
    out.fault = bad_enumeration("SyncScope", scope, "SyncFolderItemsScopeType");
  out.request.associated_too = scope == "NormalAndAssociatedItems";
  return out;
}

void write_page(Call& call, Mailbox& mailbox, const ChangePage& page, const Shape& shape) {
  write_head(call, page.next, "m:IncludesLastItemInRange", page.last);
  call.out.open("m:Changes");
  for (std::size_t i = 0; i < page.events.size(); ++i) {
    if (is_left_out(call, mailbox, page.events[i], i)) continue;
    ++call.count.items;
    // an item that cannot be read is listed by its id alone
    if (!write_item_event(call, mailbox, page.events[i], shape))
      if (const auto s = write_item_event(call, mailbox, page.events[i], Shape{.base = Shape::Base::kIdOnly});
          !s)
        ++call.count.errors;
  }
  call.out.close("m:Changes");
  call.end_message();
}

}  // namespace

OpResult sync_folder_hierarchy(Call& call) {
  auto shape = parse_shape(call.request, "FolderShape");
  if (shape.fault) return shape.fault;
  FolderPlace place{call.self, nullptr};
  if (const auto id = xml::first(xml::child(call.request, "SyncFolderId"))) {
    auto found = find_folder(call, id);
    if (!found) {
      call.error_message(
          found.why.code == "ErrorItemNotFound" ? problem("ErrorSyncFolderNotFound") : found.why,
          kEmptyFolders);
      return {};
    }
    place = *found;
  } else if (call.self == nullptr) {
    call.error_message(problem("ErrorNonExistentMailbox"), kEmptyFolders);
    return {};
  } else {
    place.folder = call.self->well_known("root");
  }
  auto point = point_for(call, place, SyncPoint::Kind::kHierarchy, false);
  if (!point || !call.faults({FaultKind::kInvalidSyncState}).empty()) {
    call.error_message(problem("ErrorInvalidSyncStateData"), kEmptyFolders);
    return {};
  }
  const FolderEvents events = folder_events(*place.mailbox, *point);
  point->since = place.mailbox->seq();
  write_head(call, *point, "m:IncludesLastFolderInRange", true);
  write_folder_events(call, *place.mailbox, events, shape.shape);
  call.end_message();
  return {};
}

OpResult sync_folder_items(Call& call) {
  const ParsedItems parsed = parse_items_request(call);
  if (parsed.fault) return parsed.fault;
  if (parsed.problem) {
    call.error_message(*parsed.problem, kEmptyItems);
    return {};
  }
  auto place = find_folder(call, parsed.request.folder);
  if (place) {
    const auto deleted = call.faults({FaultKind::kFolderDeleted}, {.operation = {},
                                                                   .mailbox = place->mailbox->address(),
                                                                   .folder = place->folder->name,
                                                                   .item_id = {},
                                                                   .subject = {}});
    if (!deleted.empty()) {
      place->mailbox->remove_folder(place->folder->number);
      place = problem("ErrorItemNotFound");
    }
  }
  if (!place) {
    call.error_message(place.why.code == "ErrorItemNotFound" ? problem("ErrorSyncFolderNotFound") : place.why,
                       kEmptyItems);
    return {};
  }
  const auto point = point_for(call, *place, SyncPoint::Kind::kItems, parsed.request.associated_too);
  const FaultPlace here{.operation = {},
                        .mailbox = place->mailbox->address(),
                        .folder = place->folder->name,
                        .item_id = {},
                        .subject = {}};
  if (!point || !call.faults({FaultKind::kInvalidSyncState}, here).empty()) {
    call.error_message(problem("ErrorInvalidSyncStateData"), kEmptyItems);
    return {};
  }
  const bool newest_first = call.world.server_version().version >= Version::k2010Sp2;
  const ChangePage page =
      next_changes(*place->folder, place->mailbox->seq(), *point, parsed.request.limit, newest_first);
  write_page(call, *place->mailbox, page, parsed.request.shape);
  return {};
}

}  // namespace mk::sim
