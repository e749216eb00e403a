#pragma once
// Private to sim.
#include "sim/shape.h"

namespace mk::sim {

/// One item while it is written; it is decoded only when something is asked for that the table does not have.
class ItemView {
 public:
  ItemView(Mailbox& where, const Item& what) : mailbox(where), item(what) {}
  /// An attached message: no id of its own.
  ItemView(Mailbox& where, const Item& container, const model::Item& embedded)
      : mailbox(where), item(container), embedded_(&embedded) {}

  /// Errors: what reading the stream gives
  Result<const model::Item*> full();
  const ItemFacts& facts();
  bool is_embedded() const { return embedded_ != nullptr; }

  Mailbox& mailbox;
  const Item& item;

 private:
  const model::Item* embedded_ = nullptr;
  std::optional<model::Item> decoded_;
  std::optional<ItemFacts> embedded_facts_;
};

/// Message, CalendarItem, Contact ...: the element for a message class, without prefix.
std::string_view item_element(std::string_view message_class);

/// <t:Message>... with what the shape asks for. `with_content`: GetItem, which gives bodies, recipients,
/// attachments. Errors: what reading the item gives; nothing was written then
Status write_item(Answer& out, ItemView& view, const Shape& shape, bool with_content,
                  std::string_view extra_subject = {});
void write_item_id(Answer& out, Mailbox& mailbox, const Item& item);
/// t:FileAttachment or t:ItemAttachment; `content`: with its data.
Status write_attachment(Answer& out, ItemView& view, std::size_t index, bool content, const Shape& shape);

// One part each of an item's element, in schema order; in item_fields.cc.
struct ItemFieldWriter {
  Answer& out;
  ItemView& view;
  const Shape& shape;
  bool with_content;
  std::string_view extra_subject;     // raw XML, for faults
  const model::Item* full = nullptr;  // when something needs it

  bool wants(std::string_view uri, Shape::Base from) const { return shape.base >= from || shape.wants(uri); }
  void write_item_part();     // of ItemType
  void write_message_part();  // of MessageType
  void write_post_part();
  void write_calendar_part();
  void write_contact_part();
  void write_task_part();
  void write_list_part();

 private:
  void write_body();
  void write_attachments();
  void write_headers();
  void write_times_and_flags();
  void write_extended_properties();
  void write_categories();
  void write_mailbox(std::string_view element, std::uint16_t name, std::uint16_t type, std::uint16_t address,
                     std::uint16_t smtp);
  void write_recipients(std::string_view element, std::int64_t kind);
  std::string text(std::uint16_t id) const;
  std::string named_text(const Guid& set, std::uint32_t lid) const;
};

}  // namespace mk::sim
