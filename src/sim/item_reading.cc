#include "sim/item_shape.h"
#include "sim/operations.h"

namespace mk::sim {
namespace {

/// Faults about one item: a problem instead of it, or raw text for its subject.
struct Spoiled {
  std::optional<Problem> problem;
  std::string subject;
};

Spoiled spoil(Call& call, const ItemPlace& place, const std::string& id, std::int64_t index) {
  Spoiled out;
  const FaultPlace here{.operation = {},
                        .mailbox = place.mailbox->address(),
                        .folder = place.mailbox->folder(place.item->folder)->name,
                        .item_id = id,
                        .subject = place.item->facts.subject,
                        .item_index = index};
  for (const auto& f :
       call.faults({FaultKind::kCorruptItem, FaultKind::kVanished, FaultKind::kIllegalXml}, here)) {
    if (f.kind == FaultKind::kCorruptItem) out.problem = problem("ErrorItemCorrupt");
    if (f.kind == FaultKind::kVanished) out.problem = problem("ErrorItemNotFound");
    if (f.kind == FaultKind::kIllegalXml) out.subject = f.text.empty() ? "&#x0;&#x1A;\x0B" : f.text;
  }
  return out;
}

void get_one(Call& call, pugi::xml_node id, const Shape& shape, std::int64_t index) {
  auto place = find_item(call, id);
  if (!place) return call.error_message(place.why, "<m:Items/>");
  const Spoiled spoiled = spoil(call, *place, xml::attribute(id, "Id"), index);
  if (spoiled.problem) return call.error_message(*spoiled.problem, "<m:Items/>");
  ItemView view(*place->mailbox, *place->item);
  Answer item;
  if (!write_item(item, view, shape, true, spoiled.subject))
    return call.error_message(problem("ErrorCorruptData"), "<m:Items/>");
  ++call.count.items;
  call.begin_message();
  call.out.open("m:Items");
  call.out.append(std::move(item));
  call.out.close("m:Items");
  call.end_message();
}

void get_one_attachment(Call& call, pugi::xml_node id, const Shape& shape) {
  constexpr std::string_view kNone = "<m:Attachments/>";
  const auto ref = parse_attachment_id(xml::attribute(id, "Id"));
  if (!ref) return call.error_message(problem("ErrorInvalidAttachmentId"), kNone);
  auto place = find_item(call, format_id(ref->item), "");
  if (!place) return call.error_message(place.why, kNone);
  ItemView view(*place->mailbox, *place->item);
  const auto full = view.full();
  if (!full) return call.error_message(problem("ErrorCorruptData"), kNone);
  if (ref->index >= (*full)->attachments.size())
    return call.error_message(problem("ErrorInvalidAttachmentId"), kNone);
  Answer attachment;
  if (!write_attachment(attachment, view, ref->index, true, shape))
    return call.error_message(problem("ErrorCorruptData"), kNone);
  call.begin_message();
  call.out.open("m:Attachments");
  call.out.append(std::move(attachment));
  call.out.close("m:Attachments");
  call.end_message();
}

}  // namespace

OpResult get_item(Call& call) {
  const auto shape = parse_shape(call.request, "ItemShape");
  if (shape.fault) return shape.fault;
  const auto ids = xml::child(call.request, "ItemIds");
  if (!xml::first(ids)) return missing_child("GetItem", "ItemIds");
  std::int64_t index = 0;
  for (auto id = xml::first(ids); id; id = xml::next(id), ++index) {
    if (shape.problem)
      call.error_message(*shape.problem, "<m:Items/>");
    else
      get_one(call, id, shape.shape, index);
  }
  return {};
}

OpResult get_attachment(Call& call) {
  const auto ids = xml::child(call.request, "AttachmentIds");
  if (!xml::first(ids)) return missing_child("GetAttachment", "AttachmentIds");
  Shape shape;
  const auto asked = xml::child(call.request, "AttachmentShape");
  shape.mime_content = xml::flag(asked, "IncludeMimeContent", false);
  for (auto id = xml::first(ids); id; id = xml::next(id)) get_one_attachment(call, id, shape);
  return {};
}

}  // namespace mk::sim
