#include "model/item_dump.h"

#include <fmt/format.h>

#include <cmath>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "model/tags.h"

namespace mk::model {
namespace {

constexpr std::uint64_t kMaxShownBytes = 4096;

std::string hex_value(Bytes b) { return "{\"hex\":\"" + to_hex(b) + "\"}"; }

std::string number(double v) {
  return std::isfinite(v) ? fmt::format("{}", v) : json_quote(fmt::format("{}", v));
}

std::string fixed_value(PropType type, const char* p) {
  switch (type) {
    case PropType::kInteger16:
      return fmt::format("{}", load_le<std::int16_t>(p));
    case PropType::kBoolean: {
      const auto v = load_le<std::uint16_t>(p);
      return v > 1 ? fmt::format("{}", v) : v == 1 ? "true" : "false";
    }
    case PropType::kInteger32:
    case PropType::kErrorCode:
      return fmt::format("{}", load_le<std::int32_t>(p));
    case PropType::kFloating32:
      return number(load_le<float>(p));
    case PropType::kFloating64:
    case PropType::kFloatingTime:
      return number(load_le<double>(p));
    case PropType::kTime:
      return json_quote(format_utc(FileTime{load_le<std::uint64_t>(p)}));
    case PropType::kGuid:
      return json_quote(format_guid(load_le<Guid>(p)));
    default:
      return fmt::format("{}", load_le<std::int64_t>(p));  // kInteger64, kCurrency
  }
}

std::string text_value(PropTag tag, Bytes b, unsigned code_page) {
  if (tag.element_type() == PropType::kString)
    return b.size() % 2 == 0 && is_well_formed_utf16(b) ? json_quote(utf8_from_utf16(b)) : hex_value(b);
  const std::uint16_t raw = tag.raw_type();
  const auto text = utf8_from_code_page(b, (raw & kCodePageString) != 0 ? raw & 0x7FFFu : code_page);
  return text ? json_quote(*text) : hex_value(b);
}

/// A value, or an element of an array, that is small.
std::string element_value(PropTag tag, Bytes b, unsigned code_page) {
  const PropType type = tag.element_type();
  if (type == PropType::kString || type == PropType::kString8) return text_value(tag, b, code_page);
  const std::size_t n = fixed_size(type);
  return n != 0 && b.size() == n ? fixed_value(type, as_chars(b).data()) : hex_value(b);
}

Result<std::string> large_value(const Value& value) {
  TRY_ASSIGN(auto in, value.open());
  Sha256 hash;
  std::array<std::byte, 16384> buffer;
  for (;;) {
    TRY_ASSIGN(const std::size_t n, in->read(buffer));
    if (n == 0) break;
    hash.update(Bytes(buffer).first(n));
  }
  return fmt::format("{{\"bytes\":{},\"sha256\":\"{}\"}}", value.size(), to_hex(hash.finish()));
}

std::string array_value(const Property& p, unsigned code_page) {
  std::string out = "[";
  for (const auto& e : p.value.elements()) {
    if (out.size() > 1) out += ',';
    if (e.size() <= kMaxShownBytes)
      out += element_value(p.tag, as_bytes(e), code_page);
    else
      out += fmt::format("{{\"bytes\":{},\"sha256\":\"{}\"}}", e.size(), to_hex(sha256(as_bytes(e))));
  }
  return out + "]";
}

Result<std::string> value_text(const Property& p, unsigned code_page) {
  if (p.value.is_multiple()) return array_value(p, code_page);
  if (p.value.size() > kMaxShownBytes) return large_value(p.value);
  TRY_ASSIGN(const ByteString bytes, p.value.load(kMaxShownBytes));
  return element_value(p.tag, as_bytes(bytes), code_page);
}

std::string name_fields(const Property& p) {
  if (p.name) {
    const std::string set = fmt::format(",\"set\":\"{}\"", format_guid(p.name->set));
    if (p.name->is_lid()) return set + fmt::format(",\"lid\":\"{:#06x}\"", std::get<0>(p.name->key));
    return set + ",\"key\":" + json_quote(utf8_from_utf16(as_bytes(std::get<1>(p.name->key))));
  }
  const std::string_view name = p.tag.is_named() ? std::string_view() : tag_name(p.tag.id());
  return name.empty() ? std::string() : fmt::format(",\"name\":\"{}\"", name);
}

Status write(ByteSink& out, std::string_view text) { return out.write(as_bytes(text)); }

Status json_properties(const PropertyList& list, unsigned code_page, ByteSink& out) {
  TRY(write(out, "["));
  bool first = true;
  for (const auto& p : list) {
    TRY_ASSIGN(const std::string value, value_text(p, code_page));
    TRY(write(out, fmt::format("{}{{\"tag\":\"{:#010x}\"{},\"type\":\"{}\",\"value\":{}}}", first ? "" : ",",
                               p.tag.value, name_fields(p), type_name(p.tag), value)));
    first = false;
  }
  return write(out, "]");
}

Status text_properties(const PropertyList& list, unsigned code_page, ByteSink& out, int indent) {
  for (const auto& p : list) {
    TRY_ASSIGN(const std::string value, value_text(p, code_page));
    const std::string name = p.name ? format_name(*p.name) : std::string(tag_name(p.tag.id()));
    TRY(write(out, fmt::format("{:{}}{:#010x} {} {} {}\n", "", indent, p.tag.value,
                               name.empty() ? "-" : printable(name), type_name(p.tag), value)));
  }
  return ok;
}

}  // namespace

std::string type_name(PropTag tag) {
  const std::string_view plain = type_name(tag.element_type());
  if (plain.empty()) return fmt::format("{:#06x}", tag.raw_type());
  return fmt::format("Ptyp{}{}", tag.is_multiple() ? "Multiple" : "", plain);
}

Status dump_json(const PropertyList& list, ByteSink& out) {
  return json_properties(list, list.code_page(), out);
}

Status dump_json(const Item& item, ByteSink& out) {
  const unsigned code_page = item.properties.code_page();
  TRY(write(out, "{\"properties\":"));
  TRY(json_properties(item.properties, code_page, out));
  TRY(write(out, ",\"recipients\":["));
  for (std::size_t i = 0; i < item.recipients.size(); ++i) {
    if (i > 0) TRY(write(out, ","));
    TRY(json_properties(item.recipients[i], code_page, out));
  }
  TRY(write(out, "],\"attachments\":["));
  for (std::size_t i = 0; i < item.attachments.size(); ++i) {
    TRY(write(out, i > 0 ? ",{\"properties\":" : "{\"properties\":"));
    TRY(json_properties(item.attachments[i].properties, code_page, out));
    if (item.attachments[i].embedded) {
      TRY(write(out, ",\"embedded\":"));
      TRY(dump_json(*item.attachments[i].embedded, out));
    }
    TRY(write(out, "}"));
  }
  return write(out, "]}");
}

Status dump_text(const PropertyList& list, ByteSink& out, int indent) {
  return text_properties(list, list.code_page(), out, indent);
}

Status dump_text(const Item& item, ByteSink& out, int indent) {
  const unsigned code_page = item.properties.code_page();
  TRY(text_properties(item.properties, code_page, out, indent));
  for (std::size_t i = 0; i < item.recipients.size(); ++i) {
    TRY(write(out, fmt::format("{:{}}recipient {}\n", "", indent, i + 1)));
    TRY(text_properties(item.recipients[i], code_page, out, indent + 2));
  }
  for (std::size_t i = 0; i < item.attachments.size(); ++i) {
    TRY(write(out, fmt::format("{:{}}attachment {}\n", "", indent, i + 1)));
    TRY(text_properties(item.attachments[i].properties, code_page, out, indent + 2));
    if (!item.attachments[i].embedded) continue;
    TRY(write(out, fmt::format("{:{}}embedded message\n", "", indent + 2)));
    TRY(dump_text(*item.attachments[i].embedded, out, indent + 4));
  }
  return ok;
}

}  // namespace mk::model
