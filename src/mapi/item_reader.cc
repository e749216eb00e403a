#include "mapi/item_reader.h"

#include "mapi/grammar.h"
#include "mapi/property_reader.h"

namespace mk::mapi {
namespace {

using model::Attachment;
using model::Item;

/// Hangs what the grammar finds into an item: `places_` are the objects that are open, innermost last.
class ItemBuilder final : public Visitor {
 public:
  explicit ItemBuilder(const SpanMaker& spans) : properties_(spans) {}
  Item take() { return std::move(item_); }

  Status begin(Element e, std::uint64_t at) override;
  Status end(Element e, std::uint64_t) override {
    if (e == Element::kRecipient || e == Element::kAttachment || e == Element::kEmbeddedMessage)
      places_.pop_back();
    return ok;
  }
  Status property(Lexer& lexer) override {
    if (lexer.head().tag.value == meta::kFXDelProp) return ok;
    TRY_ASSIGN(auto p, properties_.read(lexer));
    places_.back().list->add(std::move(p));
    return ok;
  }

 private:
  struct Place {
    model::PropertyList* list;
    Item* item;              // for a message
    Attachment* attachment;  // for an attachment
  };
  PropertyReader properties_;
  Item item_;
  std::vector<Place> places_;
};

Status ItemBuilder::begin(Element e, std::uint64_t at) {
  switch (e) {
    case Element::kMessageContent:
      places_.push_back({&item_.properties, &item_, nullptr});
      return ok;
    case Element::kRecipient: {
      auto& recipients = places_.back().item->recipients;
      places_.push_back({&recipients.emplace_back(), nullptr, nullptr});
      return ok;
    }
    case Element::kAttachment: {
      auto& attachments = places_.back().item->attachments;
      Attachment& a = attachments.emplace_back();
      places_.push_back({&a.properties, nullptr, &a});
      return ok;
    }
    case Element::kEmbeddedMessage: {
      auto& embedded = places_.back().attachment->embedded;
      embedded = std::make_unique<Item>();
      places_.push_back({&embedded->properties, embedded.get(), nullptr});
      return ok;
    }
    case Element::kErrorInfo:
      return Error{Code::kCorrupt, "FastTransfer stream: FXErrorInfo at offset " + std::to_string(at) +
                                       ": the server reports that it could not read the item to its end"};
    default:
      check_failed("an element outside messageContent", __FILE__, __LINE__);
  }
}

Result<Item> read_item(ByteSource& in, const SpanMaker& spans) {
  Lexer lexer(in);
  ItemBuilder builder(spans);
  TRY(parse(lexer, Root::kMessageContent, builder));
  return builder.take();
}

}  // namespace

Result<Item> read_exported_item(const BlobPtr& stream) {
  TRY_ASSIGN(auto in, stream->open());
  RecordReader records(*in);
  const FramedSpans spans(stream, records);
  return read_item(records, spans);
}

Result<Item> read_message_content(const BlobPtr& stream) {
  TRY_ASSIGN(auto in, stream->open());
  const BareSpans spans(stream);
  return read_item(*in, spans);
}

}  // namespace mk::mapi
