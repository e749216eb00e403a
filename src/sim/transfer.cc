#include <fmt/format.h>

#include "sim/item_shape.h"
#include "sim/operations.h"

namespace mk::sim {
namespace {

constexpr std::string_view kTruncated = "=== Truncated Data ===";

/// The largest size up to `wanted`, but at least the first record, at which a record ends.
std::uint64_t record_boundary(const Blob& blob, std::uint64_t wanted) {
  std::uint64_t at = 0;
  for (std::uint64_t size = blob.size(); at + 8 <= size;) {
    auto in = blob.open(at);
    std::array<std::byte, 8> head{};
    if (!in) break;
    if (const auto n = read_full(**in, head); !n || *n != head.size()) break;
    const std::uint64_t next = at + 8 + load_le<std::uint32_t>(head.data() + 4);
    if (next > wanted && at > 0) break;
    if (next >= size) break;  // the end is no truncation
    at = next;
  }
  return at;
}

/// Where the data of a truncated item ends: never at its end, and inside a record, if that is wanted.
std::uint64_t cut_at(const Item& item, const Fault& fault) {
  const std::uint64_t wanted = std::min(fault.bytes, item.bytes->size() / 2);
  const std::uint64_t boundary = record_boundary(*item.bytes, wanted);
  if (fault.kind == FaultKind::kTruncatedAtRecord) return boundary;
  const std::uint64_t inside = std::max(wanted, boundary + 12);  // past a record's head
  return std::min(inside, item.bytes->size() - 1) / 3 * 3;       // whole base64 groups
}

/// True when the reply goes on after this item.
bool write_data(Call& call, const Item& item, const std::vector<Fault>& faults) {
  Answer& out = call.out;
  if (faults.empty()) {
    out.base64(item.bytes);
    return true;
  }
  const Fault& f = faults.front();
  if (f.kind == FaultKind::kTruncatedPlaceholder) {
    out.raw("AA==");
    return true;
  }
  out.base64(make_head_blob(item.bytes, cut_at(item, f)));
  if (f.kind == FaultKind::kTruncatedMarkerInXml) out.raw(kTruncated);
  if (f.kind != FaultKind::kTruncatedMarker) return true;
  out.raw(kTruncated);
  return false;
}

/// True when the reply goes on after this item.
bool export_one(Call& call, const ItemPlace& place, const std::string& id, std::int64_t index) {
  using enum FaultKind;
  const FaultPlace here{.operation = {},
                        .mailbox = place.mailbox->address(),
                        .folder = place.mailbox->folder(place.item->folder)->name,
                        .item_id = id,
                        .subject = place.item->facts.subject,
                        .item_index = index};
  const bool corrupt = !call.faults({kCorruptItem}, here).empty();
  if (corrupt || !call.faults({kVanished}, here).empty()) {
    call.error_message(problem(corrupt ? "ErrorCorruptData" : "ErrorItemNotFound"));
    return true;
  }
  call.begin_message();
  call.out.empty("m:ItemId", {{"Id", id}, {"ChangeKey", place.mailbox->change_key(*place.item)}});
  call.out.raw("<m:Data>");
  ++call.count.items;
  if (!write_data(call, *place.item,
                  call.faults({kTruncatedMarker, kTruncatedMarkerInXml, kTruncatedInRecord,
                               kTruncatedAtRecord, kTruncatedPlaceholder},
                              here))) {
    call.out.cut_here();
    return false;
  }
  call.out.raw("</m:Data>");
  call.end_message();
  return true;
}

/// Data of `encoded` as it lies in the request, spooled.
Outcome<BlobPtr> take_data(Mailbox& mailbox, const char* encoded) {
  auto bytes = from_base64(encoded);
  if (!bytes || bytes->empty()) return problem("ErrorCorruptData");
  auto stored = mailbox.spool().add(as_bytes(*bytes));
  if (!stored) return problem("ErrorItemSave");
  return *std::move(stored);
}

/// Parent folder, action and bytes of one t:Item.
struct Upload {
  FolderPlace parent;
  std::string action, item_id;
  std::optional<bool> associated;
  BlobPtr bytes;
  ItemFacts facts;
};

Outcome<Upload> parse_upload(Call& call, pugi::xml_node node) {
  Upload out;
  out.action = xml::attribute(node, "CreateAction");
  const std::string associated = xml::attribute(node, "IsAssociated");
  if (!associated.empty()) out.associated = associated == "true" || associated == "1";
  out.item_id = xml::attribute(xml::child(node, "ItemId"), "Id");
  pugi::xml_node parent = xml::child(node, "ParentFolderId");
  auto place = find_folder(call, parent);
  if (!place) return place.why.code == "ErrorItemNotFound" ? problem("ErrorParentFolderNotFound") : place.why;
  out.parent = *place;
  auto bytes = take_data(*place->mailbox, xml::child(node, "Data").text().get());
  if (!bytes) return bytes.why;
  out.bytes = *bytes;
  auto facts = derive_facts(out.bytes);
  if (!facts) return problem("ErrorCorruptData");
  out.facts = *std::move(facts);
  return out;
}

Item& create(const Upload& u) {
  // IsAssociated decides; absent means a normal item ([MS-OXWSBTRF] 2.2.4.x)
  const bool associated = u.associated.value_or(false);
  return u.parent.mailbox->add_item(u.parent.folder->number, associated, u.bytes, u.facts);
}

Outcome<ItemPlace> store(Call& call, const Upload& u) {
  Mailbox& mailbox = *u.parent.mailbox;
  if (u.action == "CreateNew") return ItemPlace{&mailbox, &create(u)};
  auto target = find_item(call, u.item_id, "");
  const bool here = target && target->item->folder == u.parent.folder->number;
  if (!here && u.action == "Update") return target ? problem("ErrorItemNotFound") : target.why;
  if (!here) return ItemPlace{&mailbox, &create(u)};
  mailbox.replace(*target->item, u.bytes, u.facts);
  return target;
}

OpResult check_upload(pugi::xml_node items) {
  if (!xml::first(items)) return missing_child("UploadItems", "Items");
  for (auto n = xml::first(items); n; n = xml::next(n)) {
    const std::string action = xml::attribute(n, "CreateAction");
    if (action != "CreateNew" && action != "Update" && action != "UpdateOrCreate")
      return bad_enumeration("CreateAction", action, "CreateActionType");
    if (!xml::child(n, "ParentFolderId")) return missing_child("Item", "ParentFolderId");
    if (action != "CreateNew" && !xml::child(n, "ItemId")) return missing_child("Item", "ItemId");
    if (!xml::child(n, "Data")) return missing_child("Item", "Data");
  }
  return {};
}

}  // namespace

OpResult export_items(Call& call) {
  const auto ids = xml::child(call.request, "ItemIds");
  if (!xml::first(ids)) return missing_child("ExportItems", "ItemIds");
  std::int64_t index = 0;
  for (auto id = xml::first(ids); id; id = xml::next(id), ++index) {
    auto place = find_item(call, id);
    if (!place)
      call.error_message(place.why);
    else if (!export_one(call, *place, xml::attribute(id, "Id"), index))
      break;
  }
  return {};
}

OpResult upload_items(Call& call) {
  const auto items = xml::child(call.request, "Items");
  if (auto fault = check_upload(items)) return fault;
  for (auto n = xml::first(items); n; n = xml::next(n)) {
    auto upload = parse_upload(call, n);
    if (!upload) {
      call.error_message(upload.why);
      continue;
    }
    auto stored = store(call, *upload);
    if (!stored) {
      call.error_message(stored.why);
      continue;
    }
    ++call.count.items;
    call.begin_message();
    call.out.empty("m:ItemId", {{"Id", format_id(stored->mailbox->ref(*stored->item))},
                                {"ChangeKey", stored->mailbox->change_key(*stored->item)}});
    call.end_message();
  }
  return {};
}

}  // namespace mk::sim
