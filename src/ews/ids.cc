#include "ews/ids.h"

#include <charconv>

#include "base/text.h"

namespace mk::ews {
namespace {

/// `0x300B`, `0x300b` or `12299`, as servers write them.
std::optional<std::uint32_t> to_tag(std::string_view text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  std::uint32_t v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v, hex ? 16 : 10);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return v;
}

bool is_field(const Element& uri, const ExtendedField& field) {
  if (field.id) return to_tag(uri.attribute("PropertyTag")) == *field.id;
  const auto set = parse_guid(uri.attribute("PropertySetId"));
  if (!set || *set != field.name->set) return false;
  if (field.name->is_lid())
    return to_tag(uri.attribute("PropertyId")) == std::get<std::uint32_t>(field.name->key);
  return utf16_from_utf8(uri.attribute("PropertyName")) == std::get<ByteString>(field.name->key);
}

}  // namespace

std::optional<std::string> extended_value(const Element& owner, const ExtendedField& field) {
  for (const Element& e : owner.children) {
    const Element* uri = e.name == "ExtendedProperty" ? e.child("ExtendedFieldURI") : nullptr;
    const Element* value = e.child("Value");
    if (uri != nullptr && value != nullptr && is_field(*uri, field)) return value->text;
  }
  return std::nullopt;
}

}  // namespace mk::ews
