#include "pst/code_page.h"

#include <algorithm>

#include "model/tags.h"
#include "pst/ltp/property_context.h"

namespace mk::pst {
namespace {

using model::PropType;

constexpr unsigned kWestern = 1252, kUtf8 = 65001;
constexpr std::size_t kItemsAsked = 32;

/// The Windows code page for text that is sent in a code page of the Internet.
unsigned windows_code_page(unsigned internet) {
  constexpr std::pair<unsigned, unsigned> kPages[] = {
      {50220, 932},  {50221, 932},  {50222, 932},  {51932, 932},  {50225, 949},  {51949, 949},  {50227, 936},
      {51936, 936},  {52936, 936},  {54936, 936},  {20866, 1251}, {21866, 1251}, {28595, 1251}, {28592, 1250},
      {28593, 1254}, {28594, 1257}, {28596, 1256}, {28597, 1253}, {28598, 1255}, {38598, 1255}, {28599, 1254},
      {28603, 1257}, {20127, 1252}, {28591, 1252}, {28605, 1252}};
  const auto* it =
      std::find_if(std::begin(kPages), std::end(kPages), [&](auto& p) { return p.first == internet; });
  return it == std::end(kPages) ? internet : it->second;
}

/// 0 when the list names none.
unsigned named_code_page(const model::PropertyList& list) {
  if (const auto page = list.get_integer(model::pid::kMessageCodepage); page && *page > 0)
    return static_cast<unsigned>(*page);
  if (const auto page = list.get_integer(model::pid::kInternetCodepage); page && *page > 0)
    return windows_code_page(static_cast<unsigned>(*page));
  return 0;
}

bool is_beyond_ascii(const model::Property& p) {
  if (p.tag.raw_type() != static_cast<std::uint16_t>(PropType::kString8)) return false;
  if (p.value.is_blob()) return true;
  return std::any_of(p.value.bytes().begin(), p.value.bytes().end(),
                     [](std::byte b) { return b >= std::byte{0x80}; });
}

/// `taken`: the code page that is taken for a string without one.
void mark(model::PropertyList& list, unsigned page, unsigned taken) {
  if (page == taken || page >= model::kCodePageString) return;
  for (auto& p : list)
    if (is_beyond_ascii(p)) p.tag.value = (p.tag.value & 0xFFFF0000u) | model::kCodePageString | page;
}

bool has_8_bit_text(const model::PropertyList& list) {
  return std::any_of(list.begin(), list.end(), is_beyond_ascii);
}
bool has_8_bit_text(const model::Item& item) {
  return has_8_bit_text(item.properties) ||
         std::any_of(item.recipients.begin(), item.recipients.end(),
                     [](auto& r) { return has_8_bit_text(r); }) ||
         std::any_of(item.attachments.begin(), item.attachments.end(),
                     [](auto& a) { return has_8_bit_text(a.properties); });
}

}  // namespace

unsigned StoreCodePage::get() const {
  const std::lock_guard lock(mutex_);
  if (!known_) known_ = look_up();
  return *known_;
}

unsigned StoreCodePage::look_up() const {
  std::vector<ndb::Node> items;
  static_cast<void>(db_->visit_nodes([&](const ndb::Node& n) {
    if (n.nid.type() == NidType::kNormalMessage && items.size() < kItemsAsked) items.push_back(n);
  }));
  for (const auto& n : items) {
    ltp::Budget budget;
    const auto context = ltp::read_property_context(db_, n, budget);
    const unsigned page = context ? named_code_page(context->properties) : 0;
    if (page != 0 && page != kUtf8) return page;
  }
  return kWestern;
}

void mark_code_page(model::Item& item, const StoreCodePage& store) {
  if (has_8_bit_text(item)) {
    const unsigned taken = item.properties.code_page(), named = named_code_page(item.properties);
    const unsigned page = named != 0 ? named : store.get();
    mark(item.properties, page, taken);
    for (auto& r : item.recipients) mark(r, page, taken);
    for (auto& a : item.attachments) mark(a.properties, page, taken);
  }
  for (auto& a : item.attachments)
    if (a.embedded) mark_code_page(*a.embedded, store);
}

void mark_code_page(model::PropertyList& list, const StoreCodePage& store) {
  if (!has_8_bit_text(list)) return;
  const unsigned named = named_code_page(list);
  mark(list, named != 0 ? named : store.get(), list.code_page());
}

}  // namespace mk::pst
