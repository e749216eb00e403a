#include "model/property.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "model/tags.h"

namespace mk::model {
namespace {

constexpr std::uint64_t kMaxTextBytes = 1 << 20;

bool same(const Property& a, const Property& b) {
  if (a.name || b.name) return a.name == b.name;
  return a.tag.id() == b.tag.id();
}

/// Strings of `tag` are in this code page; 0 for UTF-16.
unsigned code_page_of(PropTag tag, unsigned fallback) {
  const std::uint16_t t = tag.raw_type();
  if ((t & kCodePageString) != 0) return (t & 0x7FFF) == 1200 ? 0 : t & 0x7FFFu;
  return tag.element_type() == PropType::kString ? 0 : fallback;
}

Result<ByteString> utf16_of(Bytes text, unsigned code_page) {
  TRY_ASSIGN(const std::string utf8, utf8_from_code_page(text, code_page));
  return utf16_from_utf8(utf8);
}

}  // namespace

std::string_view type_name(PropType type) {
  switch (type) {
    case PropType::kUnspecified:
      return "Unspecified";
    case PropType::kNull:
      return "Null";
    case PropType::kInteger16:
      return "Integer16";
    case PropType::kInteger32:
      return "Integer32";
    case PropType::kFloating32:
      return "Floating32";
    case PropType::kFloating64:
      return "Floating64";
    case PropType::kCurrency:
      return "Currency";
    case PropType::kFloatingTime:
      return "FloatingTime";
    case PropType::kErrorCode:
      return "ErrorCode";
    case PropType::kBoolean:
      return "Boolean";
    case PropType::kObject:
      return "Object";
    case PropType::kInteger64:
      return "Integer64";
    case PropType::kString8:
      return "String8";
    case PropType::kString:
      return "String";
    case PropType::kTime:
      return "Time";
    case PropType::kGuid:
      return "Guid";
    case PropType::kServerId:
      return "ServerId";
    case PropType::kRestriction:
      return "Restriction";
    case PropType::kRuleAction:
      return "RuleAction";
    case PropType::kBinary:
      return "Binary";
  }
  return {};
}

std::size_t fixed_size(PropType type) {
  switch (type) {
    case PropType::kInteger16:
    case PropType::kBoolean:
      return 2;
    case PropType::kInteger32:
    case PropType::kFloating32:
    case PropType::kErrorCode:
      return 4;
    case PropType::kFloating64:
    case PropType::kCurrency:
    case PropType::kFloatingTime:
    case PropType::kInteger64:
    case PropType::kTime:
      return 8;
    case PropType::kGuid:
      return 16;
    default:
      return 0;
  }
}

std::string format_name(const PropertyName& name) {
  const std::string set = "{" + format_guid(name.set) + "}/";
  if (name.is_lid()) return set + fmt::format("0x{:04x}", std::get<0>(name.key));
  return set + utf8_from_utf16(as_bytes(std::get<1>(name.key)));
}
PropertyName string_name(const Guid& set, std::string_view utf8) { return {set, utf16_from_utf8(utf8)}; }
PropertyName lid_name(const Guid& set, std::uint32_t lid) { return {set, lid}; }

const std::vector<ByteString>& Value::elements() const {
  static const std::vector<ByteString> none;
  return v_.index() == 1 ? std::get<1>(v_) : none;
}

std::uint64_t Value::size() const {
  if (is_blob()) return blob()->size();
  std::uint64_t n = bytes().size();
  for (const auto& e : elements()) n += e.size();
  return n;
}

Result<std::unique_ptr<ByteSource>> Value::open() const {
  if (is_blob()) return blob()->open();
  return make_memory_source(bytes());
}

Result<ByteString> Value::load(std::uint64_t max_bytes) const {
  if (!is_blob()) return ByteString(as_chars(bytes()));
  TRY_ASSIGN(auto in, blob()->open());
  return read_all(*in, max_bytes);
}

void PropertyList::set(Property p) {
  const auto it = std::find_if(list_.begin(), list_.end(), [&](const Property& q) { return same(p, q); });
  if (it != list_.end())
    *it = std::move(p);
  else
    list_.push_back(std::move(p));
}

bool PropertyList::remove(std::uint16_t id) {
  return std::erase_if(list_, [&](const Property& p) { return !p.name && p.tag.id() == id; }) > 0;
}

const Property* PropertyList::find(std::uint16_t id) const {
  const auto it = std::find_if(list_.begin(), list_.end(),
                               [&](const Property& p) { return p.tag.id() == id && !p.name; });
  return it == list_.end() ? nullptr : &*it;
}

const Property* PropertyList::find(const PropertyName& name) const {
  const auto it = std::find_if(list_.begin(), list_.end(), [&](const Property& p) { return p.name == name; });
  return it == list_.end() ? nullptr : &*it;
}

std::optional<std::int64_t> PropertyList::get_integer(std::uint16_t id) const {
  const Property* p = find(id);
  if (p == nullptr) return {};
  const Bytes b = p->value.bytes();
  if (b.size() < fixed_size(p->tag.type())) return {};
  switch (p->tag.type()) {
    case PropType::kInteger16:
      return load_le<std::int16_t>(b.data());
    case PropType::kBoolean:
      return load_le<std::uint16_t>(b.data()) != 0;
    case PropType::kInteger32:
    case PropType::kErrorCode:
      return load_le<std::int32_t>(b.data());
    case PropType::kInteger64:
    case PropType::kCurrency:
    case PropType::kTime:
      return load_le<std::int64_t>(b.data());
    default:
      return {};
  }
}

std::optional<FileTime> PropertyList::get_time(std::uint16_t id) const {
  const Property* p = find(id);
  if (p == nullptr || p->tag.type() != PropType::kTime || p->value.bytes().size() != 8) return {};
  return FileTime{load_le<std::uint64_t>(p->value.bytes().data())};
}

std::optional<std::string> PropertyList::get_text(std::uint16_t id) const {
  const Property* p = find(id);
  if (p == nullptr || (p->tag.type() != PropType::kString && p->tag.type() != PropType::kString8)) return {};
  if (p->value.size() > kMaxTextBytes) return {};
  return text_of(*p, code_page());
}

std::optional<ByteString> PropertyList::get_binary(std::uint16_t id) const {
  const Property* p = find(id);
  if (p == nullptr || p->tag.type() != PropType::kBinary) return {};
  auto bytes = p->value.load(kMaxTextBytes);
  if (!bytes) return {};
  return *std::move(bytes);
}

void PropertyList::set_integer32(std::uint16_t id, std::int32_t v) {
  set({PropTag(id, PropType::kInteger32), {}, Value::of_bytes(le_bytes(v))});
}
void PropertyList::set_boolean(std::uint16_t id, bool v) {
  set({PropTag(id, PropType::kBoolean), {}, Value::of_bytes(le_bytes<std::uint16_t>(v))});
}
void PropertyList::set_time(std::uint16_t id, FileTime v) {
  set({PropTag(id, PropType::kTime), {}, Value::of_bytes(le_bytes(v.ticks))});
}
void PropertyList::set_text(std::uint16_t id, std::string_view utf8) {
  set({PropTag(id, PropType::kString), {}, Value::of_bytes(utf16_from_utf8(utf8))});
}
void PropertyList::set_binary(std::uint16_t id, ByteString v) {
  set({PropTag(id, PropType::kBinary), {}, Value::of_bytes(std::move(v))});
}

unsigned PropertyList::code_page() const {
  for (const auto id : {pid::kMessageCodepage, pid::kInternetCodepage})
    if (const auto v = get_integer(id); v && *v > 0 && *v < 65536 && *v != 1200)
      return static_cast<unsigned>(*v);
  return 1252;
}

Result<Property> to_unicode(const Property& p, unsigned code_page) {
  const PropType type = p.tag.element_type();
  if (type != PropType::kString && type != PropType::kString8) return p;
  const unsigned cp = code_page_of(p.tag, code_page);
  const std::uint16_t wide = p.tag.is_multiple() ? std::uint16_t{0x101F} : std::uint16_t{0x001F};
  Property out{PropTag(std::uint32_t{p.tag.id()} << 16 | wide), p.name, p.value, p.unterminated};
  if (cp == 0) return out;
  if (p.value.is_multiple()) {
    std::vector<ByteString> elements;
    for (const auto& e : p.value.elements()) {
      TRY_ASSIGN(auto text, utf16_of(as_bytes(e), cp));
      elements.push_back(std::move(text));
    }
    out.value = Value::of_elements(std::move(elements));
    return out;
  }
  TRY_ASSIGN(const ByteString bytes, p.value.load());
  TRY_ASSIGN(auto text, utf16_of(as_bytes(bytes), cp));
  out.value = p.value.is_blob() ? Value::of_blob(make_memory_blob(std::move(text)))
                                : Value::of_bytes(std::move(text));
  return out;
}

std::string text_of(const Property& p, unsigned code_page) {
  ByteString head(std::min<std::uint64_t>(p.value.size(), kMaxTextBytes), '\0');
  auto in = p.value.open();
  if (!in) return {};
  const auto n = read_full(**in, std::as_writable_bytes(std::span(head.data(), head.size())));
  head.resize(n ? *n : 0);
  const unsigned cp = code_page_of(p.tag, code_page);
  Result<std::string> decoded =
      cp == 0 ? utf8_from_utf16(as_bytes(head)) : utf8_from_code_page(as_bytes(head), cp);
  std::string text = decoded ? *std::move(decoded) : std::string();
  text.erase(text.find_last_not_of('\0') + 1);
  return text;
}

}  // namespace mk::model
