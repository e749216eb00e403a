#include "pst/write/value.h"

#include <fmt/format.h>

namespace mk::pst::write {
namespace {

using model::PropTag;
using model::PropType;

Error wrong_length(PropTag tag, std::size_t bytes) {
  return {Code::kCorrupt, fmt::format("property {:08X} has {} bytes", tag.value, bytes)};
}

/// One element in its stored form behind what `out` has.
Status store_element(ByteString& out, PropTag tag, Bytes bytes) {
  const PropType type = tag.element_type();
  const std::size_t expected = model::fixed_size(type);
  if (expected != 0 && bytes.size() != expected) return wrong_length(tag, bytes.size());
  if (type == PropType::kBoolean) {
    out.push_back(load_le<std::uint16_t>(bytes.data()) != 0 ? '\1' : '\0');
    return ok;
  }
  if (type == PropType::kString) bytes = bytes.first(bytes.size() & ~std::size_t{1});
  out.append(as_chars(bytes));
  return ok;
}

/// [MS-PST] 2.3.3.4: numbers side by side; of others their count, their offsets, and then they.
Result<ByteString> store_array(PropTag tag, const std::vector<ByteString>& elements) {
  ByteString heads, data;
  const bool fixed = model::fixed_size(tag.element_type()) != 0;
  append_le(heads, static_cast<std::uint32_t>(elements.size()));
  for (const auto& e : elements) {
    append_le(heads, static_cast<std::uint32_t>(4 + 4 * elements.size() + data.size()));
    TRY(store_element(data, tag, as_bytes(e)));
  }
  if (fixed || elements.empty()) return data;
  return heads + data;
}

/// Text of a code page that nobody knows keeps its bytes as characters of Latin-1: better than losing the
/// item.
Result<model::Property> unicode_of(const model::Property& p, unsigned code_page) {
  auto known = model::to_unicode(p, code_page);
  if (known || known.error().code != Code::kUnsupported) return known;
  constexpr unsigned kLatin1 = 28591;
  const auto type =
      static_cast<std::uint32_t>(PropType::kString8) | (p.tag.is_multiple() ? model::kMultiple : 0u);
  return model::to_unicode({PropTag(std::uint32_t{p.tag.id()} << 16 | type), p.name, p.value, p.unterminated},
                           kLatin1);
}

bool is_code_page_text(PropTag tag) {
  return tag.element_type() == PropType::kString8 || (tag.raw_type() & model::kCodePageString) != 0;
}

Result<StoredValue> store_unicode(const model::Property& p) {
  StoredValue out;
  out.type = static_cast<std::uint16_t>(p.tag.value);
  if (p.tag.is_multiple()) {
    if (p.value.is_blob())
      return Error{Code::kCorrupt, fmt::format("property {:08X} is an array without elements", p.tag.value)};
    TRY_ASSIGN(out.bytes, store_array(p.tag, p.value.elements()));
    return out;
  }
  const PropType type = p.tag.element_type();
  if (p.value.is_blob()) {
    if (model::fixed_size(type) != 0) {
      TRY_ASSIGN(const ByteString bytes, p.value.load(16));
      TRY(store_element(out.bytes, p.tag, as_bytes(bytes)));
      return out;
    }
    out.blob = p.value.blob();
    if (type == PropType::kString) out.blob = make_head_blob(out.blob, out.blob->size() & ~std::uint64_t{1});
    return out;
  }
  TRY(store_element(out.bytes, p.tag, p.value.bytes()));
  return out;
}

}  // namespace

std::size_t stored_fixed_size(std::uint16_t type) {
  if (type == static_cast<std::uint16_t>(PropType::kBoolean)) return 1;
  return model::fixed_size(static_cast<PropType>(type));
}

bool is_storable(PropTag tag) {
  const PropType type = tag.element_type();
  return type != PropType::kUnspecified && type != PropType::kNull && type != PropType::kErrorCode;
}

Result<StoredValue> store_value(const model::Property& p, unsigned code_page) {
  if (!is_code_page_text(p.tag)) return store_unicode(p);
  TRY_ASSIGN(const model::Property unicode, unicode_of(p, code_page));
  return store_unicode(unicode);
}

}  // namespace mk::pst::write
