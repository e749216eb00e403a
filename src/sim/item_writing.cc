#include <fmt/format.h>

#include "base/hash.h"
#include "mapi/item_reader.h"
#include "mapi/item_writer.h"
#include "mime/eml.h"
#include "model/tags.h"
#include "sim/item_shape.h"
#include "sim/operations.h"
#include "sim/set_field.h"

namespace mk::sim {
namespace {

namespace pid = model::pid;
constexpr std::string_view kNone = "<m:Items/>";

struct Stored {
  BlobPtr bytes;
  ItemFacts facts;
};

Outcome<Stored> store(Call& call, Mailbox& mailbox, model::Item& item) {
  item.properties.set_time(pid::kLastModificationTime, call.world.now());
  auto bytes = mailbox.spool().add([&](ByteSink& out) { return mapi::write_exported_item(item, out); });
  if (!bytes) return problem("ErrorItemSave");
  return Stored{*std::move(bytes), facts_of(item)};
}

void write_result(Call& call, Mailbox& mailbox, const Item& item) {
  const std::string element = "t:" + std::string(item_element(item.facts.message_class));
  call.out.open("m:Items");
  call.out.open(element);
  write_item_id(call.out, mailbox, item);
  call.out.close(element);
  call.out.close("m:Items");
}

struct Kind {
  std::string_view element, message_class, folder;
};

constexpr Kind kKinds[] = {{"Message", "IPM.Note", "drafts"},
                           {"Item", "IPM.Note", "drafts"},
                           {"CalendarItem", "IPM.Appointment", "calendar"},
                           {"Contact", "IPM.Contact", "contacts"},
                           {"Task", "IPM.Task", "tasks"},
                           {"PostItem", "IPM.Post", "inbox"},
                           {"DistributionList", "IPM.DistList", "contacts"}};

const Kind* kind_of(std::string_view element) {
  for (const auto& k : kKinds)
    if (k.element == element) return &k;
  return nullptr;
}

/// What a store gives a new item.
void add_defaults(Call& call, const Mailbox& mailbox, const Kind& kind, model::Item& item) {
  auto& p = item.properties;
  const auto now = call.world.now();
  if (p.find(pid::kMessageClass) == nullptr) p.set_text(pid::kMessageClass, kind.message_class);
  if (p.find(pid::kImportance) == nullptr) p.set_integer32(pid::kImportance, 1);
  if (p.find(pid::kSensitivity) == nullptr) p.set_integer32(pid::kSensitivity, 0);
  if (p.find(pid::kMessageFlags) == nullptr)
    p.set_integer32(pid::kMessageFlags, kind.message_class == "IPM.Note"
                                            ? model::kFlagRead | model::kFlagUnsent
                                            : model::kFlagRead);
  for (const auto id : {pid::kMessageDeliveryTime, pid::kCreationTime})
    if (p.find(id) == nullptr) p.set_time(id, now);
  if (p.find(pid::kSearchKey) == nullptr) {
    const auto digest =
        sha256(as_bytes(fmt::format("{} {} {}", mailbox.address(), mailbox.seq(), now.ticks)));
    p.set_binary(pid::kSearchKey, ByteString(as_chars(digest).substr(0, 16)));
  }
}

/// MIME first, then what the other elements say over it.
Outcome<model::Item> build(pugi::xml_node node) {
  model::Item item;
  if (const auto mime = xml::child(node, "MimeContent")) {
    const auto bytes = from_base64(mime.text().get());
    auto read = bytes ? mime::read_eml(as_bytes(*bytes)) : Result<model::Item>(Error{});
    if (!read) return problem("ErrorMimeContentInvalid");
    item = *std::move(read);
  }
  for (auto n = xml::first(node); n; n = xml::next(n)) {
    if (xml::local_name(n) == "MimeContent") continue;
    // elements that only a calendar or a transport would use are taken without effect
    if (set_field(item, n) == SetResult::kBadValue) return problem("ErrorInvalidPropertySet");
  }
  return item;
}

struct Destination {
  std::string disposition;
  pugi::xml_node saved_folder;
};

/// Nothing is ever sent from here: what would be, is kept in Sent Items only.
Outcome<FolderPlace> place_for(Call& call, const Destination& to, const Kind& kind) {
  if (to.saved_folder) {
    auto place = find_folder(call, to.saved_folder);
    return !place && place.why.code == "ErrorItemNotFound"
               ? Outcome<FolderPlace>(problem("ErrorFolderNotFound"))
               : place;
  }
  if (call.self == nullptr) return problem("ErrorNonExistentMailbox");
  const bool sent = to.disposition.starts_with("Send") && kind.folder == "drafts";
  Folder* folder = call.self->well_known(sent ? "sentitems" : kind.folder);
  if (folder == nullptr) return problem("ErrorFolderNotFound");
  return FolderPlace{call.self, folder};
}

void create_one(Call& call, const Destination& to, const Kind& kind, pugi::xml_node node) {
  auto place = place_for(call, to, kind);
  if (!place) return call.error_message(place.why, kNone);
  auto item = build(node);
  if (!item) return call.error_message(item.why, kNone);
  add_defaults(call, *place->mailbox, kind, *item);
  auto stored = store(call, *place->mailbox, *item);
  if (!stored) return call.error_message(stored.why, kNone);
  const bool associated = xml::flag(node, "IsAssociated", false);
  const Item& made =
      place->mailbox->add_item(place->folder->number, associated, stored->bytes, std::move(stored->facts));
  ++call.count.items;
  call.begin_message();
  if (to.disposition.starts_with("Send"))
    call.out.raw(kNone);
  else
    write_result(call, *place->mailbox, made);
  call.end_message();
}

/// One of SetItemField, DeleteItemField, AppendToItemField.
SetResult apply_update(model::Item& item, pugi::xml_node update) {
  const auto op = xml::local_name(update);
  const auto path = parse_path(xml::first(update));
  if (!path) return SetResult::kBadValue;
  if (op == "DeleteItemField") return delete_field(item, *path);
  const auto value = xml::first(xml::next(xml::first(update)));
  if (!value) return SetResult::kBadValue;
  return op == "AppendToItemField" ? append_body(item, value) : set_field(item, value);
}

bool only_read_flag(pugi::xml_node updates) {
  const auto n = xml::first(updates);
  return n && !xml::next(n) && xml::local_name(n) == "SetItemField" &&
         xml::attribute(xml::first(n), "FieldURI") == "message:IsRead";
}

std::optional<Problem> update_one(Call& call, const ItemPlace& place, pugi::xml_node updates) {
  auto item = mapi::read_exported_item(place.item->bytes);
  if (!item) return problem("ErrorCorruptData");
  for (auto n = xml::first(updates); n; n = xml::next(n))
    if (apply_update(*item, n) != SetResult::kDone) return problem("ErrorInvalidPropertySet");
  auto stored = store(call, *place.mailbox, *item);
  if (!stored) return stored.why;
  if (only_read_flag(updates)) {  // a read flag is no change of content: the change key stays
    place.mailbox->set_read(*place.item, stored->facts.read());
    place.item->bytes = std::move(stored->bytes);
    return {};
  }
  place.mailbox->replace(*place.item, std::move(stored->bytes), std::move(stored->facts));
  return {};
}

std::optional<Problem> check_conflict(const std::string& resolution, const ItemPlace& place,
                                      const std::string& change_key) {
  if (resolution == "AlwaysOverwrite") return {};
  if (change_key.empty())
    return Problem{"ErrorChangeKeyRequired", "The change key is required for this operation."};
  if (resolution == "NeverOverwrite" && parse_change_key(change_key) != place.item->changed_seq)
    return Problem{"ErrorIrresolvableConflict",
                   "The send or update operation could not be performed because the change key "
                   "passed in the request does not match the current change key for the item."};
  return {};
}

}  // namespace

OpResult create_item(Call& call) {
  const auto items = xml::child(call.request, "Items");
  if (!xml::first(items)) return missing_child("CreateItem", "Items");
  const Destination to{xml::attribute(call.request, "MessageDisposition"),
                       xml::first(xml::child(call.request, "SavedItemFolderId"))};
  if (!to.disposition.empty() && to.disposition != "SaveOnly" && to.disposition != "SendOnly" &&
      to.disposition != "SendAndSaveCopy")
    return bad_enumeration("MessageDisposition", to.disposition, "MessageDispositionType");
  for (auto n = xml::first(items); n; n = xml::next(n)) {
    const Kind* kind = kind_of(xml::local_name(n));
    if (kind == nullptr)
      call.error_message(problem("ErrorInvalidOperation"), kNone);
    else
      create_one(call, to, *kind, n);
  }
  return {};
}

OpResult update_item(Call& call) {
  const std::string resolution = xml::attribute(call.request, "ConflictResolution");
  if (resolution != "NeverOverwrite" && resolution != "AutoResolve" && resolution != "AlwaysOverwrite")
    return bad_enumeration("ConflictResolution", resolution, "ConflictResolutionType");
  const auto changes = xml::child(call.request, "ItemChanges");
  if (!xml::first(changes)) return missing_child("UpdateItem", "ItemChanges");
  for (auto n = xml::first(changes); n; n = xml::next(n)) {
    auto place = find_item(call, xml::first(n));
    std::optional<Problem> why;
    if (!place)
      why = place.why;
    else
      why = check_conflict(resolution, *place, xml::attribute(xml::first(n), "ChangeKey"));
    if (!why) why = update_one(call, *place, xml::child(n, "Updates"));
    if (why) {
      call.error_message(*why, kNone);
      continue;
    }
    call.begin_message();
    write_result(call, *place->mailbox, *place->item);
    call.out.raw("<m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>");
    call.end_message();
  }
  return {};
}

}  // namespace mk::sim
