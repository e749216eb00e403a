#include "sim/property_path.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"
#include "model/tags.h"

namespace mk::sim {
namespace {

using model::PropType;

struct TypeName {
  std::string_view name;
  PropType type;
};

// MapiPropertyTypeType, without Array
constexpr TypeName kTypes[] = {
    {"String", PropType::kString},     {"Integer", PropType::kInteger32},
    {"Long", PropType::kInteger64},    {"Short", PropType::kInteger16},
    {"Boolean", PropType::kBoolean},   {"SystemTime", PropType::kTime},
    {"Binary", PropType::kBinary},     {"Double", PropType::kFloating64},
    {"Float", PropType::kFloating32},  {"CLSID", PropType::kGuid},
    {"Currency", PropType::kCurrency}, {"ApplicationTime", PropType::kFloatingTime},
    {"Error", PropType::kErrorCode},   {"Null", PropType::kNull},
    {"Object", PropType::kObject},
};

struct SetName {
  std::string_view name;
  Guid guid;
};

constexpr SetName kSets[] = {
    {"Meeting", {0x6ED8DA90, 0x450B, 0x101B, {0x98, 0xDA, 0x00, 0xAA, 0x00, 0x3F, 0x13, 0x05}}},
    {"Appointment", model::pset::kAppointment},
    {"Common", model::pset::kCommon},
    {"PublicStrings", model::pset::kPublicStrings},
    {"Address", model::pset::kAddress},
    {"InternetHeaders", model::pset::kInternetHeaders},
    {"CalendarAssistant", {0x11000E07, 0xB51B, 0x40D6, {0xAF, 0x21, 0xCA, 0xA8, 0x5E, 0xDA, 0xB1, 0xD0}}},
    {"UnifiedMessaging", {0x4442858E, 0xA9E3, 0x4E80, {0xB9, 0x00, 0x31, 0x7A, 0x21, 0x0C, 0xC1, 0x5B}}},
    {"Task", model::pset::kTask},
    {"Sharing", {0x00062040, 0, 0, {0xC0, 0, 0, 0, 0, 0, 0, 0x46}}},
};

bool set_type(ExtendedPath& path, std::string_view name) {
  if (name.ends_with("Array")) {
    path.multiple = true;
    name.remove_suffix(5);
  }
  for (const auto& t : kTypes)
    if (t.name == name) {
      path.type = t.type;
      return true;
    }
  return false;
}

std::optional<Guid> property_set(pugi::xml_node node) {
  if (const auto a = node.attribute("PropertySetId")) {
    const auto g = parse_guid(a.value());
    return g ? std::optional(*g) : std::nullopt;
  }
  const std::string_view name = node.attribute("DistinguishedPropertySetId").value();
  for (const auto& s : kSets)
    if (s.name == name) return s.guid;
  return {};
}

bool set_key(ExtendedPath& path, pugi::xml_node node) {
  if (const auto tag = node.attribute("PropertyTag")) {
    const auto n = xml::number(tag.value());
    if (!n || *n == 0 || *n >= 0x8000) return false;
    path.key = static_cast<std::uint16_t>(*n);
    return true;
  }
  const auto set = property_set(node);
  if (!set) return false;
  if (const auto id = node.attribute("PropertyId")) {
    const auto n = xml::number(id.value());
    if (!n) return false;
    path.key = model::lid_name(*set, static_cast<std::uint32_t>(*n));
    return true;
  }
  if (!node.attribute("PropertyName")) return false;
  path.key = model::string_name(*set, node.attribute("PropertyName").value());
  return true;
}

bool is_integer(PropType t) {
  return t == PropType::kInteger16 || t == PropType::kInteger32 || t == PropType::kInteger64 ||
         t == PropType::kErrorCode;
}

std::int64_t integer_of(Bytes b) {
  switch (b.size()) {
    case 2:
      return load_le<std::int16_t>(b.data());
    case 4:
      return load_le<std::int32_t>(b.data());
    case 8:
      return load_le<std::int64_t>(b.data());
    default:
      return 0;
  }
}

template <class F>
std::string float_text(Bytes b) {
  return b.size() == sizeof(F) ? fmt::format("{}", load_le<F>(b.data())) : std::string();
}

std::string guid_text(Bytes b) {
  if (b.size() != 16) return {};
  Guid g;
  g.data1 = load_le<std::uint32_t>(b.data());
  g.data2 = load_le<std::uint16_t>(b.data() + 4);
  g.data3 = load_le<std::uint16_t>(b.data() + 6);
  std::memcpy(g.data4.data(), b.data() + 8, 8);
  return format_guid(g);
}

std::optional<ByteString> integer_value(PropType type, const std::string& text) {
  std::int64_t n = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  ByteString out = le_bytes(n);
  out.resize(model::fixed_size(type));
  return out;
}

std::optional<ByteString> guid_value(const std::string& text) {
  const auto g = parse_guid(text);
  if (!g) return {};
  ByteString out;
  append_le(out, g->data1);
  append_le(out, g->data2);
  append_le(out, g->data3);
  out.append(reinterpret_cast<const char*>(g->data4.data()), 8);
  return out;
}

}  // namespace

const model::Property* ExtendedPath::find(const model::PropertyList& in) const {
  return key.index() == 0 ? in.find(std::get<0>(key)) : in.find(std::get<1>(key));
}

model::PropTag ExtendedPath::tag() const {
  const auto raw =
      static_cast<std::uint16_t>(static_cast<std::uint16_t>(type) | (multiple ? model::kMultiple : 0));
  const std::uint16_t id = key.index() == 0 ? std::get<0>(key) : std::uint16_t{0x8000};
  return model::PropTag(std::uint32_t{id} << 16 | raw);
}

std::optional<ExtendedPath> parse_extended_path(pugi::xml_node node) {
  ExtendedPath path;
  if (!set_type(path, node.attribute("PropertyType").value()) || !set_key(path, node)) return {};
  for (const auto a : node.attributes())
    if (!std::string_view(a.name()).starts_with("xmlns"))
      path.attributes += fmt::format(" {}=\"{}\"", a.name(), escape_xml(a.value()));
  return path;
}

std::optional<Path> parse_path(pugi::xml_node node) {
  const auto name = xml::local_name(node);
  if (name == "FieldURI") return Path(xml::attribute(node, "FieldURI"));
  if (name == "IndexedFieldURI")
    return Path(xml::attribute(node, "FieldURI") + "/" + xml::attribute(node, "FieldIndex"));
  if (name != "ExtendedFieldURI") return {};
  auto path = parse_extended_path(node);
  if (!path) return {};
  return Path(*std::move(path));
}

std::string format_value(PropType type, Bytes bytes, unsigned code_page) {
  switch (type) {
    case PropType::kString:
      return utf8_from_utf16(bytes);
    case PropType::kString8: {
      auto text = utf8_from_code_page(bytes, code_page);
      return text ? *std::move(text) : std::string(as_chars(bytes));
    }
    case PropType::kInteger16:
    case PropType::kInteger32:
    case PropType::kInteger64:
    case PropType::kCurrency:
    case PropType::kErrorCode:
      return std::to_string(integer_of(bytes));
    case PropType::kBoolean:
      return integer_of(bytes) != 0 ? "true" : "false";
    case PropType::kTime:
      return bytes.size() == 8 ? format_utc({load_le<std::uint64_t>(bytes.data())}) : std::string();
    case PropType::kFloating32:
      return float_text<float>(bytes);
    case PropType::kFloating64:
    case PropType::kFloatingTime:
      return float_text<double>(bytes);
    case PropType::kGuid:
      return guid_text(bytes);
    case PropType::kBinary:
    case PropType::kServerId:
      return to_base64(bytes);
    default:
      return {};
  }
}

std::optional<ByteString> parse_value(PropType type, const std::string& text) {
  if (type == PropType::kString) return utf16_from_utf8(text);
  if (is_integer(type) || type == PropType::kCurrency) return integer_value(type, text);
  if (type == PropType::kBoolean) return le_bytes(static_cast<std::uint16_t>(text == "true" || text == "1"));
  if (type == PropType::kGuid) return guid_value(text);
  if (type == PropType::kTime) {
    const auto t = parse_utc(text);
    return t ? std::optional(le_bytes(t->ticks)) : std::nullopt;
  }
  if (type == PropType::kBinary) {
    auto b = from_base64(text);
    return b ? std::optional(*std::move(b)) : std::nullopt;
  }
  if (type == PropType::kFloating64 || type == PropType::kFloatingTime)
    return le_bytes(std::strtod(text.c_str(), nullptr));
  if (type == PropType::kFloating32) return le_bytes(std::strtof(text.c_str(), nullptr));
  return {};
}

void write_extended(Answer& out, const ExtendedPath& path, const model::Property& p, unsigned code_page) {
  const PropType type = p.tag.element_type();
  const bool same = type == path.type || (is_integer(type) && is_integer(path.type)) ||
                    (type == PropType::kString8 && path.type == PropType::kString);
  if (!same || p.value.is_multiple() != path.multiple) return;
  const auto text = [&](Bytes b) { return format_value(type, b, code_page); };
  std::string value;
  if (path.multiple) {
    for (const auto& e : p.value.elements())
      value += fmt::format("<t:Value>{}</t:Value>", escape_xml(text(as_bytes(e))));
    value = fmt::format("<t:Values>{}</t:Values>", value);
  } else {
    const auto bytes = p.value.load();
    if (!bytes) return;
    value = fmt::format("<t:Value>{}</t:Value>", escape_xml(text(as_bytes(*bytes))));
  }
  out.raw(fmt::format("<t:ExtendedProperty><t:ExtendedFieldURI{}/>{}</t:ExtendedProperty>", path.attributes,
                      value));
}

std::optional<model::Property> parse_extended_value(const ExtendedPath& path, pugi::xml_node with_value) {
  model::Property p;
  p.tag = path.tag();
  if (path.key.index() == 1) p.name = std::get<1>(path.key);
  if (!path.multiple) {
    auto v = parse_value(path.type, xml::child(with_value, "Value").text().get());
    if (!v) return {};
    p.value = model::Value::of_bytes(*std::move(v));
    return p;
  }
  std::vector<ByteString> elements;
  const auto values = xml::child(with_value, "Values");
  for (auto n = xml::first(values); n; n = xml::next(n)) {
    auto v = parse_value(path.type, n.text().get());
    if (!v) return {};
    elements.push_back(*std::move(v));
  }
  p.value = model::Value::of_elements(std::move(elements));
  return p;
}

}  // namespace mk::sim
