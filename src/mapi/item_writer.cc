#include "mapi/item_writer.h"

#include "mapi/stream_writer.h"
#include "model/tags.h"

namespace mk::mapi {
namespace {

using model::Attachment;
using model::Item;
using model::Property;
using model::PropertyList;
using model::PropType;
namespace pid = model::pid;

/// PidTagMessageRecipients and PidTagMessageAttachments as values of MetaTagFXDelProp: what follows replaces
/// all.
constexpr std::uint32_t kAllRecipients = 0x0E12000D, kAllAttachments = 0x0E13000D;

class ItemWriter {
 public:
  explicit ItemWriter(PieceSink& out) : out_(out) {}

  Status message(const Item& item, int depth) {
    if (depth > model::kMaxEmbeddingDepth)
      return Error{Code::kCorrupt, "writing an item: messages embedded more than 32 deep"};
    for (const auto& p : item.properties) TRY(property(p));
    TRY(out_.integer32(meta::kFXDelProp, kAllRecipients));
    for (std::size_t i = 0; i < item.recipients.size(); ++i) TRY(recipient(item.recipients[i], i));
    TRY(out_.integer32(meta::kFXDelProp, kAllAttachments));
    for (std::size_t i = 0; i < item.attachments.size(); ++i) TRY(attachment(item.attachments[i], i, depth));
    return ok;
  }

 private:
  Status property(const Property& p) { return can_be_written(p) ? out_.property(p) : Status(ok); }

  /// The property that has to come first, made from `index` when it is missing.
  Status leading_number(const PropertyList& list, std::uint16_t id, std::size_t index) {
    const Property* p = list.find(id);
    if (p != nullptr && p->tag.type() == PropType::kInteger32) return out_.property(*p);
    return out_.integer32(model::PropTag(id, PropType::kInteger32).value, static_cast<std::uint32_t>(index));
  }

  Status recipient(const PropertyList& list, std::size_t index) {
    TRY(out_.begin(Element::kRecipient));
    TRY(leading_number(list, pid::kRowId, index));
    for (const auto& p : list)
      if (p.tag.id() != pid::kRowId) TRY(property(p));
    return out_.end(Element::kRecipient);
  }

  Status attachment(const Attachment& a, std::size_t index, int depth) {
    TRY(out_.begin(Element::kAttachment));
    TRY(leading_number(a.properties, pid::kAttachNumber, index));
    for (const auto& p : a.properties) {
      const bool is_object = p.tag.id() == pid::kAttachDataBinary && p.tag.type() == PropType::kObject;
      if (p.tag.id() != pid::kAttachNumber && !(a.embedded && is_object)) TRY(property(p));
    }
    if (a.embedded) {
      TRY(out_.begin(Element::kEmbeddedMessage));
      TRY(message(*a.embedded, depth + 1));
      TRY(out_.end(Element::kEmbeddedMessage));
    }
    return out_.end(Element::kAttachment);
  }

  StreamWriter out_;
};

Status write(const Item& item, PieceSink& out) {
  TRY(ItemWriter(out).message(item, 0));
  return out.finish();
}

}  // namespace

Status write_exported_item(const Item& item, ByteSink& out, const ExportVersion& v) {
  return write(item, *make_record_sink(out, {v.major_minor, v.build, v.revision}));
}

Status write_message_content(const Item& item, ByteSink& out) { return write(item, *make_bare_sink(out)); }

}  // namespace mk::mapi
