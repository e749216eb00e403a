#include "sim/item_facts.h"

#include "mapi/item_reader.h"
#include "model/tags.h"

namespace mk::sim {
namespace {

namespace pid = model::pid;
constexpr std::size_t kMaxIndexedValueBytes = 512;

bool has_text_name(const model::Property& p) { return p.name && !p.name->is_lid(); }

bool is_small(const model::Property& p) {
  return !p.value.is_blob() && p.value.size() <= kMaxIndexedValueBytes;
}

std::string text(const model::PropertyList& p, std::uint16_t id) { return p.get_text(id).value_or(""); }

}  // namespace

bool ItemFacts::read() const { return (flags & model::kFlagRead) != 0; }
bool ItemFacts::associated() const { return (flags & model::kFlagAssociated) != 0; }

ItemFacts facts_of(const model::Item& item) {
  const auto& p = item.properties;
  ItemFacts out;
  if (auto c = text(p, pid::kMessageClass); !c.empty()) out.message_class = std::move(c);
  out.subject = text(p, pid::kSubject);
  if (out.subject.empty()) out.subject = text(p, pid::kSubjectPrefix) + text(p, pid::kNormalizedSubject);
  out.sender_name = text(p, pid::kSenderName);
  out.sender_address = text(p, pid::kSenderEmailAddress);
  out.display_to = text(p, pid::kDisplayTo);
  out.display_cc = text(p, pid::kDisplayCc);
  out.internet_message_id = text(p, pid::kInternetMessageId);
  out.received = p.get_time(pid::kMessageDeliveryTime).value_or(FileTime{});
  out.sent = p.get_time(pid::kClientSubmitTime).value_or(FileTime{});
  out.created = p.get_time(pid::kCreationTime).value_or(FileTime{});
  out.modified = p.get_time(pid::kLastModificationTime).value_or(FileTime{});
  out.importance = static_cast<std::int32_t>(p.get_integer(pid::kImportance).value_or(1));
  out.sensitivity = static_cast<std::int32_t>(p.get_integer(pid::kSensitivity).value_or(0));
  out.flags = static_cast<std::int32_t>(p.get_integer(pid::kMessageFlags).value_or(0));
  out.has_attachments = !item.attachments.empty();
  out.search_key = p.get_binary(pid::kSearchKey).value_or(ByteString{});
  out.named_complete = true;
  for (const auto& property : p) {
    if (!has_text_name(property)) continue;
    if (is_small(property))
      out.named.add(property);
    else
      out.named_complete = false;
  }
  return out;
}

Result<ItemFacts> derive_facts(const BlobPtr& framed) {
  TRY_ASSIGN(const model::Item item, mapi::read_exported_item(framed));
  return facts_of(item);
}

}  // namespace mk::sim
