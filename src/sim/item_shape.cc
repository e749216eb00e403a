#include "sim/item_shape.h"

#include <fmt/format.h>

#include <algorithm>

#include "mapi/item_reader.h"
#include "mime/eml.h"
#include "model/tags.h"
#include "sim/base64_source.h"

namespace mk::sim {
namespace {

namespace pid = model::pid;

/// True when the table knows all that the shape asks for.
bool table_suffices(const Shape& shape, bool with_content) {
  if (!shape.extended.empty() || shape.mime_content) return false;
  if (shape.base != Shape::Base::kIdOnly && with_content) return false;
  if (shape.base == Shape::Base::kAllProperties) return false;
  constexpr std::string_view kKnown[] = {
      "item:ItemId",       "item:ParentFolderId",       "item:ItemClass",      "item:Subject",
      "item:Sensitivity",  "item:DateTimeReceived",     "item:Size",           "item:Importance",
      "item:DateTimeSent", "item:DateTimeCreated",      "item:HasAttachments", "item:DisplayTo",
      "item:DisplayCc",    "item:LastModifiedTime",     "item:IsAssociated",   "item:IsDraft",
      "message:IsRead",    "message:InternetMessageId", "message:From",        "message:Sender"};
  for (const auto& uri : shape.fields)
    if (std::find(std::begin(kKnown), std::end(kKnown), uri) == std::end(kKnown)) return false;
  return true;
}

/// True when the table knows whether the item has these, and what they are.
bool table_has(const ItemView& view, const std::vector<ExtendedPath>& paths) {
  const ItemFacts& f = view.item.facts;
  const auto known = [&](const ExtendedPath& path) {
    if (path.key.index() == 0) return std::get<0>(path.key) == pid::kSearchKey && !f.search_key.empty();
    return !std::get<1>(path.key).is_lid() && (f.named_complete || path.find(f.named) != nullptr);
  };
  return std::all_of(paths.begin(), paths.end(), known);
}

void write_parts(ItemFieldWriter& w, std::string_view element) {
  w.write_item_part();
  if (element == "Message" || element.starts_with("Meeting"))
    w.write_message_part();
  else if (element == "PostItem")
    w.write_post_part();
  else if (element == "CalendarItem")
    w.write_calendar_part();
  else if (element == "Contact")
    w.write_contact_part();
  else if (element == "Task")
    w.write_task_part();
  else if (element == "DistributionList")
    w.write_list_part();
}

std::string attachment_name(const model::PropertyList& p) {
  for (const auto id : {pid::kAttachLongFilename, pid::kDisplayName, pid::kAttachFilename})
    if (auto t = p.get_text(id); t && !t->empty()) return *t;
  return "attachment";
}

}  // namespace

Result<const model::Item*> ItemView::full() {
  if (embedded_ != nullptr) return embedded_;
  if (!decoded_) {
    auto read = mapi::read_exported_item(item.bytes);
    if (!read) return std::move(read).error();
    decoded_ = *std::move(read);
  }
  return &*decoded_;
}

const ItemFacts& ItemView::facts() {
  if (embedded_ == nullptr) return item.facts;
  if (!embedded_facts_) embedded_facts_ = facts_of(*embedded_);
  return *embedded_facts_;
}

std::string_view item_element(std::string_view c) {
  if (c.starts_with("IPM.Appointment")) return "CalendarItem";
  if (c.starts_with("IPM.Contact")) return "Contact";
  if (c.starts_with("IPM.DistList")) return "DistributionList";
  if (c.starts_with("IPM.Task") && !c.starts_with("IPM.TaskRequest")) return "Task";
  if (c.starts_with("IPM.Post")) return "PostItem";
  if (c.starts_with("IPM.Schedule.Meeting.Request")) return "MeetingRequest";
  if (c.starts_with("IPM.Schedule.Meeting.Resp")) return "MeetingResponse";
  if (c.starts_with("IPM.Schedule.Meeting.Canceled")) return "MeetingCancellation";
  return "Message";
}

void write_item_id(Answer& out, Mailbox& mailbox, const Item& item) {
  out.empty("t:ItemId", {{"Id", format_id(mailbox.ref(item))}, {"ChangeKey", mailbox.change_key(item)}});
}

Status write_item(Answer& out, ItemView& view, const Shape& shape, bool with_content,
                  std::string_view extra_subject) {
  ItemFieldWriter writer{out, view, shape, with_content, extra_subject};
  Shape bare = shape;
  bare.extended.clear();
  const bool enough =
      !view.is_embedded() && table_suffices(bare, with_content) && table_has(view, shape.extended);
  if (!enough) {
    TRY_ASSIGN(writer.full, view.full());
  }
  std::string mime;
  if (shape.mime_content) {
    StringSink sink(mime);
    TRY(mime::write_eml(*writer.full, sink));
  }
  const std::string element = "t:" + std::string(item_element(view.facts().message_class));
  out.open(element);
  if (shape.mime_content) {
    out.open("t:MimeContent", {{"CharacterSet", "UTF-8"}});
    out.base64(make_memory_blob(std::move(mime)));
    out.close("t:MimeContent");
  }
  write_parts(writer, std::string_view(element).substr(2));
  out.close(element);
  return ok;
}

Status write_attachment(Answer& out, ItemView& view, std::size_t index, bool content, const Shape& shape) {
  TRY_ASSIGN(const model::Item* full, view.full());
  const auto& attachment = full->attachments[index];
  const auto& p = attachment.properties;
  const std::string element = attachment.embedded ? "t:ItemAttachment" : "t:FileAttachment";
  out.open(element);
  const AttachmentRef ref{view.mailbox.ref(view.item), static_cast<std::uint32_t>(index)};
  if (!view.is_embedded()) out.empty("t:AttachmentId", {{"Id", format_id(ref)}});
  out.element("t:Name", attachment_name(p));
  if (auto t = p.get_text(pid::kAttachMimeTag); t && !t->empty()) out.element("t:ContentType", *t);
  if (auto t = p.get_text(pid::kAttachContentId); t && !t->empty()) out.element("t:ContentId", *t);
  if (auto t = p.get_text(pid::kAttachContentLocation); t && !t->empty())
    out.element("t:ContentLocation", *t);
  const auto* data = p.find(pid::kAttachDataBinary);
  const std::uint64_t size = data != nullptr ? data->value.size() : 0;
  out.element("t:Size", static_cast<std::uint64_t>(
                            p.get_integer(pid::kAttachSize).value_or(static_cast<std::int64_t>(size))));
  if (auto t = p.get_time(pid::kLastModificationTime)) out.element("t:LastModifiedTime", format_utc(*t));
  out.element("t:IsInline", (p.get_integer(pid::kAttachFlags).value_or(0) & 4) != 0);
  if (content && attachment.embedded) {
    ItemView inner(view.mailbox, view.item, *attachment.embedded);
    TRY(write_item(out, inner, shape, true));
  } else if (content) {
    out.open("t:Content");
    if (data != nullptr && data->value.is_blob())
      out.base64(data->value.blob());
    else if (data != nullptr)
      out.raw(to_base64(data->value.bytes()));
    out.close("t:Content");
  }
  out.close(element);
  return ok;
}

}  // namespace mk::sim
