#include "mapi/canonical_value.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"
#include "base/wire.h"
#include "mapi/json_text.h"
#include "mapi/tokens.h"

namespace mk::mapi {
namespace {

using model::Property;
using model::PropTag;
using model::PropType;

constexpr std::uint64_t kShortBytes = 512;
constexpr std::size_t kHeadBytes = 32;
constexpr std::uint64_t kMaxCodePageText = std::uint64_t{16} << 20;

std::string_view canonical_name(PropType type) {
  const std::string_view name = type == PropType::kNull ? "" : model::type_name(type);
  return name.empty() ? "Unspecified" : name;
}

/// Feeds all bytes of a value to `take`, however large it is.
template <class F>
Status each_piece(const model::Value& value, F take) {
  TRY_ASSIGN(auto in, value.open());
  std::array<std::byte, 16384> buffer;
  for (;;) {
    TRY_ASSIGN(const std::size_t n, in->read(buffer));
    if (n == 0) return ok;
    take(Bytes(buffer).first(n));
  }
}

Result<std::string> binary_json(const model::Value& value) {
  if (value.size() <= kShortBytes) {
    TRY_ASSIGN(const ByteString bytes, value.load());
    return "\"hex:" + to_hex(as_bytes(bytes)) + "\"";
  }
  Sha256 hash;
  ByteString head;
  TRY(each_piece(value, [&](Bytes piece) {
    hash.update(piece);
    if (head.size() < kHeadBytes)
      head += as_chars(piece.first(std::min(piece.size(), kHeadBytes - head.size())));
  }));
  return fmt::format(R"({{"bytes":{},"sha256":"{}","head":"{}"}})", value.size(), to_hex(hash.finish()),
                     to_hex(as_bytes(head)));
}

/// A value that is not what its type says, shown as bytes.
Result<std::string> raw_json(const model::Value& value) {
  TRY_ASSIGN(const std::string bytes, binary_json(value));
  return "{\"unterminated_or_raw\":" + bytes + "}";
}

Result<std::string> text_json(const model::Value& value, TextSummary::Coding coding) {
  TextSummary text(coding);
  TRY(each_piece(value, [&](Bytes piece) { text.feed(piece); }));
  if (!text.well_formed()) return raw_json(value);
  return text.json();
}

/// Strings of a code page that the type names.
Result<std::string> code_page_json(const model::Value& value, unsigned code_page) {
  TRY_ASSIGN(const ByteString bytes, value.load(kMaxCodePageText));
  auto utf8 = utf8_from_code_page(as_bytes(bytes), code_page);
  if (!utf8) return raw_json(value);
  TextSummary text(TextSummary::Coding::kUtf16);
  text.feed(as_bytes(utf16_from_utf8(*utf8)));
  return text.json();
}

Result<std::string> string_json(PropTag tag, const model::Value& value) {
  if (tag.element_type() == PropType::kString) return text_json(value, TextSummary::Coding::kUtf16);
  if ((tag.raw_type() & model::kCodePageString) != 0) return code_page_json(value, tag.raw_type() & 0x7FFFu);
  return text_json(value, TextSummary::Coding::kLatin1);
}

/// One value, or one element of an array.
Result<std::string> value_json(PropTag tag, const model::Value& value) {
  const Bytes b = value.bytes();
  const PropType type = tag.element_type();
  if (shape_of(tag) == Shape::kFixed || shape_of(tag) == Shape::kManyFixed) {
    if (b.size() != element_size(tag)) return raw_json(value);
    switch (type) {
      case PropType::kInteger16:
        return std::to_string(load_le<std::int16_t>(b.data()));
      case PropType::kBoolean:
        return std::to_string(load_le<std::uint16_t>(b.data()));
      case PropType::kInteger32:
        return std::to_string(load_le<std::int32_t>(b.data()));
      case PropType::kErrorCode:
        return std::to_string(load_le<std::uint32_t>(b.data()));
      case PropType::kInteger64:
      case PropType::kCurrency:
        return std::to_string(load_le<std::int64_t>(b.data()));
      case PropType::kTime:
        return std::to_string(load_le<std::uint64_t>(b.data()));
      case PropType::kGuid: {
        TRY_ASSIGN(const Guid guid, decode<Guid>(b));
        return "\"" + format_guid(guid) + "\"";
      }
      default:
        return binary_json(value);
    }
  }
  if (type == PropType::kString || type == PropType::kString8) return string_json(tag, value);
  return binary_json(value);
}

std::string name_json(const model::PropertyName& name) {
  const std::string out = "\"name\":{\"guid\":\"" + format_guid(name.set) + "\",";
  if (name.is_lid()) return out + fmt::format("\"lid\":\"0x{:08X}\"}},", std::get<0>(name.key));
  return out + "\"name\":" + json_quote(utf8_from_utf16(as_bytes(std::get<1>(name.key)))) + "},";
}

}  // namespace

std::string canonical_type(PropTag tag) {
  if ((tag.raw_type() & model::kCodePageString) != 0)
    return fmt::format("String(cp{})", tag.raw_type() & 0x7FFF);
  return (tag.is_multiple() ? "Multiple" : "") + std::string(canonical_name(tag.element_type()));
}

Result<std::string> canonical_property(const Property& p) {
  std::string out = fmt::format(R"({{"tag":"{}","type":"{}",)", format_tag(p.tag), canonical_type(p.tag));
  if (p.name) out += name_json(*p.name);
  out += "\"value\":";
  if (!p.value.is_multiple()) {
    TRY_ASSIGN(const std::string value, p.unterminated ? raw_json(p.value) : value_json(p.tag, p.value));
    return out + value + "}";
  }
  std::string_view separator = "[";
  for (const auto& e : p.value.elements()) {
    const auto element = model::Value::of_bytes(e);
    TRY_ASSIGN(const std::string value, p.unterminated ? raw_json(element) : value_json(p.tag, element));
    out.append(separator).append(value);
    separator = ",";
  }
  return out + (p.value.elements().empty() ? "[]}" : "]}");
}

Result<bool> has_bytes_above_ascii(const Property& p) {
  const auto above = [](Bytes bytes) {
    return std::any_of(bytes.begin(), bytes.end(),
                       [](std::byte b) { return (b & std::byte{0x80}) != std::byte{}; });
  };
  bool found = false;
  for (const auto& e : p.value.elements()) found = found || above(as_bytes(e));
  TRY(each_piece(p.value, [&](Bytes piece) { found = found || above(piece); }));
  return found;
}

}  // namespace mk::mapi
