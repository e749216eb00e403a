#include "model/item.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "model/tags.h"

namespace mk::model {
namespace {

/// Properties that a store sets anew when it saves a copy, so that they say nothing about the content.
/// [MS-OXCFXICS] 3.2.5.12 and what servers were seen to change (docs/formats/content-hash.md).
constexpr auto kVolatile = std::to_array<std::uint16_t>(
    {0x0029, 0x003D, 0x0C06, 0x0E05, 0x0E07, 0x0E08, 0x0E09, 0x0E17, 0x0E1B, 0x0E1D, 0x0E1F, 0x0E20,
     0x0E21, 0x0E23, 0x0E27, 0x0E69, 0x0FF4, 0x0FF6, 0x0FF7, 0x0FF8, 0x0FF9, 0x0FFA, 0x0FFB, 0x0FFE,
     0x0FFF, 0x1016, 0x3008, 0x3FDE, 0x3FF1, 0x3FF8, 0x3FF9, 0x3FFA, 0x3FFB, 0x3FFD, 0x4008, 0x64F0,
     0x65E0, 0x65E1, 0x65E2, 0x65E3, 0x65E4, 0x65E5, 0x65E6, 0x65E8, 0x66A1, 0x6709, 0x6746, 0x6747,
     0x6748, 0x6749, 0x674A, 0x67A4, 0x67F2, 0x67F3, 0x3000, 0x35E0});

/// The marker that restore adds, by name: it must not change what it marks.
const PropertyName& marker_name() {
  static const PropertyName name = string_name(pset::kPublicStrings, "mailkeep-source");
  return name;
}

bool is_volatile(const Property& p) {
  if (p.name) return *p.name == marker_name();
  return std::find(kVolatile.begin(), kVolatile.end(), p.tag.id()) != kVolatile.end();
}

void add_number(Sha256& h, std::uint64_t n) { h.update(as_bytes(le_bytes(n))); }
void add_sized(Sha256& h, Bytes b) {
  add_number(h, b.size());
  h.update(b);
}

/// What a property sorts and is hashed by: its id, or its name when it has one.
ByteString identity(const Property& p) {
  ByteString out;
  if (!p.name) {
    append_le(out, p.tag.id());
    return out;
  }
  out += "n" + format_name(*p.name);
  return out;
}

Status add_value(Sha256& h, const Property& p) {
  if (p.value.is_multiple()) {
    add_number(h, p.value.elements().size());
    for (const auto& e : p.value.elements()) add_sized(h, as_bytes(e));
    return ok;
  }
  add_number(h, p.value.size());
  TRY_ASSIGN(auto in, p.value.open());
  std::array<std::byte, 16384> buffer;
  for (;;) {
    TRY_ASSIGN(const std::size_t n, in->read(buffer));
    if (n == 0) return ok;
    h.update(Bytes(buffer).first(n));
  }
}

/// With text in UTF-16. Text in a code page that nobody knows counts by its bytes, so that it spoils no item.
Result<Property> comparable(const Property& p, unsigned code_page) {
  auto wide = to_unicode(p, code_page);
  if (!wide && wide.error().code == Code::kUnsupported) return p;
  return wide;
}

Status add_properties(Sha256& h, const PropertyList& list, unsigned code_page) {
  std::vector<std::pair<ByteString, const Property*>> sorted;
  for (const auto& p : list)
    if (!is_volatile(p)) sorted.emplace_back(identity(p), &p);
  std::sort(sorted.begin(), sorted.end());  // equal identities in the order in which they came
  add_number(h, sorted.size());
  for (const auto& [id, property] : sorted) {
    TRY_ASSIGN(const Property p, comparable(*property, code_page));
    add_sized(h, as_bytes(id));
    add_number(h, static_cast<std::uint16_t>(p.tag.type()));
    TRY(add_value(h, p));
  }
  return ok;
}

Status add_item(Sha256& h, const Item& item, int depth) {
  if (depth > kMaxEmbeddingDepth) return Error{Code::kCorrupt, "messages embedded more than 32 deep"};
  const unsigned code_page = item.properties.code_page();
  TRY(add_properties(h, item.properties, code_page));
  add_number(h, item.recipients.size());
  for (const auto& r : item.recipients) TRY(add_properties(h, r, code_page));
  add_number(h, item.attachments.size());
  for (const auto& a : item.attachments) {
    TRY(add_properties(h, a.properties, code_page));
    if (a.embedded) TRY(add_item(h, *a.embedded, depth + 1));
  }
  return ok;
}

}  // namespace

Result<ByteString> content_hash(const Item& item) {
  Sha256 h;
  TRY(add_item(h, item, 0));
  const auto digest = h.finish();
  return ByteString(as_chars(digest));
}

}  // namespace mk::model
